"""What the recommender knows of many users at once: its profile features, kept by counting instead of from lists."""

from collections import deque
from itertools import takewhile
from typing import Final

import numpy as np

from tipbandit_lab.arrays import Bools, Floats, Ints
from tipbandit_lab.moments import REACTIONS, Moment, Profiles, Reactions
from tipbandit_recommender.profile import (
    BY_CHANCE,
    DECIMALS,
    LAST_DAYS,
    LEAST,
    LEAST_RESULTANT,
    LONGEST_DWELL_S,
    MOST_TIPS,
    ROUNDING,
)

_COMPLETED: Final = REACTIONS.index("completed")
_DISMISSED: Final = REACTIONS.index("dismissed")
_LAST_MS: Final = LAST_DAYS.total_seconds() * 1000
_DAY_H: Final = 24


class Histories:
    """The reactions of U users so far, and what ``tipbandit_recommender.profile_features`` would say of each.

    Moments are added, and profiles asked for, in the order of time. Every moment shows each user one tip, and the user
    is seen to react.
    """

    def __init__(self, users: int) -> None:
        self._shown = 0
        self._completed, self._dismissed, self._dwell_s = np.zeros((3, users))
        self._c, self._s = np.zeros((2, users))
        self._lately: deque[Ints] = deque()

    def add(self, moment: Moment, reactions: Reactions) -> None:
        """Remember what the users did with the tips shown at a moment."""
        done = reactions.reaction == _COMPLETED
        angle = moment.hour * (2 * np.pi / _DAY_H)
        self._shown += 1
        self._completed += done
        self._dismissed += reactions.reaction == _DISMISSED
        self._dwell_s += np.minimum(reactions.dwell_s, LONGEST_DWELL_S)
        self._c += np.cos(angle) * done
        self._s += np.sin(angle) * done
        self._lately.append(moment.at_ms)

    def profiles(self, at_ms: Ints) -> Profiles:
        """Return the profiles at a moment, given in Unix milliseconds, shape (U,)."""
        enough = self._shown >= LEAST
        return Profiles(
            completion_rate=self._mean(self._completed, enough=enough),
            dismiss_rate=self._mean(self._dismissed, enough=enough),
            mean_dwell_s=self._mean(self._dwell_s, enough=enough),
            preferred_hour=self._preferred_hour(),
            tips_30d=self._tips_30d(at_ms),
        )

    def _mean(self, total: Floats, *, enough: bool) -> Floats:
        return total / self._shown if enough else np.full_like(total, np.nan)

    def _preferred_hour(self) -> Floats:
        n = np.maximum(self._completed, 1)
        resultant = np.minimum(np.hypot(self._c, self._s) / n, 1)
        agree: Bools = resultant + ROUNDING >= np.maximum(LEAST_RESULTANT, np.sqrt(BY_CHANCE / n))
        hour = np.round(np.arctan2(self._s, self._c) * (_DAY_H / (2 * np.pi)), DECIMALS) % _DAY_H
        return np.where(agree, hour, np.nan)

    def _tips_30d(self, at_ms: Ints) -> Floats:
        """The users' moments lie within hours of each other, so few are over for some users and not for others."""
        if not self._shown:
            return np.full(at_ms.shape, np.nan)
        over = at_ms - _LAST_MS
        while self._lately and (self._lately[0] <= over).all():
            self._lately.popleft()
        lapsed = sum(takewhile(np.any, (each <= over for each in self._lately)), start=np.zeros(at_ms.shape))
        return np.minimum(len(self._lately) - lapsed, MOST_TIPS)
