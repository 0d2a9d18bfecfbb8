"""Ridge regression for one user: the statistics, their update and what they say.

The design matrix is A = lambda*I + G with G = sum x x', the response vector b = sum r x, the weights
theta = A^-1 b. The state keeps G, not A, so that the regulariser stays a setting of the policy and an empty state
is all zeros whatever lambda is.
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
        n: how many rewards were learned.
        reward_sum: their sum.
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


def update(state: State, x: Array, r: float) -> State:
    """Return the state after one reward ``r`` for the decision features ``x``, shape (D,)."""
    return State(state.gram + x[:, None] * x, state.b + r * x, state.n + 1, state.reward_sum + r)


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
