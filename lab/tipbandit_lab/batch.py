"""A policy for many users at once: ``choose`` and ``learn`` of ``tipbandit.policies.policy`` for each of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tipbandit.policies.policy import Policy
from tipbandit.policies.ridge import Prior
from tipbandit_lab import exploration
from tipbandit_lab.arrays import Bools, Floats, Ints
from tipbandit_lab.encoding import encode
from tipbandit_lab.players import Choices, Seen
from tipbandit_lab.solving import Statistics, triangle


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The features of all candidates: those of the ``request``, shape (R, U), and their ``own``, shape (K, C, U)."""

    request: Floats
    own: Floats


class BatchPolicy:
    """A player that is one policy of the service, whose users all start from the same prior, or the plain ridge.

    Inside, the features of the request come before the candidates' own, whatever their order in the set: then most of
    the work is done once a user and not once a candidate.

    Attributes:
        statistics: what was learned about the users, in that order.
    """

    def __init__(self, policy: Policy, users: int, prior: Prior | None = None) -> None:
        self._policy = policy
        features = policy.feature_set.features
        self._order = sorted(range(len(features)), key=lambda place: features[place].per_candidate)  # stable
        self._start = None if prior is None else _ordered(prior, self._order)
        self.statistics = Statistics(len(features), users)
        self._n = 0
        self._room: Columns | None = None
        self._asked: tuple[Columns, Ints] | None = None

    @property
    def uses_profile(self) -> bool:
        """Whether a feature of its set is made from the profile."""
        return self._policy.feature_set.uses_profile

    @property
    def nbytes(self) -> int:
        """How large the state of all users is, in bytes."""
        return self.statistics.nbytes

    def choose(self, seen: Seen) -> Choices:
        """Choose a tip for every user."""
        columns = self._columns(seen)
        with np.errstate(all="ignore"):  # a state that is not finite is reported by ``unsound``
            scores = self._scores(columns)
            best = exploration.best_of(scores)
            propensities = self._propensities(scores, best)
            shown = exploration.draw(propensities, seen.moment.uniforms())
        self._asked = columns, shown
        return Choices(shown, propensities, ~_at(shown, best))

    def learn(self, reward: Floats) -> None:
        """Learn the rewards, shape (U,), of the last choice.

        Raises:
            ValueError: if there is none, or it was learned already.
        """
        if self._asked is None:
            raise ValueError(f"{self._policy.key} has chosen nothing that a reward could be for")
        columns, shown = self._asked
        own = columns.own.reshape(len(columns.own), -1)
        chosen = _at(np.tile(shown, columns.own.shape[1]), own).reshape(-1, len(shown))
        with np.errstate(all="ignore"):
            self.statistics.learn(np.concatenate((columns.request, chosen, reward[None])), self._policy.discount)
        self._asked = None
        self._n += 1

    def weights(self) -> Mapping[str, Floats]:
        """Return theta by feature name, each of shape (U,)."""
        theta = self.statistics.solve(self._policy.ridge_lambda, self._start).theta()
        by_place = dict(zip(self._order, theta, strict=True))
        return {name: by_place[place] for place, name in enumerate(self._policy.feature_set.names)}

    def unsound(self) -> Bools:
        """Return which users' states hold a number that is not finite, shape (U,)."""
        return self.statistics.unsound()

    def _columns(self, seen: Seen) -> Columns:
        columns = encode(self._policy.feature_set, seen.moment, seen.profiles)
        first = sum(column.ndim == 1 for column in columns)
        candidates, users = seen.moment.tips.kind.shape
        shape = (candidates, len(columns) - first, users)
        if self._room is None or self._room.own.shape != shape:
            self._room = Columns(np.empty((first, users)), np.empty(shape))
        request, own = self._room.request, self._room.own
        for row, place in enumerate(self._order[:first]):
            request[row] = columns[place]
        for row, place in enumerate(self._order[first:]):
            own[:, row] = columns[place]
        return self._room

    def _scores(self, columns: Columns) -> Floats:
        solution = self.statistics.solve(self._policy.ridge_lambda, self._start)
        scores = _predicted(columns, solution.theta())
        if self._policy.alpha is not None:
            variance = solution.variance(columns.request, columns.own)
            scores += self._policy.alpha * np.sqrt(np.maximum(variance, 0.0))
        return scores

    def _propensities(self, scores: Floats, best: Bools) -> Floats:
        if self._policy.square_gamma is None:
            return exploration.greedy(best, self._policy.epsilon)
        gamma = self._policy.square_gamma * math.sqrt(self._n)
        return exploration.inverse_gap(scores, best, self._policy.epsilon, gamma)


def _ordered(prior: Prior, order: Sequence[int]) -> Floats:
    return triangle(prior.precision[np.ix_(order, order)], prior.shift[order])


def _predicted(columns: Columns, theta: Floats) -> Floats:
    first = len(columns.request)
    scores: Floats = np.einsum("kcu,cu->ku", columns.own, theta[first:])
    scores += np.einsum("ru,ru->u", columns.request, theta[:first])
    return scores


def _at(index: Ints, values: NDArray[Any]) -> NDArray[Any]:
    """Return ``values[index[u], u]`` for each u; ``values`` has shape (K, U)."""
    users = len(index)
    picked: NDArray[Any] = values.reshape(-1)[index * users + np.arange(users)]
    return picked
