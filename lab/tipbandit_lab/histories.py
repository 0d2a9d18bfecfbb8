"""What the recommender knows of many users at once: its profile features, kept by counting instead of from lists."""

from collections import deque
from itertools import takewhile
from typing import Final

import numpy as np

from tipbandit_lab.arrays import Bools, Floats, Ints
from tipbandit_lab.moments import REACTIONS, Moment, Profiles, Reactions
from tipbandit_recommender.circle import ARCTAN, DAY_TICKS, RADIANS_A_TICK, TICKS_AN_HOUR, UNIT
from tipbandit_recommender.profile import (
    BY_CHANCE,
    LAST_DAYS,
    LEAST,
    LEAST_SQUARE,
    LONGEST_DWELL_S,
    MOST_TIPS,
    SQUARE,
)

_COMPLETED: Final = REACTIONS.index("completed")
_DISMISSED: Final = REACTIONS.index("dismissed")
_LAST_MS: Final = LAST_DAYS.total_seconds() * 1000
_MS: Final = 1000


class Histories:
    """The reactions of U users so far, and what ``tipbandit_recommender.profile_features`` would say of each.

    Moments are added, and profiles asked for, in the order of time. Every moment shows each user one tip, and the user
    is seen to react. All sums are of whole numbers, as there.
    """

    def __init__(self, users: int) -> None:
        self._shown = 0
        self._completed, self._dismissed, self._dwell_ms = np.zeros((3, users))
        self._c, self._s = np.zeros((2, users))
        self._lately: deque[Ints] = deque()

    def add(self, moment: Moment, reactions: Reactions) -> None:
        """Remember what the users did with the tips shown at a moment."""
        done = reactions.reaction == _COMPLETED
        angle = _whole(moment.hour * TICKS_AN_HOUR) * RADIANS_A_TICK
        self._shown += 1
        self._completed += done
        self._dismissed += reactions.reaction == _DISMISSED
        self._dwell_ms += _whole(np.minimum(reactions.dwell_s, LONGEST_DWELL_S) * _MS)
        self._c += _whole(np.cos(angle) * UNIT) * done
        self._s += _whole(np.sin(angle) * UNIT) * done
        self._lately.append(moment.at_ms)

    def profiles(self, at_ms: Ints) -> Profiles:
        """Return the profiles at a moment, given in Unix milliseconds, shape (U,)."""
        enough = self._shown >= LEAST
        return Profiles(
            completion_rate=self._mean(self._completed, enough=enough),
            dismiss_rate=self._mean(self._dismissed, enough=enough),
            mean_dwell_s=self._mean(self._dwell_ms, enough=enough, parts=_MS),
            preferred_hour=self._preferred_hour(),
            tips_30d=self._tips_30d(at_ms),
        )

    def _mean(self, total: Floats, *, enough: bool, parts: int = 1) -> Floats:
        return total / (self._shown * parts) if enough else np.full_like(total, np.nan)

    def _preferred_hour(self) -> Floats:
        n, square = self._completed, self._c * self._c + self._s * self._s
        agree: Bools = (n > 0) & (square >= SQUARE * n * np.maximum(LEAST_SQUARE * n, BY_CHANCE))
        return np.where(agree, _direction(self._c, self._s), np.nan)

    def _tips_30d(self, at_ms: Ints) -> Floats:
        """The users' moments lie within hours of each other, so few are over for some users and not for others."""
        if not self._shown:
            return np.full(at_ms.shape, np.nan)
        over = at_ms - _LAST_MS
        while self._lately and (self._lately[0] <= over).all():
            self._lately.popleft()
        lapsed = sum(takewhile(np.any, (each <= over for each in self._lately)), start=np.zeros(at_ms.shape))
        return np.minimum(len(self._lately) - lapsed, MOST_TIPS)


def _whole(numbers: Floats) -> Floats:
    return np.floor(numbers + 0.5)


def _direction(c: Floats, s: Floats) -> Floats:
    """As ``tipbandit_recommender.circle.direction``, step by step."""
    x, y = np.abs(c), np.abs(s)
    longer = np.maximum(x, y)
    share = np.minimum(x, y) / np.where(longer > 0, longer, 1.0)
    angle = np.polyval(ARCTAN, share * share) * share
    angle = np.where(y > x, np.pi / 2 - angle, angle)
    ticks = _whole(np.where(c < 0, np.pi - angle, angle) / RADIANS_A_TICK)
    return np.where(s >= 0, ticks, DAY_TICKS - ticks) % DAY_TICKS / TICKS_AN_HOUR
