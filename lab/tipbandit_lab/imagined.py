"""Made-up moments and users without deviations: to ask what appeals to a persona as it is written."""

from collections.abc import Sequence

import numpy as np

from tipbandit_lab.minds import Mind
from tipbandit_lab.moments import Moment, Tips
from tipbandit_lab.personas import KINDS, Kind, Persona
from tipbandit_lab.population import Deviations, Population
from tipbandit_lab.supply import HOUR_MS
from tipbandit_lab.world import START_MS

Tip = tuple[Kind, float, float, float]
"""Kind, priority, hours until it is due, and age in hours; NaN for what is absent."""


def typical(persona: Persona, users: int = 1, change: tuple[float, float] | None = None) -> Mind:
    """Return users who are all exactly as their persona is written, and drift in the rounds of ``change``."""
    return Mind.fresh(Population(persona, Deviations.none(users), change), START_MS)


def moment(tips: Sequence[Tip], hours: Sequence[float] = (12.0,), *, number: int = 0, weekday: int = 0) -> Moment:
    """Return a moment at which each of as many users as there are ``hours`` has all ``tips``, and average luck.

    Everybody looks (``glance`` is 0), in a middling mood, for the median time.
    """
    users = len(hours)
    kind, priority, due, age = zip(*tips, strict=True)
    codes = np.array([KINDS.index(each) for each in kind], dtype=np.int64)
    wide = [np.repeat(np.array(column, dtype=np.float64)[:, None], users, axis=1) for column in (priority, due, age)]
    hour = np.array(hours, dtype=np.float64)
    return Moment(
        number=number,
        day=0,
        hour=hour,
        weekday=np.full(users, weekday, dtype=np.int64),
        at_ms=START_MS + (hour * HOUR_MS).astype(np.int64),
        tips=Tips(np.repeat(codes[:, None], users, axis=1), *wide),
        ids=np.zeros((users, 16), dtype=np.uint8),
        mood=np.zeros(users),
        glance=np.zeros(users),
        pace=np.zeros(users),
    )
