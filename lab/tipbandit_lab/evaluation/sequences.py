"""Confidence sequences: bounds that hold at every time at once, however often one looks and whenever one stops.

They bound the *running mean* of what each round was worth given all before it: of the values of the policies that the
log induces, which change as these learn, for contexts that may drift. Nothing is asymptotic. What is assumed:

- the propensities are true, and no round's target depends on its own draw or on what came after;
- rewards lie in the range that is stated.

Not assumed: a bound on the weights, equal contexts, independent rounds. Where the target shows what could not be shown
(no support) the lower bounds still hold, only lower; upper bounds need support.

Waudby-Smith, Wu, Ramdas, Karampatziakis, Mineiro: Anytime-valid off-policy inference for contextual bandits,
ACM/IMS Journal of Data Science 2024 (arXiv 2210.10768): the pseudo-outcomes and the mirrored rewards.
Howard, Ramdas, McAuliffe, Sekhon: Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals of Statistics
2021: the empirical-Bernstein process (section 4) and mixtures over lambda (section 3). The inequality behind it is
eq. 4.12 of Fan, Grama, Liu: Exponential inequalities for martingales with applications, EJP 2015.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation.rounds import Rounds

CUT: Final = 4.0
"""How far below 0 a pseudo-outcome may lie: more takes more of the variance off, and costs more while n is small."""
_LAMBDAS: Final = 0.9 * 0.5 ** np.arange(12)
_PSI: Final = -np.log1p(-_LAMBDAS) - _LAMBDAS
_HALVINGS: Final = 45
_STEP: Final = 0.005
"""Intrinsic time is rounded up by this share at most, so that few different ones are solved for."""


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """A confidence sequence: ``low`` and ``high`` after 1, 2, ..., n rounds, shape (n,)."""

    low: Floats
    high: Floats


def value_bounds(rounds: Rounds, alpha: float, cut: float = CUT) -> Bounds:
    """Return bounds of the target's value, both of which hold at all times with probability 1 - ``alpha``.

    The upper bound is the lower one of 1 - reward, mirrored.
    """
    low, high = rounds.reward_range
    scale = high - low
    reward = (rounds.reward - low) / scale
    guess = guesses(reward)
    below = lower_bounds(pseudo_outcomes(rounds, reward, guess, cut), cut, alpha / 2)
    above = lower_bounds(pseudo_outcomes(rounds, 1 - reward, 1 - guess, cut), cut, alpha / 2)
    return Bounds(low + scale * below.clip(0, 1), high - scale * above.clip(0, 1))


def advantage_bounds(rounds: Rounds, incumbent: Floats, alpha: float, cut: float = CUT) -> Bounds:
    """Return bounds of how much more the target is worth than another policy on the same rounds, paired.

    With mirrored rewards, as E[w_i] = 1: w_c r - w_i r has the mean of w_c r + w_i (1 - r) - 1, which is bounded from
    below whatever the weights are. Where the incumbent decided itself w_i is 1 and this is (w_c - 1) r.

    Args:
        rounds: the decisions, with the candidate's probabilities as target.
        incumbent: those of the other, shape (n, K).
        alpha: both bounds hold at all times with probability 1 - ``alpha``.
        cut: see ``CUT``.
    """
    low, high = rounds.reward_range
    reward = (rounds.reward - low) / (high - low)
    other = replace(rounds, target=incumbent)
    below = _lead(rounds, other, reward, cut, alpha / 2)
    above = _lead(other, rounds, reward, cut, alpha / 2)
    return Bounds((high - low) * below.clip(-1, 1), -(high - low) * above.clip(-1, 1))


def advantage_spread(rounds: Rounds, incumbent: Floats, cut: float = CUT) -> float:
    """Return the standard deviation of what a round says of the advantage, in rewards; arguments as above."""
    low, high = rounds.reward_range
    outcomes = _differences(rounds, replace(rounds, target=incumbent), (rounds.reward - low) / (high - low), cut)
    known = np.concatenate([[0.0], (outcomes.cumsum() / np.arange(1, len(outcomes) + 1))[:-1]])
    return (high - low) * float(np.sqrt(((outcomes - known.clip(-2 * cut - 1, 1.0)) ** 2).mean()))


def advantage_depth(
    spread: float, n: float, alpha: float, *, cut: float = CUT, reward_range: tuple[float, float] = (-1.0, 1.0)
) -> float:
    """Return how far below the mean of ``n`` rounds of this ``spread`` the lower bound of the advantage lies."""
    scale = (reward_range[1] - reward_range[0]) * (2 * cut + 2)
    intrinsic = np.array([n * (spread / scale) ** 2])
    return scale * float(boundary(intrinsic, alpha / 2)[0]) / n


def guesses(reward: Floats) -> Floats:
    """Return what each reward is guessed to be from those before it: their mean, begun with one of 1/2; shape (n,)."""
    before = np.concatenate([[0.0], reward[:-1].cumsum()])
    guess: Floats = (0.5 + before) / np.arange(1, len(reward) + 1)
    return guess


def pseudo_outcomes(rounds: Rounds, reward: Floats, guess: Floats, cut: float) -> Floats:
    """Return numbers whose mean, given the past, is the target's value, and none of which is below -``cut``.

    w (r - g) + sum over candidates of target * g, with g the guess cut at ``cut``/w: what the guess explains has no
    variance. Waudby-Smith et al. 2024, section 2. Without the logged probabilities of all candidates: w r.

    Args:
        rounds: the decisions.
        reward: in [0, 1], shape (n,).
        guess: of it, made before the draw, in [0, 1], shape (n,).
        cut: at least 0.
    """
    weights = rounds.weights
    if rounds.logged is None:
        return weights * reward
    possible = rounds.logged > 0
    each = np.divide(rounds.target, rounds.logged, where=possible, out=np.full(possible.shape, np.inf))
    capped = np.minimum(guess[:, None], np.divide(cut, each, where=each > 0, out=np.full(each.shape, np.inf)))
    explained = (rounds.target * capped).sum(axis=1)
    outcomes: Floats = weights * (reward - rounds.of_shown(capped)) + explained
    return outcomes


def lower_bounds(outcomes: Floats, floor: float, alpha: float) -> Floats:
    """Return lower bounds of the running mean of what ``outcomes`` (n,) had as their means, given the past; shape (n,).

    All hold together with probability 1 - ``alpha``. Given the past, exp(lambda (X - mean) - psi(lambda) (X - X')^2)
    with psi(lambda) = -log(1 - lambda) - lambda has a mean of at most 1 for any lambda in [0, 1) and any X' that is
    known before X and nowhere more than 1 above it; so have products, and mixtures of products over several lambdas.
    By Ville's inequality none ever exceeds 1/alpha, up to that probability.

    Args:
        outcomes: each at least -``floor``, with means of at most 1.
        floor: at least 0.
        alpha: one-sided.
    """
    n, scale = np.arange(1, len(outcomes) + 1), floor + 1.0
    known = np.concatenate([[0.0], (outcomes.cumsum() / n)[:-1]])
    intrinsic = (((outcomes - known.clip(-floor, 1.0)) / scale) ** 2).cumsum()
    bounds: Floats = outcomes.cumsum() / n - scale * boundary(intrinsic, alpha) / n
    return bounds


def boundary(intrinsic: Floats, alpha: float) -> Floats:
    """Return what the sum of deviations stays below at all times, for the intrinsic time V (n,); shape (n,).

    The s at which the mean over the lambdas of exp(lambda s - psi(lambda) V) is 1/``alpha``, by halving.
    """
    log_share, goal = -np.log(len(_LAMBDAS)), -np.log(alpha)
    steps, where = np.unique(np.ceil(np.log(np.maximum(intrinsic, 1e-9)) / _STEP), return_inverse=True)
    paid = _PSI[:, None] * np.exp(steps * _STEP)
    low: Floats = ((goal + paid) / _LAMBDAS[:, None]).min(axis=0)
    high: Floats = ((goal - log_share + paid) / _LAMBDAS[:, None]).min(axis=0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        powers = _LAMBDAS[:, None] * middle - paid
        top = powers.max(axis=0)
        under = top + np.log(np.exp(powers - top).sum(axis=0)) + log_share < goal
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return high[where]


def _lead(one: Rounds, other: Rounds, reward: Floats, cut: float, alpha: float) -> Floats:
    return lower_bounds(_differences(one, other, reward, cut), 2 * cut + 1, alpha)


def _differences(one: Rounds, other: Rounds, reward: Floats, cut: float) -> Floats:
    guess = guesses(reward)
    ours = pseudo_outcomes(one, reward, guess, cut)
    theirs = pseudo_outcomes(other, 1 - reward, 1 - guess, cut)
    return ours + theirs - 1
