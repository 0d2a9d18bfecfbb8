"""Who plays: policies for many users at once, and the baselines they are measured by.

A player holds the arrays of the users of one cohort and changes them in place.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tipbandit_lab.arrays import Bools, Floats, Ints
from tipbandit_lab.moments import Moment, Profiles


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a player is asked with.

    Attributes:
        moment: the moment. A policy uses what the service is told, and ``uniforms()``.
        profiles: the users' profiles; None for a persona that has none, and for players that use none.
        appeal: how much each tip appeals, shape (K, U): what only an oracle may look at.
    """

    moment: Moment
    profiles: Profiles | None
    appeal: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What a player shows.

    Attributes:
        shown: index of the tip, shape (U,).
        propensities: the probability each tip was to be shown with, shape (K, U).
        explored: whether the shown tip is none of the player's best, shape (U,).
    """

    shown: Ints
    propensities: Floats
    explored: Bools


class Player(Protocol):
    """One decision maker for all users of a cohort."""

    @property
    def uses_profile(self) -> bool:
        """Whether profiles are worth computing for it."""
        ...

    def choose(self, seen: Seen) -> Choices:
        """Choose a tip for every user."""
        ...

    def learn(self, reward: Floats) -> None:
        """Learn the rewards, shape (U,), of the last choice."""
        ...

    def weights(self) -> Mapping[str, Floats]:
        """Return the learned weights by feature name, each of shape (U,); none for who learns none."""
        ...

    def unsound(self) -> Bools:
        """Return which users' states hold a number that is not finite, shape (U,)."""
        ...


PlayerFactory = Callable[[int], Player]
"""From the number of users to a player that knows nothing yet. Picklable, so that a run can be spread over workers."""
