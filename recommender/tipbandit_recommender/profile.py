"""Profile features from a user's own history: the definitions of the schema table, in one place.

A number that would mean nothing is absent, and the policy takes its documented neutral value instead:

- **A mean of fewer than three** (`LEAST`). The neutral rate of 1/2 stands for a uniform prior over rates, of standard
  deviation 1/sqrt(12). A share of n tips has a standard error of at most 1/(2 sqrt(n)); from n = 3 on that is no more.
  Fewer tips say less than the prior does.
- **A preferred hour without a preference.** Hours lie on a circle, so their mean is the direction of the sum of their
  unit vectors, and the length of that sum over n, the resultant length R in [0, 1], says how much they agree (Fisher
  1993, Statistical Analysis of Circular Data, section 2.3.1). Hours that came about by chance have n R^2 >= 3 in about
  one user of twenty (Rayleigh's test, section 4.3: p is nearly exp(-n R^2)), so R must reach sqrt(3/n). With very many
  hours the test also passes for a preference too slight to be one; R must reach `LEAST_RESULTANT` too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.contracts.reward import Reaction
from tipbandit.features.schema import INPUTS

LEAST: Final = 3
LEAST_RESULTANT: Final = 0.1
LAST_DAYS: Final = timedelta(days=30)
LONGEST_DWELL_S: Final = INPUTS["mean_dwell_s"].high
MOST_TIPS: Final = int(INPUTS["tips_30d"].high)
BY_CHANCE: Final = 3.0
"""n R^2 that chance reaches with probability exp(-3), 5 %."""
DECIMALS: Final = 4
"""Of an hour: a third of a second. Unrounded, 23 h and 1 h may average to 23.999999999999996 h."""
ROUNDING: Final = 1e-9
"""By which the resultant length of equal hours may miss 1."""

_DAY_H: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One tip that was shown to the user.

    Attributes:
        shown_at: the moment, with its time zone.
        hour: the user's local time of day then, in [0, 24). The caller knows it; nothing here can derive it from the
            moment, which would take the user's time zone and its changes to and from daylight saving.
        reaction: what the user did; None where nothing is known (yet). It counts as shown all the same.
        dwell_s: how long it was looked at, in seconds; None where nobody measured.

    Raises:
        ValueError: if a value is out of range; all of them are named.
    """

    shown_at: datetime
    hour: float
    reaction: Reaction | None = None
    dwell_s: float | None = None

    def __post_init__(self) -> None:
        checks = {
            "shown_at must have a time zone": self.shown_at.utcoffset() is not None,
            "hour must lie in [0, 24)": 0 <= self.hour < _DAY_H,
            "dwell_s must not be negative": self.dwell_s is None or self.dwell_s >= 0,
        }
        if wrong := [sentence for sentence, holds in checks.items() if not holds]:
            raise ValueError(f"a shown tip: {'; '.join(wrong)}")


def profile_features(history: Sequence[Shown], *, now: datetime) -> ProfileFeatures:
    """Return what a user's history says of the user at one moment.

    Args:
        history: the tips shown to this one user, in any order. Those shown after ``now`` are not history yet.
        now: the moment, with its time zone.

    Returns:
        All numbers absent where there is no history. A single dwell counts for a day at most, so that one tip left
        open over a holiday does not make the mean.
    """
    until = now.astimezone(UTC)
    ages = [(until - each.shown_at.astimezone(UTC), each) for each in history]
    shown = [each for age, each in ages if age >= timedelta(0)]
    if not shown:
        return ProfileFeatures()
    completed = [each.hour for each in shown if each.reaction == "completed"]
    dismissed = sum(each.reaction == "dismissed" for each in shown)
    dwells = [min(each.dwell_s, LONGEST_DWELL_S) for each in shown if each.dwell_s is not None]
    lately = sum(timedelta(0) <= age < LAST_DAYS for age, _ in ages)
    return ProfileFeatures(
        completion_rate=_mean(len(completed), len(shown)),
        dismiss_rate=_mean(dismissed, len(shown)),
        mean_dwell_s=_mean(math.fsum(dwells), len(dwells)),
        preferred_hour=preferred_hour(completed),
        tips_30d=min(lately, MOST_TIPS),
    )


def preferred_hour(hours: Sequence[float]) -> float | None:
    """Return the mean direction of hours on the circle of a day, in [0, 24); None where they agree on none.

    Three hours must be equal, fewer never suffice. The hour is the one the tip was *shown* at, as it is compared with
    the hour of the next decision.
    """
    if not hours:
        return None
    mean, resultant = circular_mean(hours)
    least = max(LEAST_RESULTANT, math.sqrt(BY_CHANCE / len(hours)))
    return mean if resultant + ROUNDING >= least else None


def circular_mean(hours: Sequence[float]) -> tuple[float, float]:
    """Return the mean direction, in [0, 24), and the resultant length R, in [0, 1], of at least one hour.

    C = sum cos(2 pi h/24), S = sum sin(2 pi h/24); the direction of (C, S), and |(C, S)|/n (Fisher 1993, section
    2.3.1). The direction of a resultant of length 0 means nothing.
    """
    angles = [math.tau * hour / _DAY_H for hour in hours]
    c, s = math.fsum(map(math.cos, angles)), math.fsum(map(math.sin, angles))
    mean = math.atan2(s, c) * _DAY_H / math.tau
    return round(mean, DECIMALS) % _DAY_H, min(math.hypot(c, s) / len(hours), 1.0)


def _mean(total: float, count: int) -> float | None:
    """A mean of too few means nothing; division of a sum of values up to a bound cannot exceed it by rounding."""
    return None if count < LEAST else total / count
