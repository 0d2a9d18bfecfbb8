"""Ridge regressions of many users at once, users last: statistics, their update and what they say.

For each user the design matrix is A = lambda*I + G with G = sum x x', the response vector b = sum r x and the weights
theta = A^-1 b, as in ``tipbandit.policies.ridge``; where users start from a prior, its precision P takes the place of
lambda*I, and P m is added to b. Kept is the upper triangle of G, row after row, each followed by its element of b:
D(D + 3)/2 numbers a user. G is the same sum as the service's, bit for bit, so that nothing drifts however long a run
is; every round solves it anew, by A = U' Q^-1 U with upper triangular U whose diagonal Q are the pivots (the Cholesky
factorisation without its roots). That costs a sixth of D^3 and is as accurate as inverting.

Keeping A^-1 and updating it (Sherman, Morrison) would take two thirds of the time, but it drifts, most where lambda is
small, and there is no such update where rewards are discounted, for the prior is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from tipbandit_lab.arrays import Bools, Floats


class Statistics:
    """What was learned about each of U users, changed in place.

    The room to solve in is kept: to get it from the system anew in every round costs more than to solve.
    """

    def __init__(self, dim: int, users: int) -> None:
        self._dim = dim
        self._numbers = np.zeros((dim * (dim + 3) // 2, users))
        self._factor = np.empty((dim, dim + 1, users))
        self._inverse_pivots = np.empty((dim, users))
        self._products = np.empty((dim + 1, users))

    @property
    def nbytes(self) -> int:
        """How large the state of all users is, in bytes."""
        return self._numbers.nbytes

    def of(self, user: int) -> Floats:
        """Return the numbers kept of one user: the rows of G's upper triangle, each with its element of b."""
        return self._numbers[:, user]

    def learn(self, seen: Floats, discount: float) -> None:
        """Learn one decision of each user.

        Args:
            seen: x and, last, its reward; shape (D + 1, U).
            discount: what everything learned before is multiplied by.
        """
        if discount != 1.0:
            self._numbers *= discount
        for k, row in enumerate(self._rows_of(self._numbers)):
            np.add(row, np.multiply(seen[k:], seen[k], out=self._products[k:]), out=row)

    def solve(self, ridge_lambda: float, prior: Floats | None = None) -> "Solution":
        """Solve every user's ridge regression. The solution is good until the next one.

        Args:
            ridge_lambda: the regulariser, > 0.
            prior: in the place of lambda*I: ``triangle`` of P and P m.
        """
        factor, inverse_pivots, ratios = self._factor, self._inverse_pivots, self._products
        starts = self._rows_of(prior) if prior is not None else repeat(None)
        for k, (row, start) in enumerate(zip(self._rows_of(self._numbers), starts, strict=False)):
            np.multiply(factor[:k, k], inverse_pivots[:k], out=ratios[:k])
            left = factor[k, k:]
            np.einsum("ju,jiu->iu", ratios[:k], factor[:k, k:], out=left)
            np.subtract(row, left, out=left)
            if start is None:
                left[0] += ridge_lambda
            else:
                left += start[:, None]
            np.divide(1.0, left[0], out=inverse_pivots[k])
        return Solution(factor, inverse_pivots)

    def unsound(self) -> Bools:
        """Return whose statistics hold a number that is not finite, shape (U,)."""
        return np.logical_not(np.isfinite(self._numbers).all(axis=0))

    def _rows_of(self, numbers: Floats) -> Iterator[Floats]:
        start = 0
        for k in range(self._dim):
            yield numbers[start : (start := start + self._dim + 1 - k)]


def triangle(matrix: Floats, vector: Floats) -> Floats:
    """Return a symmetric matrix (D, D) and a vector (D,) as those of a user are kept, shape (D(D + 3)/2,)."""
    return np.concatenate([[*matrix[k, k:], vector[k]] for k in range(len(vector))])


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The factors of each user's A.

    Attributes:
        factor: U, and Q U'^-1 b in an additional last column, shape (D, D + 1, U); below the diagonal is nothing.
        inverse_pivots: Q^-1, shape (D, U).
    """

    factor: Floats
    inverse_pivots: Floats

    def theta(self) -> Floats:
        """Return the weights, shape (D, U), by substituting backwards."""
        theta = self.factor[:, -1].copy()
        for k in reversed(range(len(theta))):
            theta[k] *= self.inverse_pivots[k]
            theta[:k] -= self.factor[:k, k] * theta[k]
        return theta

    def variance(self, request: Floats, own: Floats) -> Floats:
        """Return x' A^-1 x of each candidate, shape (K, U).

        With U' z = x it is z' Q z. The elements of z that belong to the request are the same for all candidates.

        Args:
            request: the first R features of x, shape (R, U).
            own: the other C, shape (K, C, U).
        """
        first = len(request)
        y, z = request.copy(), np.empty_like(request)
        for k in range(first):
            np.multiply(y[k], self.inverse_pivots[k], out=z[k])
            y[k + 1 :] -= self.factor[k, k + 1 : first] * z[k]
        own_y = own - np.einsum("ju,jcu->cu", z, self.factor[:first, first:-1])
        own_z = np.empty_like(own)
        for c in range(own.shape[1]):
            k = first + c
            np.multiply(own_y[:, c], self.inverse_pivots[k], out=own_z[:, c])
            own_y[:, c + 1 :] -= self.factor[k, k + 1 : -1] * own_z[:, c, None]
        variance: Floats = np.einsum("ju,ju->u", y, z) + np.einsum("kcu,kcu->ku", own_y, own_z)
        return variance
