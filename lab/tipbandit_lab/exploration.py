"""Scores -> propensities -> the tips that are shown: ``tipbandit.policies.exploration`` for all users at once."""

import numpy as np

from tipbandit.policies.exploration import TIE_TOLERANCE
from tipbandit_lab.arrays import Bools, Bytes, Floats, Ints


def best_of(scores: Floats) -> Bools:
    """Return which candidates are tied for the highest score of their user, shape (K, U)."""
    top = scores.max(axis=0)
    best: Bools = scores >= top - TIE_TOLERANCE * np.maximum(1.0, np.abs(top))
    return best


def greedy(best: Bools, epsilon: float) -> Floats:
    """Return epsilon/K for each candidate, plus an equal share of 1 - epsilon for each of the best, shape (K, U)."""
    floor = epsilon / len(best)
    return np.where(best, floor + (1.0 - epsilon) / count(best), floor)


def inverse_gap(scores: Floats, best: Bools, epsilon: float, gamma: float) -> Floats:
    """Return epsilon/K + (1 - epsilon) q with the inverse gap weights q of ``gamma`` >= 0, shape (K, U)."""
    even = 1.0 / len(scores)
    others = np.where(best, even, 1.0 / (len(scores) + gamma * (scores.max(axis=0) - scores)))
    weights = others + best * ((even - others).sum(axis=0) / count(best))
    probabilities: Floats = epsilon / len(scores) + (1.0 - epsilon) * weights
    return probabilities


def count(marked: Bools) -> Ints:
    """Return how many candidates are marked for each user, shape (U,)."""
    if len(marked) > np.iinfo(np.uint8).max:
        return np.asarray(np.count_nonzero(marked, axis=0), dtype=np.int64)
    counts: Bytes = np.add.reduce(marked.view(np.uint8), axis=0, dtype=np.uint8)  # many times as fast
    return counts.astype(np.int64)


def draw(probabilities: Floats, uniforms: Floats) -> Ints:
    """Return the indices drawn from ``probabilities`` (K, U), which may have any sum, with numbers in [0, 1) (U,)."""
    ends = np.empty_like(probabilities)
    ends[0] = probabilities[0]
    for before, probability, end in zip(ends, probabilities[1:], ends[1:], strict=False):  # cumsum goes user by user
        np.add(before, probability, out=end)
    passed = count(ends <= uniforms * ends[-1])
    return np.minimum(passed, len(probabilities) - 1)
