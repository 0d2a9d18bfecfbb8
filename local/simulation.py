"""One simulated user: the tips of a month, and what the user would do with each.

What is wanted of a tip is a weighted sum of the service's own features plus noise (`TASTE`, `NOISE`), cut into
the four reactions. The service is told none of it: it sees the tip it shows and one word about it. The month
is drawn in advance, so everyone who plays it meets the same tips, the same noise and the same mood.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from tipbandit.contracts.inputs import Candidate, Context
from tipbandit.contracts.reward import Reaction
from tipbandit.features.encode import encode
from tipbandit.features.schema import BASE
from tipbandit.rewards import REWARD_BY_REACTION

TASTE: Final = {
    "bias": -0.25,
    "hour_sin": 0.20,  # a morning person
    "hour_cos": -0.05,
    "weekend": -0.10,
    "priority": -0.20,  # what the app finds important is not what this user does
    "urgency": 0.55,
    "freshness": 0.50,  # nothing is as dull as a stale tip
}
NOISE: Final = 0.4
"""Standard deviation of the mood: about as much as the best and the worst tip of a moment differ by."""

START: Final = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday; the user lives by UTC."""

_COMPLETES_ABOVE: Final = 0.30
_SNOOZES_ABOVE: Final = 0.05
_IGNORES_ABOVE: Final = -0.35


@dataclass(frozen=True, slots=True)
class Moment:
    """One decision to make; `wanted` and `reactions` have one entry a tip."""

    day: int
    context: Context
    tips: tuple[Candidate, ...]
    wanted: tuple[float, ...]
    reactions: tuple[Reaction, ...]

    @property
    def at(self) -> datetime:
        """When it is."""
        return START + timedelta(days=self.day, hours=self.context.hour)

    def reward(self, shown: int) -> float:
        """What showing tip number `shown` is worth."""
        return REWARD_BY_REACTION[self.reactions[shown]]


def month(seed: int, *, days: int, moments: int, tips: int) -> list[Moment]:
    """Draw `days` of `moments` decisions among `tips` tips each."""
    rng = np.random.default_rng(seed)
    return [
        _moment(rng, day, float(hour), tips)
        for day in range(days)
        for hour in np.sort(rng.uniform(7, 22, moments)).round(2)
    ]


def _moment(rng: np.random.Generator, day: int, hour: float, tips: int) -> Moment:
    candidates = tuple(_tip(rng, f"d{day + 1:02}-{hour:05.2f}-{number:02}") for number in range(tips))
    context = Context(hour=hour, weekday=day % 7)
    x = encode(BASE, context, candidates, None)
    wanted = x @ np.array([TASTE[name] for name in BASE.names])
    felt = wanted + rng.normal(0, NOISE, tips)
    return Moment(day, context, candidates, tuple(wanted), tuple(map(_reaction, felt)))


def _tip(rng: np.random.Generator, tip_id: str) -> Candidate:
    has_due_time = rng.random() < 0.5  # noqa: PLR2004  (every other tip)
    return Candidate(
        tip_id=tip_id,
        priority=round(rng.random(), 2),
        due_in_hours=round(rng.exponential(36), 1) if has_due_time else None,
        age_hours=round(rng.exponential(72), 1),
    )


def _reaction(felt: float) -> Reaction:
    if felt > _COMPLETES_ABOVE:
        return "completed"
    if felt > _SNOOZES_ABOVE:
        return "snoozed"
    return "ignored" if felt > _IGNORES_ABOVE else "dismissed"
