"""What is kept of each user's rewards: sums that hold all that a linear model can learn from them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from tipbandit_lab.arrays import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sufficient statistics of U users' rewards r for decisions with features x. Nothing is discounted.

    Attributes:
        gram: G = sum x x', shape (U, D, D).
        b: sum r x, shape (U, D).
        square: sum r^2, shape (U,).
        total: sum r, shape (U,).
        count: how many rewards, shape (U,).
    """

    gram: Floats
    b: Floats
    square: Floats
    total: Floats
    count: Ints

    def __len__(self) -> int:
        return len(self.count)

    @property
    def dim(self) -> int:
        """D, the number of features."""
        return int(self.b.shape[1])

    @property
    def rewards(self) -> int:
        """How many rewards there are of all users."""
        return int(self.count.sum())

    @property
    def variance(self) -> float:
        """The variance of all rewards."""
        mean = self.total.sum() / self.rewards
        return max(float(self.square.sum() / self.rewards - mean * mean), 0.0)

    @property
    def mean_square(self) -> Floats:
        """The mean of each feature's square over all rewards, shape (D,)."""
        mean: Floats = np.einsum("udd->d", self.gram) / self.rewards
        return mean

    def of(self, users: slice) -> Self:
        """Return those of some users."""
        return type(self)(*(getattr(self, each.name)[users] for each in fields(self)))

    @classmethod
    def together(cls, parts: Iterable[Self], dim: int) -> Self:
        """Return those of the users of all parts, in order; each user must be in one part."""
        nobody = summed(np.empty((0, dim)), np.empty(0), np.empty(0, dtype=np.int64))
        all_parts = [nobody, *parts]
        return cls(*(np.concatenate([getattr(part, each.name) for part in all_parts]) for each in fields(cls)))


def summed(x: Floats, r: Floats, starts: Ints) -> Sums:
    """Return the sums of users whose rewards come one user after the other.

    Args:
        x: features of the decisions, shape (N, D).
        r: their rewards, shape (N,).
        starts: where each user's begin, shape (U,), ascending from 0.
    """
    dim = x.shape[1]
    if not len(starts):
        return Sums(np.zeros((0, dim, dim)), np.zeros((0, dim)), np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64))
    return Sums(
        gram=np.add.reduceat(x[:, :, None] * x[:, None, :], starts),
        b=np.add.reduceat(r[:, None] * x, starts),
        square=np.add.reduceat(r * r, starts),
        total=np.add.reduceat(r, starts),
        count=np.diff(starts, append=len(r)),
    )
