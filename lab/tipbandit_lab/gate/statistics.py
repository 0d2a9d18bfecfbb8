"""The few statistics the gate decides by."""

import math
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from scipy import stats

from tipbandit_lab.arrays import Floats

RESAMPLES: Final = 9_999


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its confidence interval; the bounds are infinite where nothing can be said, as from one seed."""

    mean: float
    low: float
    high: float


def student(x: Floats, alpha: float) -> Interval:
    """Return the mean of ``x``, shape (S,), with Student's two-sided interval of confidence 1 - ``alpha``.

    Why Student: the seeds are independent, and each number is a mean over thousands of decisions of independent
    users, so it is close to normal. For normal numbers the interval is exact at any S >= 2, where the normal quantile
    is too narrow (at S = 8 a 95 % interval would cover 91 %) and a bootstrap is too (see ``bootstrap``). Either half
    is a one-sided bound of confidence 1 - ``alpha``/2.
    """
    mean, seeds = float(x.mean()), len(x)
    if seeds < 2:  # noqa: PLR2004 - one number has no spread
        return Interval(mean, -np.inf, np.inf)
    half = _quantile(1 - alpha / 2, seeds - 1) * float(x.std(ddof=1)) / math.sqrt(seeds)
    return Interval(mean, mean - half, mean + half)


@cache  # a decision asks for the same two or three again and again
def _quantile(probability: float, freedom: int) -> float:
    return float(stats.t.ppf(probability, freedom))


def bootstrap(x: Floats, alpha: float) -> Interval:
    """Return the mean of ``x``, shape (S,), with the BCa interval (Efron 1987) of confidence 1 - ``alpha``.

    It assumes no normality, but for few seeds it is too narrow (Hesterberg 2015, section 3.3): shown beside Student's
    for information, never decided by. The resamples are always the same.
    """
    mean = float(x.mean())
    if np.ptp(x) == 0 or not np.isfinite(x).all():
        return student(x, alpha)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # then its bounds are NaN, which are shown as none
        found = stats.bootstrap(
            (x,), np.mean, confidence_level=1 - alpha, n_resamples=RESAMPLES, rng=np.random.default_rng(0)
        )
    return Interval(mean, float(found.confidence_interval.low), float(found.confidence_interval.high))


def spent(alpha: float, look: int) -> float:
    """Return what the k-th look (1, 2, ...) at one comparison may spend of ``alpha``: alpha/(k (k + 1)).

    The sum over all looks, however many, is alpha: 1/(k (k + 1)) = 1/k - 1/(k + 1) telescopes. By Bonferroni's
    inequality all looks together are then wrong with probability alpha at most, however they depend on each other
    (the same seeds and more of them, a changed candidate). Alpha spending: Lan and DeMets 1983.
    """
    return alpha / (look * (look + 1))


def freedman(shown: Floats, expected: Floats, variance: Floats) -> Floats:
    """Return how likely a count misses its expectation by this much or more if the stated probabilities are right.

    Counts of what is drawn with stated probabilities are a martingale minus their sum: each decision's probabilities
    are fixed before its draw, whatever the policy learned before. Freedman 1975, theorem 1.6, bounds the tail by
    (v/(d + v))^(d + v) e^d for a deviation d and variance v; twice that for two sides. Unlike a z-score's it holds
    in bins where next to nothing should have been shown.

    Args:
        shown: the counts, any shape.
        expected: the sums of p, same shape.
        variance: the sums of p (1 - p), same shape: at least the variance, as two candidates of one decision cannot
            both be shown.

    Returns:
        Probabilities in [0, 1], same shape; NaN where an input is.
    """
    d = np.abs(shown - expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_tail = np.where(d > 0, d + (d + variance) * np.log(variance / (d + variance)), 0.0)
    log_tail = np.where(np.isnan(shown + expected + variance), np.nan, log_tail)
    tail: Floats = np.minimum(1.0, 2 * np.exp(np.minimum(log_tail, 0.0)))
    return tail


def too_often(shown: Floats, trials: Floats, probability: float) -> Floats:
    """Return how likely a binomial count is ``shown`` or more, in each cell."""
    tail: Floats = stats.binom.sf(shown - 1, trials, probability)
    return tail
