"""Whether the data support a number at all; where they do not, why."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation.estimators import largest_weight
from tipbandit_lab.evaluation.rounds import Rounds
from tipbandit_lab.gate.statistics import freedman

_BINS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is too little, or too much, to give a number.

    Attributes:
        rounds: the fewest rounds.
        groups: the fewest groups (users): a bootstrap over fewer is too narrow.
        effective: the smallest effective sample size.
        unsupported: the most of the target's probability that may lie where the log has none.
        heaviest: the most that one round may have of all weight.
        p_value: how unlikely weights or counts may be if the logged probabilities are true.
    """

    rounds: int = 200
    groups: int = 20
    effective: float = 100.0
    unsupported: float = 0.01
    heaviest: float = 0.1
    p_value: float = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How far the log covers what the target would show.

    Attributes:
        effective: (sum w)^2 / sum w^2, the effective sample size (Kish 1965; Owen: Monte Carlo theory, eq. 9.13).
        share: of all rounds.
        unsupported: the target's mean probability of what could not have been shown; None where that is unknown.
        affected: the share of rounds with any of it.
        largest: the largest weight that was seen.
        possible: the largest there could have been.
        heaviest: the share of all weight that the heaviest round has.
    """

    effective: float
    share: float
    unsupported: float | None
    affected: float | None
    largest: float
    possible: float
    heaviest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Whether what was shown agrees with the probabilities that were logged.

    Attributes:
        mean_weight: of what was shown; its mean is 1 if the propensities are true and rounds are not missing by what
            was shown in them.
        expected: what it should be: 1, less what has no support.
        weight_p_value: how likely a mean weight as far from that or farther is at most.
        bins: of the logged probabilities, all candidates counted; empty where these are unknown.
        p_value: how likely the worst bin, or a worse one, is at most (Bonferroni); None where there are no bins.
    """

    mean_weight: float
    expected: float
    weight_p_value: float
    bins: tuple["Bin", ...]
    p_value: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Candidates with logged probabilities in [``low``, ``high``): how often they were ``shown``, and ``expected``."""

    low: float
    high: float
    candidates: int
    shown: int
    expected: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether numbers mean something; the reasons why not, each a sentence without its full stop."""

    reasons: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Whether there is no reason why not."""
        return not self.reasons


def effective_size(weights: Floats) -> float:
    """Return (sum w)^2 / sum w^2: so many rounds of equal weight say as much; 0 where all weights are 0."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def overlap(rounds: Rounds) -> Overlap:
    """Return how far the log covers what the target would show."""
    weights, total = rounds.weights, float(rounds.weights.sum())
    effective = effective_size(weights)
    missing = None if rounds.logged is None else _missing(rounds)
    return Overlap(
        effective=effective,
        share=effective / len(rounds),
        unsupported=None if missing is None else float(missing.mean()),
        affected=None if missing is None else float((missing > 0).mean()),
        largest=float(weights.max()),
        possible=largest_weight(rounds),
        heaviest=float(weights.max()) / total if total > 0 else 1.0,
    )


def calibration(rounds: Rounds) -> Calibration:
    """Return whether what was shown agrees with the probabilities that were logged.

    Counts are compared by Freedman's inequality (1975), which holds for policies that learn and for few counts.
    """
    expected, variance, top = _weight_moments(rounds)
    total = np.array([rounds.weights.sum(), expected * len(rounds)]) / top
    weight = float(freedman(total[0], total[1], variance / top**2))
    bins, p_value = ((), None) if rounds.logged is None else _binned(rounds, rounds.logged)
    return Calibration(
        mean_weight=float(rounds.weights.mean()),
        expected=expected,
        weight_p_value=weight,
        bins=bins,
        p_value=p_value,
    )


def judge(rounds: Rounds, limits: Limits | None = None) -> Verdict:
    """Return whether estimates from these rounds would mean something, and every reason why not."""
    limits = limits or Limits()
    return Verdict((*_too_little(rounds, limits), *_apart(overlap(rounds), limits), *_untrue(rounds, limits)))


def _too_little(rounds: Rounds, limits: Limits) -> Iterator[str]:
    groups = len(np.unique(rounds.groups))
    if len(rounds) < limits.rounds:
        yield f"there are {len(rounds):,} rounds, and {limits.rounds:,} are needed"
    elif groups < limits.groups:
        yield f"there are {groups:,} users, and {limits.groups:,} are needed to tell them from chance"
    if float(np.ptp(rounds.reward)) == 0:
        yield f"all rewards are {rounds.reward[0]:g}, so nothing tells one policy from another"


def _apart(found: Overlap, limits: Limits) -> Iterator[str]:
    if found.effective == 0:
        yield "nothing was shown that the target would show"
        return
    if found.effective < limits.effective:
        yield f"the effective sample size is {found.effective:.1f}, and {limits.effective:g} is needed"
    if found.heaviest > limits.heaviest:
        yield f"one round has {found.heaviest:.0%} of all weight (at most {limits.heaviest:.0%} may have it)"
    if found.unsupported is not None and found.unsupported > limits.unsupported:
        yield (
            f"{found.unsupported:.1%} of what the target would show could not be shown"
            f" (at most {limits.unsupported:.0%} may lie there)"
        )


def _untrue(rounds: Rounds, limits: Limits) -> Iterator[str]:
    found = calibration(rounds)
    if found.weight_p_value < limits.p_value:
        yield (
            f"the mean weight is {found.mean_weight:.3f} where {found.expected:.3f} is expected"
            f" (p < {found.weight_p_value:.1g}): propensities are untrue, or rewards are missing for some tips"
        )
    if found.p_value is not None and found.p_value < limits.p_value:
        worst = max(found.bins, key=lambda each: abs(each.shown - each.expected) / math.sqrt(each.expected + 1))
        yield (
            f"candidates logged with probabilities from {worst.low:.3g} to {worst.high:.3g} were shown {worst.shown:,}"
            f" times where {worst.expected:,.1f} are expected (p < {found.p_value:.1g})"
        )


def _missing(rounds: Rounds) -> Floats:
    """The target's probability of what the log could not show, shape (n,)."""
    assert rounds.logged is not None  # noqa: S101  its callers ask
    lost: Floats = np.where(rounds.logged <= 0, rounds.target, 0.0).sum(axis=1)
    return lost


def _weight_moments(rounds: Rounds) -> tuple[float, Floats, float]:
    """Return the expected mean weight, the variance of the sum, and what no deviation of a weight exceeds.

    From the logged probabilities of all candidates if they are known, else from the weights that were seen.
    """
    if rounds.logged is None:
        weights = rounds.weights
        return 1.0, np.asarray(max(float(((weights - 1) ** 2).sum()), 1e-12)), max(float(weights.max()), 1.0)
    possible = rounds.logged > 0
    squares = np.divide(rounds.target**2, rounds.logged, where=possible, out=np.zeros(possible.shape)).sum(axis=1)
    mean = 1 - _missing(rounds)
    return float(mean.mean()), np.asarray((squares - mean**2).clip(0).sum()), max(largest_weight(rounds), 1.0)


def _binned(rounds: Rounds, logged: Floats) -> tuple[tuple[Bin, ...], float]:
    """Return the bins of the logged probabilities, as many candidates in each as ties allow, and their p-value."""
    p = logged[rounds.there]
    shown = (np.arange(logged.shape[1]) == rounds.shown[:, None])[rounds.there]
    edges = np.unique(np.quantile(p, np.linspace(0, 1, _BINS + 1)[:-1]))
    index = np.searchsorted(edges, p, side="right") - 1
    size = len(edges)
    count, seen, expected, spread = (
        np.bincount(index, weights=each, minlength=size).astype(np.float64)
        for each in (np.ones(len(p)), shown, p, p * (1 - p))
    )
    tails = freedman(seen, expected, spread)
    ends = [*edges[1:].tolist(), 1.0]
    rows = zip(edges.tolist(), ends, count.tolist(), seen.tolist(), expected.tolist(), strict=True)
    bins = tuple(Bin(low, high, int(n), int(times), wanted) for low, high, n, times, wanted in rows)
    return bins, min(1.0, size * float(tails.min()))
