"""Who races must do the same job: all of them decide and learn side by side, and must choose the same tip every time.

Beside the other libraries there are three references that share no arithmetic with the package: numpy by hand, a
Cholesky factor with triangular systems, and Gauss-Jordan elimination in plain Python.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Final, Protocol

import numpy as np

from benchmarks import reference, rivals
from tipbandit.policies.policy import Policy, choose, learn
from tipbandit.policies.ridge import Array, cold

Rows = list[list[float]]

ROUNDS: Final = 400
_NOISE: Final = 0.5


class Player(Protocol):
    """Who chooses and learns."""

    def place(self, rows: Rows) -> int:
        """Return which of the candidates it chooses."""

    def learn(self, row: Sequence[float], r: float) -> None:
        """Learn a reward."""


class DisagreementError(AssertionError):
    """Two players chose differently: they do not do the same job, so a race of them says nothing."""


class Ours:
    """The package's functions."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._state = cold(policy.feature_set.dim)
        self._asked = 0

    def place(self, rows: Rows) -> int:
        """Choose, with another key every time."""
        self._asked += 1
        return choose(self._policy, self._state, reference.matrix(rows), self._asked.to_bytes(16, "big")).index

    def learn(self, row: Sequence[float], r: float) -> None:
        """Learn, and keep the next state."""
        self._state = learn(self._policy, self._state, np.array(row), r)


class Sums:
    """A reference: it keeps G and b, and has them solved for every choice."""

    def __init__(self, policy: Policy, score: Callable[[Array, Array, Array, float | None], Sequence[float]]) -> None:
        dim = policy.feature_set.dim
        self._a, self._b = policy.ridge_lambda * np.eye(dim), np.zeros(dim)
        self._score, self._alpha = score, policy.alpha

    def place(self, rows: Rows) -> int:
        """Return the place of the highest score."""
        return int(np.argmax(self._score(self._a, self._b, np.array(rows), self._alpha)))

    def learn(self, row: Sequence[float], r: float) -> None:
        """Add to the sums."""
        self._a += np.outer(row, row)
        self._b += r * np.array(row)


def by_hand(a: Array, b: Array, x: Array, alpha: float | None) -> Sequence[float]:
    """Score as the race's reference does."""
    found: list[float] = reference.scores(a, b, x, (np.zeros_like(a), alpha, 0.0)).tolist()
    return found


def by_cholesky(a: Array, b: Array, x: Array, alpha: float | None) -> Sequence[float]:
    """Score by A = L L': with Z = L^-1 X' and z = L^-1 b it is X theta = Z'z, and each width the length of a column."""
    lower = np.linalg.cholesky(a)
    halves = np.linalg.solve(lower, np.column_stack((x.T, b)))
    z = halves[:, :-1]
    found: list[float] = (z.T @ halves[:, -1] + (alpha or 0.0) * np.linalg.norm(z, axis=0)).tolist()
    return found


def in_plain_python(a: Array, b: Array, x: Array, alpha: float | None) -> Sequence[float]:
    """Score with numbers and lists alone."""
    inverse = _inverse(a.tolist())
    theta = [_dot(row, b.tolist()) for row in inverse]
    return [
        _dot(row, theta) + (alpha or 0.0) * sqrt(_dot(row, [_dot(column, row) for column in inverse]))
        for row in x.tolist()
    ]


def _inverse(a: Rows) -> Rows:
    """Gauss-Jordan without pivots: A is positive definite."""
    dim = len(a)
    wide = [[*row, *(float(place == column) for column in range(dim))] for place, row in enumerate(a)]
    for place in range(dim):
        pivot = [each / wide[place][place] for each in wide[place]]
        for other, row in enumerate(wide):
            wide[other] = [each - row[place] * lead for each, lead in zip(row, pivot, strict=True)]
        wide[place] = pivot
    return [row[dim:] for row in wide]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(left * right for left, right in zip(one, other, strict=True))


@dataclass(frozen=True, slots=True)
class Course:
    """What all are given: ``rounds`` requests of ``candidates`` each, and rewards with a taste and noise, by a seed."""

    candidates: int
    rounds: int = ROUNDS
    seed: int = 1


def players(policy: Policy, row: Array, r: float) -> Mapping[str, Player]:
    """Return everyone, having learned one reward: MABWiser and coba exist from the first one on.

    Nobody explores: epsilon is zero for all.
    """
    policy = replace(policy, epsilon=0.0)
    own: dict[str, Player] = {
        "tipbandit": Ours(policy),
        "numpy by hand": Sums(policy, by_hand),
        "Cholesky": Sums(policy, by_cholesky),
        "plain Python": Sums(policy, in_plain_python),
    }
    for each in own.values():
        each.learn(row.tolist(), r)
    return {**own, **rivals.rivals(policy, row[None], np.array([r]))}


def agree(everyone: Mapping[str, Player], dim: int, course: Course) -> None:
    """Let them all decide and learn, round after round.

    Raises:
        DisagreementError: in the first round in which not all choose the same candidate; it says who chose which.
    """
    draw = np.random.default_rng(course.seed)
    taste = draw.uniform(-1, 1, dim) / dim
    for number in range(course.rounds):
        rows: Rows = draw.uniform(-1, 1, (course.candidates, dim)).tolist()
        places = {name: player.place(rows) for name, player in everyone.items()}
        if len(set(places.values())) > 1:
            raise DisagreementError(f"round {number + 1}: " + ", ".join(f"{who} {at}" for who, at in places.items()))
        shown = rows[next(iter(places.values()))]
        r = float(np.clip(_dot(shown, taste.tolist()) + draw.normal(0, _NOISE), -1, 1))
        for player in everyone.values():
            player.learn(shown, r)


def check(policy: Policy, course: Course) -> int:
    """Have everyone who has the policy's model agree on what it finds best; return how many they are.

    Raises:
        DisagreementError: if they do not.
    """
    dim = policy.feature_set.dim
    everyone = players(policy, np.linspace(-1, 1, dim), 0.5)
    agree(everyone, dim, course)
    return len(everyone)
