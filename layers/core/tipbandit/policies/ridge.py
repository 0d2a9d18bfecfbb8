"""Ridge regression for one user: the statistics, their update and what they say.

The design matrix is A = lambda*I + G with G = sum x x', the response vector b = sum r x, the weights
theta = A^-1 b. The state keeps G, not A, so that the regulariser stays a setting of the policy and an empty state
is all zeros whatever lambda is. Where rewards are discounted the i-th of n weighs discount^(n - i) in G and b.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What one policy has learned about one user.

    Attributes:
        gram: G = sum x x', shape (D, D), symmetric.
        b: sum r x, shape (D,).
        n: how many rewards were learned, each counted as one.
        reward_sum: their sum, each counted in full.
    """

    gram: Array
    b: Array
    n: int
    reward_sum: float


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """The ridge solution: ``inverse`` A^-1, shape (D, D), and ``theta``, shape (D,)."""

    inverse: Array
    theta: Array


def cold(dim: int) -> State:
    """Return the state of a user nothing is known about."""
    return State(np.zeros((dim, dim)), np.zeros(dim), 0, 0.0)


def update(state: State, x: Array, r: float, discount: float = 1.0) -> State:
    """Return the state after one reward ``r`` for the decision features ``x``, shape (D,).

    All that was learned before weighs ``discount``, in (0, 1], times as much: G <- discount*G + x x' and
    b <- discount*b + r x, so about the last 1/(1 - discount) rewards count. The prior lambda*I is not discounted: what
    nothing was learned about for long returns to it (D-LinUCB: Russac, Vernade, Cappe: Weighted linear bandits for
    non-stationary environments, NeurIPS 2019, Algorithm 1).
    """
    gram, b = state.gram, state.b
    if discount != 1.0:
        gram, b = discount * gram, discount * b
    return State(gram + x[:, None] * x, b + r * x, state.n + 1, state.reward_sum + r)


def estimate(state: State, ridge_lambda: float) -> Estimate:
    """Solve the ridge regression of a state.

    Args:
        state: the statistics.
        ridge_lambda: the regulariser lambda > 0; the prior precision of every weight.
    """
    a = state.gram + _prior(len(state.b), ridge_lambda)
    inverse = np.asarray(np.linalg.inv(a), dtype=np.float64)
    return Estimate(inverse, inverse @ state.b)


@lru_cache
def _prior(dim: int, ridge_lambda: float) -> Array:
    """Return lambda*I, which is the same for every user of a policy."""
    return ridge_lambda * np.eye(dim)
