"""The same jobs as ``tipbandit.policies`` and its codec by hand: one function each, every trick that numpy knows.

Same inputs, same scores and propensities, a tip drawn from them, the same checks of what was stored. Nothing is shared
with the package but the numbers that stand in its docstrings, and nothing here is for use: each trick that the package
leaves out costs it clarity for less than it would gain.
"""

import struct
import zlib
from functools import cache
from hashlib import blake2b
from math import inf
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
State = tuple[Array, Array, int, float]
"""G, b, n and the sum of the rewards."""
Rule = tuple[Array, float | None, float]
"""lambda*I, made once, alpha and epsilon."""

_MANY: Final = 128
"""From so many rows on a product and a sum over columns beat ``vecdot``, which takes one row after the other."""
_FEW: Final = 24
"""Up to so many scores numbers of Python's own are faster than calls of numpy's."""
_HEAD: Final = struct.Struct("<B4sBQdI")
_COUNTED: Final = 2**53


def matrix(rows: list[list[float]]) -> Array:
    """Return rows of D numbers each as an array, shape (K, D): a packed row of doubles is the shortest way there."""
    count, dim = len(rows), len(rows[0])
    flat: list[float] = []
    for row in rows:
        flat += row
    return np.frombuffer(_doubles(count * dim).pack(*flat)).reshape(count, dim)


@cache
def _doubles(count: int) -> struct.Struct:
    return struct.Struct(f"{count}d")


def scores(gram: Array, b: Array, x: Array, rule: Rule) -> Array:
    """Return the score of each row of ``x``."""
    prior, alpha, _ = rule
    if alpha is None:
        found: Array = x.dot(np.linalg.solve(gram + prior, b))
        return found
    inverse = cast("Array", np.linalg.inv(gram + prior))
    return bounds(inverse, inverse.dot(b), x, alpha)


def bounds(inverse: Array, theta: Array, x: Array, alpha: float) -> Array:
    """Return the upper confidence bound of each row of ``x`` where A^-1 is at hand."""
    half = x.dot(inverse)
    if len(x) < _MANY:
        found: Array = np.vecdot(half, x)
    else:
        half *= x
        found = half.dot(np.ones(len(theta)))
    np.maximum(found, 0.0, out=found)
    np.sqrt(found, out=found)
    found *= alpha
    found += x.dot(theta)
    return found


def shown(scored: Array, epsilon: float, key: bytes) -> tuple[int, Array, Array]:
    """Return index, scores and propensities."""
    count = len(scored)
    best = _tied(scored)
    ties, floor = len(best), epsilon / count
    propensities = np.empty(count)
    propensities.fill(floor)
    propensities[best[0] if ties == 1 else best] = floor + (1.0 - epsilon) / ties
    digest = blake2b(bytes(8), digest_size=8, key=key, person=b"tipbandit").digest()
    chance = (int.from_bytes(digest, "little") >> 11) * 2.0**-53 / (1.0 - epsilon if epsilon < 1.0 else inf)
    if chance < 1.0:
        return best[int(chance * ties)], scored, propensities
    return min(count - 1, int((chance - 1.0) * (1.0 - epsilon) / epsilon * count)), scored, propensities


def _tied(scored: Array) -> list[int]:
    """Return where the best are."""
    if len(scored) < _FEW:
        listed = scored.tolist()
        top = max(listed)
        least = top - 1e-12 * max(1.0, abs(top))
        return [place for place, score in enumerate(listed) if score >= least]
    top = scored.item(scored.argmax())
    best: list[int] = (scored >= top - 1e-12 * max(1.0, abs(top))).nonzero()[0].tolist()
    return best


def choose(gram: Array, b: Array, x: Array, key: bytes, rule: Rule) -> tuple[int, Array, Array]:
    """Return index, scores and propensities."""
    return shown(scores(gram, b, x, rule), rule[2], key)


def learn(state: State, x: Array, r: float) -> State:
    """Return the next state; the old one stays as it is."""
    gram, b, n, reward_sum = state
    return gram + x[:, None].dot(x[None]), b + r * x, n + 1, reward_sum + r


def dump(state: State, fingerprint: bytes) -> bytes:
    """Return a state without remembered ids as the bytes that the package stores."""
    gram, b, n, reward_sum = state
    dim = len(b)
    head = _HEAD.pack(1, fingerprint, dim, n, reward_sum, 0)
    body = b"".join((head, gram.take(_places(dim)[0]).tobytes(), b.tobytes()))
    return body + zlib.crc32(body).to_bytes(4, "little")


def load(blob: bytes, dim: int, fingerprint: bytes) -> State:
    """Return the state, held against all that the package holds it against.

    Raises:
        ValueError: if it is not sound.
        numpy.linalg.LinAlgError: if G is not a sum of squares.
    """
    upper, full, tiny = _places(dim)
    body = blob[:-4]
    version, found, stored_dim, n, reward_sum, remembered = _HEAD.unpack_from(body)
    if zlib.crc32(body) != int.from_bytes(blob[-4:], "little") or (version, found, stored_dim) != (1, fingerprint, dim):
        raise ValueError("not a state of this kind")
    numbers = np.frombuffer(body, np.float64, len(upper) + dim, _HEAD.size)
    sizes = np.abs(numbers)
    if remembered or n > _COUNTED or not (abs(reward_sum) <= n and sizes.item(sizes.argmax()) <= n):
        raise ValueError("no rewards can have taught this")
    gram = numbers.take(full)
    np.linalg.cholesky(gram + (n + 1) * tiny)
    return gram, numbers[len(upper) :].copy(), n, reward_sum


@cache
def _places(dim: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Where the upper triangle stands in G, where each element of G stands in it, and 1e-9*I."""
    rows, columns = np.triu_indices(dim)
    full = np.zeros((dim, dim), dtype=np.intp)
    full[rows, columns] = full[columns, rows] = np.arange(len(rows))
    return np.ravel_multi_index((rows, columns), (dim, dim)), full, 1e-9 * np.eye(dim)
