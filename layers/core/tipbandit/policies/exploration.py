"""Scores -> propensities -> the tip that is shown.

The propensities are computed first and the tip is drawn from them with one uniform number, so that the probability
reported for each tip is the probability it was shown with, ties and all.
"""

from hashlib import blake2b
from typing import Final

import numpy as np

from tipbandit.policies.ridge import Array

TIE_TOLERANCE: Final = 1e-12
"""Scores this close (relative to the best, or absolute below 1) are equal: rounding must not break a tie."""


def propensities(scores: Array, epsilon: float) -> Array:
    """Return the probability of showing each candidate, shape (K,), summing to 1.

    With probability ``epsilon`` a uniformly random candidate, else one of the best: p = epsilon/K, plus
    (1 - epsilon)/B for each of the B candidates tied for the highest score.
    """
    best = best_of(scores)
    return epsilon / len(scores) + best * ((1.0 - epsilon) / np.count_nonzero(best))


def best_of(scores: Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return the mask of the candidates tied for the highest score, shape (K,)."""
    top = float(scores.max())
    mask: np.ndarray[tuple[int], np.dtype[np.bool_]] = scores >= top - TIE_TOLERANCE * max(1.0, abs(top))
    return mask


def uniform(key: bytes, counter: int = 0) -> float:
    """Return the ``counter``-th number in [0, 1) of the stream that ``key`` names.

    A counter-based generator: a keyed hash of the counter (BLAKE2b, RFC 7693), of which the top 53 bits are used.
    The same key and counter give the same number on every machine, and nothing is shared between processes.
    """
    digest = blake2b(counter.to_bytes(8, "little"), digest_size=8, key=key, person=b"tipbandit").digest()
    return (int.from_bytes(digest, "little") >> 11) * 2.0**-53


def draw(probabilities: Array, key: bytes) -> int:
    """Return the index drawn from ``probabilities``, shape (K,), by inverting their cumulative sum at one uniform."""
    cumulative = probabilities.cumsum()
    index = int(cumulative.searchsorted(uniform(key) * cumulative[-1], side="right"))
    return min(index, len(probabilities) - 1)
