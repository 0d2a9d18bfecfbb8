"""The same job as ``tipbandit.policies`` by hand: one function, no types to build, every trick that numpy knows.

Same inputs, same scores and propensities, a tip drawn from them; nothing here is shared with the package.
"""

from hashlib import blake2b
from math import inf

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
State = tuple[Array, Array, int, float]
"""G, b, n and the sum of the rewards."""


def choose(
    gram: Array, b: Array, x: Array, key: bytes, rule: tuple[Array, float | None, float]
) -> tuple[int, Array, Array]:
    """Return index, scores and propensities; ``rule`` is lambda*I, made once, with alpha and epsilon."""
    prior, alpha, epsilon = rule
    if alpha is None:
        scores = x @ np.linalg.solve(gram + prior, b)
    else:
        inverse = np.linalg.inv(gram + prior)
        scores = x @ (inverse @ b)
        width: Array = np.vecdot(x @ inverse, x)
        np.sqrt(width, out=width)
        width *= alpha
        scores += width
    top = float(scores.max())
    best = (scores >= top - 1e-12 * max(1.0, abs(top))).nonzero()[0]
    propensities = np.full(len(scores), epsilon / len(scores))
    propensities[best] += (1.0 - epsilon) / len(best)
    return _draw(best, len(scores), epsilon, key), scores, propensities


def _draw(best: NDArray[np.intp], count: int, epsilon: float, key: bytes) -> int:
    digest = blake2b(bytes(8), digest_size=8, key=key, person=b"tipbandit").digest()
    chance = (int.from_bytes(digest, "little") >> 11) * 2.0**-53 / (1.0 - epsilon if epsilon < 1.0 else inf)
    if chance < 1.0:
        return int(best[int(chance * len(best))])
    return min(count - 1, int((chance - 1.0) * (1.0 - epsilon) / epsilon * count))


def learn(state: State, x: Array, r: float) -> State:
    """Return the next state; the old one stays as it is."""
    gram, b, n, reward_sum = state
    return gram + x[:, None] * x, b + r * x, n + 1, reward_sum + r
