"""Scores -> propensities -> the tip that is shown.

The propensities are computed first and the tip is drawn from them with one uniform number, so that the probability
reported for each tip is the probability it was shown with, ties and all.
"""

from bisect import bisect_right
from hashlib import blake2b
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tipbandit.policies.ridge import Array

Mask = NDArray[np.bool_]

FEW: Final = 24
"""Up to so many candidates Python's own numbers take less time than numpy's calls, with the same bits."""

TIE_TOLERANCE: Final = 1e-12
"""Scores this close (relative to the best, or absolute below 1) are equal: rounding must not break a tie."""


def propensities(scores: Array, epsilon: float, gamma: float | None = None) -> Array:
    """Return the probability of showing each candidate, shape (K,), summing to 1.

    With probability ``epsilon`` a uniformly random candidate, else one of the best: p = epsilon/K, plus
    (1 - epsilon)/B for each of the B candidates tied for the highest score. With a ``gamma`` >= 0 not one of the best
    but one drawn by ``inverse_gap``: p = epsilon/K + (1 - epsilon) q.
    """
    if gamma is not None:
        return epsilon / len(scores) + (1.0 - epsilon) * inverse_gap(scores, gamma)
    top, floor = scores.argmax(), epsilon / len(scores)
    least = _least(scores.item(top))
    if len(scores) <= FEW:
        best = [score >= least for score in scores.tolist()]
        most = floor + (1.0 - epsilon) / best.count(True)
        return np.array([most if one else floor for one in best])
    mask = scores >= least
    ties = int(np.count_nonzero(mask))
    found = np.empty(len(scores))
    found.fill(floor)
    found[top if ties == 1 else mask] = floor + (1.0 - epsilon) / ties  # a place takes a third of what a mask does
    return found


def inverse_gap(scores: Array, gamma: float) -> Array:
    """Return the inverse gap weights q of scores, shape (K,), summing to 1: the closer to the best, the more likely.

    Each candidate that is not among the best gets q_k = 1/(K + gamma * (highest score - score_k)), and those tied for
    the best share the rest equally. So q is uniform for gamma = 0 and greedy in the limit of a large one.

    SquareCB (Foster, Rakhlin: Beyond UCB: Optimal and efficient contextual bandits with regression oracles,
    ICML 2020, Algorithm 1 with mu = K); the weights are those of Abe, Long: Associative reinforcement learning using
    linear probabilistic concepts, ICML 1999. The paper has losses in [0, 1]. Rewards in [-1, 1] are twice as far apart
    (loss = (1 - reward)/2), so a gamma here is what 2*gamma is there.
    """
    best, even = best_of(scores), 1.0 / len(scores)
    q = np.where(best, even, 1.0 / (len(scores) + gamma * (scores.max() - scores)))
    # Not 1 - the sum of the others, but what these are short of 1/K: rounding never puts a best one below another.
    weights: Array = q + best * ((even - q).sum() / np.count_nonzero(best))
    return weights


def best_of(scores: Array) -> Mask:
    """Return the mask of the candidates tied for the highest score, shape (K,)."""
    mask: Mask = scores >= least_of_best(scores)
    return mask


def least_of_best(scores: Array) -> float:
    """Return the score from which on one is tied for the highest, that is equal to it but for rounding."""
    return _least(scores.item(scores.argmax()))  # a quarter of what ``max`` takes


def _least(top: float) -> float:
    return top - TIE_TOLERANCE * max(1.0, abs(top))


def uniform(key: bytes, counter: int = 0) -> float:
    """Return the ``counter``-th number in [0, 1) of the stream that ``key`` names.

    A counter-based generator: a keyed hash of the counter (BLAKE2b, RFC 7693), of which the top 53 bits are used.
    The same key and counter give the same number on every machine, and nothing is shared between processes.
    """
    digest = blake2b(counter.to_bytes(8, "little"), digest_size=8, key=key, person=b"tipbandit").digest()
    return (int.from_bytes(digest, "little") >> 11) * 2.0**-53


def draw(probabilities: Array, key: bytes) -> int:
    """Return the index drawn from ``probabilities``, shape (K,), by inverting their cumulative sum at one uniform."""
    if len(probabilities) <= FEW:
        sums = list(accumulate(probabilities.tolist()))
        index = bisect_right(sums, uniform(key) * sums[-1])
    else:
        cumulative = np.add.accumulate(probabilities)
        index = int(cumulative.searchsorted(uniform(key) * cumulative.item(-1), side="right"))
    return min(index, len(probabilities) - 1)
