"""Ridge regression for one user: the statistics, their update and what they say.

The design matrix is A = lambda*I + G with G = sum x x', the response vector b = sum r x, the weights
theta = A^-1 b. The state keeps G, not A, so that the regulariser stays a setting of the policy and an empty state
is all zeros whatever lambda is. Where rewards are discounted the i-th of n weighs discount^(n - i) in G and b.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class State(NamedTuple):
    """What one policy has learned about one user; a tuple, because one is made for every reward.

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


class Estimate(NamedTuple):
    """The ridge solution: ``inverse`` A^-1, shape (D, D), and ``theta``, shape (D,)."""

    inverse: Array
    theta: Array


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Where the users of one policy start whom nothing is known about, learned from all users.

    The weights of user u are theta_u ~ N(m, S), a reward is x'theta_u and noise of variance s^2. In units of the noise
    the prior has the precision P = s^2 S^-1, and after the statistics G, b the weights have precision A = P + G and
    mean A^-1 (P m + b) (Bishop: Pattern Recognition and Machine Learning, 2006, eq. 3.50 and 3.51). The plain ridge is
    m = 0 and P = lambda*I. A user's statistics do not depend on the prior: it comes in where they are read.

    Attributes:
        version: its name; what is published under it never changes.
        mean: m, shape (D,).
        precision: P, shape (D, D), symmetric and positive definite, in units of the noise.
        shift: P m, shape (D,).
    """

    version: str
    mean: Array
    precision: Array
    shift: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shift", self.precision @ self.mean)


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
    # x x' as a product of matrices: the same bits as x[:, None] * x in two thirds of the time.
    return State(gram + x[:, None].dot(x[None]), b + r * x, state.n + 1, state.reward_sum + r)


def estimate(state: State, ridge_lambda: float, prior: Prior | None = None) -> Estimate:
    """Solve the ridge regression of a state.

    Args:
        state: the statistics.
        ridge_lambda: the regulariser lambda > 0; the prior precision of every weight.
        prior: in the place of lambda*I.
    """
    a, b = _normal_equations(state, ridge_lambda, prior)
    inverse = cast("Array", np.linalg.inv(a))
    return Estimate(inverse, inverse.dot(b))


def weights(state: State, ridge_lambda: float, prior: Prior | None = None) -> Array:
    """Return theta alone, shape (D,): for who needs no A^-1 a system of equations is less work than an inverse."""
    return cast("Array", np.linalg.solve(*_normal_equations(state, ridge_lambda, prior)))


def _normal_equations(state: State, ridge_lambda: float, prior: Prior | None) -> tuple[Array, Array]:
    """Return A and the right-hand side of A theta = b."""
    if prior is None:
        return state.gram + _plain(len(state.b), ridge_lambda), state.b
    return state.gram + prior.precision, state.b + prior.shift


@lru_cache
def _plain(dim: int, ridge_lambda: float) -> Array:
    """Return lambda*I, which is the same for every user of a policy."""
    return ridge_lambda * np.eye(dim)
