"""From sums to a number with its interval, or to the reasons why there is none.

A user's rewards are not independent, so intervals are drawn over users: the BCa bootstrap of whole clusters that the
off-policy evaluation uses. It is about a ratio of sums, which a t interval of users' means is not: that gives a user
with one decision the weight of one with a hundred, and another estimate.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tipbandit_lab.analytics.cells import Cell
from tipbandit_lab.evaluation.checks import Limits
from tipbandit_lab.evaluation.estimators import Terms
from tipbandit_lab.evaluation.intervals import Interval, bootstrap
from tipbandit_lab.gate.statistics import freedman

LIMITS: Final = Limits()
ALPHA: Final = 0.05
_BATCH: Final = 512
"""Estimates that are resampled together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number and its interval; each is None where ``why_not`` says why.

    Attributes:
        value: the estimate.
        low: the lower end of its interval.
        high: the upper end.
        rounds: decisions it is about.
        users: with decisions that weigh anything.
        effective: the effective sample size.
        why_not: the reasons why something is missing, as sentences without a full stop; nothing if nothing is.
    """

    value: float | None
    low: float | None
    high: float | None
    rounds: int
    users: int
    effective: float
    why_not: tuple[str, ...] = ()


def described(cells: Sequence[Cell], alpha: float = ALPHA, limits: Limits = LIMITS) -> list[Estimate]:
    """Estimate what cells of equal weights say: their mean is a fact, and only its interval needs many users."""
    missing = [tuple(_no_interval(cell, limits)) for cell in cells]
    return _estimated(cells, missing, alpha, keep=True)


def weighted(
    cells: Sequence[Cell], alpha: float = ALPHA, limits: Limits = LIMITS, beforehand: Sequence[str] = ()
) -> list[Estimate]:
    """Estimate what the targets of weighted cells would have earned; refuse where the data do not say.

    Args:
        cells: of rounds weighted by target over propensity.
        alpha: intervals have confidence 1 - ``alpha``, two-sided.
        limits: what is too little.
        beforehand: reasons against all of them.
    """
    missing = [(*beforehand, *refusals(cell, limits)) for cell in cells]
    return _estimated(cells, missing, alpha, keep=False)


def difference(
    one: Cell, other: Cell, alpha: float = ALPHA, limits: Limits = LIMITS, beforehand: Sequence[str] = ()
) -> Estimate:
    """Estimate how much more the target of the first cell earns than that of the second, on the same users.

    Both are resampled with the same users: what they share does not widen the interval.
    """
    both = (one, other)
    reasons = tuple(dict.fromkeys((*beforehand, *(each for cell in both for each in refusals(cell, limits)))))
    found = None if reasons else _intervals(both, alpha)[2]
    return Estimate(
        value=None if found is None else found.estimate,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        rounds=min(cell.count for cell in both),
        users=min(cell.users for cell in both),
        effective=min(cell.effective for cell in both),
        why_not=reasons,
    )


def refusals(cell: Cell, limits: Limits = LIMITS) -> Iterator[str]:
    """Yield every reason why a weighted mean would mean nothing."""
    if cell.shown == 0:
        yield f"none of it was shown in {cell.count:,} decisions in which it could have been"
        return
    if cell.shown == 1:
        yield "it was shown once"
    if cell.users < limits.groups:
        yield f"it was shown to {_counted(cell.users, 'user')}, and {limits.groups} are needed to tell it from chance"
    if cell.effective < limits.effective:
        yield f"the effective sample size is {cell.effective:.1f}, and {limits.effective:g} is needed"
    heaviest = cell.largest / float(cell.weight.sum())
    if heaviest > limits.heaviest and cell.shown > 1:
        yield f"one decision has {heaviest:.0%} of all weight (at most {limits.heaviest:.0%} may have it)"
    if cell.unsupported > limits.unsupported * cell.count:
        yield (
            f"{cell.unsupported / cell.count:.1%} of what would be shown could not be shown"
            f" (at most {limits.unsupported:.0%} may lie there)"
        )
    yield from _constant(cell)
    yield from _untrue(cell, limits)


def _no_interval(cell: Cell, limits: Limits) -> Iterator[str]:
    if cell.users < limits.groups:
        yield f"no interval: of {_counted(cell.users, 'user')}, and {limits.groups} are needed"
    for reason in _constant(cell):
        yield f"no interval: {reason}"


def _constant(cell: Cell) -> Iterator[str]:
    if cell.shown > 1 and cell.least == cell.most:
        yield f"all {cell.shown:,} are {cell.least:g}, which says nothing of how far they would vary"


def _untrue(cell: Cell, limits: Limits) -> Iterator[str]:
    """The mean weight is 1, less what has no support, if propensities are true and rewards are missing by chance."""
    if cell.variance <= 0:
        return
    top = max(cell.possible, 1.0)
    expected = cell.count - cell.unsupported
    sums = np.array([cell.weight.sum(), expected, cell.variance / top]) / top
    p_value = float(freedman(sums[:1], sums[1:2], sums[2:])[0])
    if p_value < limits.p_value:
        yield (
            f"the mean weight is {cell.weight.sum() / cell.count:.3f} where {expected / cell.count:.3f} is expected"
            f" (p < {p_value:.1g}): propensities are untrue, or rewards are missing for some tips"
        )


def _estimated(
    cells: Sequence[Cell], missing: Sequence[tuple[str, ...]], alpha: float, *, keep: bool
) -> list[Estimate]:
    """Return estimates, without an interval where reasons are missing; ``keep`` the value there or not."""
    whole = iter(_each([cell for cell, why_not in zip(cells, missing, strict=True) if not why_not], alpha))
    found = []
    for cell, why_not in zip(cells, missing, strict=True):
        interval = None if why_not else next(whole)
        value = cell.mean if keep or not why_not else None
        found.append(
            Estimate(
                value=value,
                low=None if interval is None else interval.low,
                high=None if interval is None else interval.high,
                rounds=cell.count,
                users=cell.users,
                effective=cell.effective,
                why_not=why_not,
            )
        )
    return found


def _each(cells: Sequence[Cell], alpha: float) -> Iterator[Interval]:
    for start in range(0, len(cells), _BATCH):
        batch = cells[start : start + _BATCH]
        yield from _intervals(batch, alpha)[: len(batch)]


def _intervals(cells: Sequence[Cell], alpha: float) -> tuple[Interval, ...]:
    """Return the interval of each cell's mean, and behind them of the first less each of the others."""
    nothing = np.zeros_like(cells[0].gain)
    terms = tuple(Terms(nothing, cell.gain, cell.weight) for cell in cells)
    found = bootstrap(terms, np.arange(len(nothing)), alpha)
    assert all(math.isfinite(each.estimate) for each in found)  # noqa: S101 - cells without weight were refused
    return found


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
