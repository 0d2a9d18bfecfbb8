"""What policies are measured by: players that learn nothing. Each shows one of those it holds best, uniformly."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from tipbandit.features.schema import FEATURES
from tipbandit_lab import exploration
from tipbandit_lab.arrays import Bools, Floats
from tipbandit_lab.personas import KINDS
from tipbandit_lab.players import Choices, Seen

_USUAL_PRIORITY: Final = FEATURES["priority"].default or 0.0
_NO_WEIGHTS: Final[Mapping[str, Floats]] = MappingProxyType({})


class Baseline(ABC):
    """A player that knows from the start what is best."""

    uses_profile: bool = False

    def __init__(self, users: int) -> None:
        self._users = users

    @abstractmethod
    def best(self, seen: Seen) -> Bools:
        """Return which tips are equally good and better than all others, shape (K, U)."""

    def choose(self, seen: Seen) -> Choices:
        """Choose a tip for every user; none is ever explored, for it is always one of the best."""
        propensities = exploration.greedy(self.best(seen), epsilon=0.0)
        shown = exploration.draw(propensities, seen.moment.uniforms())
        return Choices(shown, propensities, np.zeros(self._users, dtype=np.bool_))

    def learn(self, reward: Floats) -> None:
        """Learn nothing from the rewards, shape (U,)."""
        del reward

    def weights(self) -> Mapping[str, Floats]:
        """Return none."""
        return _NO_WEIGHTS

    def unsound(self) -> Bools:
        """Return nobody: there is no state."""
        return np.zeros(self._users, dtype=np.bool_)


class RandomPlayer(Baseline):
    """Any tip: all are equally good to it."""

    def best(self, seen: Seen) -> Bools:  # noqa: D102  see Baseline
        return np.ones(seen.moment.tips.kind.shape, dtype=np.bool_)


class UrgentPlayer(Baseline):
    """What is due first, the longest overdue before all and no due time last; of these the highest priority."""

    def best(self, seen: Seen) -> Bools:  # noqa: D102  see Baseline
        tips = seen.moment.tips
        first = _lowest(np.where(np.isnan(tips.due_in_hours), np.inf, tips.due_in_hours))
        priority = np.where(np.isnan(tips.priority), _USUAL_PRIORITY, tips.priority)
        return _lowest(np.where(first, -priority, np.inf))


class PopularPlayer(Baseline):
    """The kind of tip that all users together like best: what one gets to without looking at the user.

    Args:
        mean_reward: of each kind, over a population and tips shown at random.
        users: U.

    Raises:
        ValueError: if a kind has none; all are named.
    """

    def __init__(self, mean_reward: Mapping[str, float], users: int) -> None:
        super().__init__(users)
        if missing := [kind for kind in KINDS if kind not in mean_reward]:
            raise ValueError(f"no mean reward of {', '.join(missing)}")
        self._mean_reward = np.array([mean_reward[kind] for kind in KINDS])

    def best(self, seen: Seen) -> Bools:  # noqa: D102  see Baseline
        return _lowest(-self._mean_reward[seen.moment.tips.kind])


class OraclePlayer(Baseline):
    """What appeals most: it looks into the users' minds, and is as good as one can be without thinking ahead."""

    def best(self, seen: Seen) -> Bools:  # noqa: D102  see Baseline
        return _lowest(-seen.appeal)


def _lowest(rank: Floats) -> Bools:
    lowest: Bools = rank == rank.min(axis=0)
    return lowest
