"""Bootstrap intervals of the estimators: whole users are drawn, as the decisions of one are not independent."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from tipbandit_lab.arrays import Floats, Ints
from tipbandit_lab.evaluation.estimators import Terms, value

RESAMPLES: Final = 2_000
_CELLS: Final = 4_000_000
"""Of the counts that are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its two-sided interval; the bounds are NaN where there is nothing to resample."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over each of G groups: of the terms of one or more estimates, shape (E, G, 3), and of rounds, shape (G,)."""

    terms: Floats
    rounds: Floats


def summed(terms: tuple[Terms, ...], group: Ints) -> Sums:
    """Sum the terms of E estimates over groups, which are named by ``group`` (n,)."""
    names, index = np.unique(group, return_inverse=True)
    of_each = np.zeros((len(terms), len(names), 3))
    for row, each in zip(of_each, terms, strict=True):
        for column, field in enumerate((each.baseline, each.correction, each.norm)):
            row[:, column] = np.bincount(index, weights=field, minlength=len(names))
    return Sums(of_each, np.bincount(index, minlength=len(names)).astype(np.float64))


def bootstrap(  # noqa: PLR0913 - each has its default
    terms: tuple[Terms, ...],
    group: Ints,
    alpha: float,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    method: str = "bca",
) -> tuple[Interval, ...]:
    """Return intervals of confidence 1 - ``alpha`` of E estimates, and behind them of the differences to the first.

    G groups are drawn with replacement ``resamples`` times, the same for all estimates: differences are paired.
    Efron: Better bootstrap confidence intervals, JASA 1987 (BCa: eq. 2.3, the acceleration from the jackknife, 7.3);
    Davison, Hinkley: Bootstrap methods and their application, 1997, section 3.8 (whole clusters).

    Args:
        terms: of each estimate.
        group: whose round each is, shape (n,).
        alpha: two-sided.
        resamples: how many.
        seed: the same gives the same.
        method: "bca", or "percentile", which is too narrow where weights are skewed.

    Raises:
        ValueError: if the method is another.
    """
    if method not in ("bca", "percentile"):
        raise ValueError(f"no such bootstrap: {method}; there are bca and percentile")
    sums = summed(terms, group)
    drawn = np.concatenate(list(_resampled(sums, resamples, seed)), axis=1)
    found = value(sums.terms.sum(axis=1), np.full(len(terms), sums.rounds.sum()))
    left_out = _left_out(sums)
    intervals = [
        _interval(float(point), cloud, out, alpha, method)
        for point, cloud, out in zip(_paired(found), _paired(drawn), _paired(left_out), strict=True)
    ]
    return tuple(intervals)


def _paired(of_each: Floats) -> Floats:
    """Append the differences of rows 1, 2, ... to row 0."""
    return np.concatenate([of_each, of_each[:1] - of_each[1:]])


def _resampled(sums: Sums, resamples: int, seed: int) -> Iterator[Floats]:
    """Yield the estimates of resamples in chunks, shape (E, chunk)."""
    rng, groups = np.random.default_rng(seed), len(sums.rounds)
    chunk = max(1, _CELLS // groups)
    for start in range(0, resamples, chunk):
        size = min(chunk, resamples - start)
        drawn = rng.integers(groups, size=(size, groups)) + groups * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * groups).reshape(size, groups).astype(np.float64)
        yield value(counts @ sums.terms, counts @ sums.rounds)


def _left_out(sums: Sums) -> Floats:
    """Return the estimates without each group in turn, shape (E, G)."""
    return value(sums.terms.sum(axis=1, keepdims=True) - sums.terms, sums.rounds.sum() - sums.rounds)


def _interval(point: float, cloud: Floats, left_out: Floats, alpha: float, method: str) -> Interval:
    cloud = cloud[np.isfinite(cloud)]
    if not len(cloud) or not np.isfinite(point):
        return Interval(point, np.nan, np.nan)
    tails = np.array([alpha / 2, 1 - alpha / 2])
    if method == "bca":
        tails = _accelerated(point, cloud, left_out, tails)
    low, high = np.quantile(cloud, tails)
    return Interval(point, float(low), float(high))


def _accelerated(point: float, cloud: Floats, left_out: Floats, tails: Floats) -> Floats:
    """Return the BCa quantiles to take; those of the percentile interval where the cloud is one point."""
    below = float((cloud < point).mean() + (cloud == point).mean() / 2)
    pulls = left_out.mean() - left_out
    spread = float((pulls**2).sum())
    if not 0 < below < 1 or not spread > 0:
        return tails
    bias = stats.norm.ppf(below)
    acceleration = float((pulls**3).sum()) / (6 * spread**1.5)
    z = bias + stats.norm.ppf(tails)
    quantiles: Floats = stats.norm.cdf(bias + z / (1 - acceleration * z))
    return quantiles
