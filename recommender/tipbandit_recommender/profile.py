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

The laboratory computes the same features of all users from the lake of events, in SQL, and finds the same numbers to
the last bit. So what is added up is whole numbers, which have no order: tips, milliseconds, and what `circle` makes of
hours; and each feature is one division.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.contracts.reward import Reaction
from tipbandit.features.schema import FEATURES, INPUTS
from tipbandit_recommender.circle import DAY_H, UNIT, circular_mean, direction, resultant

__all__ = ["Shown", "circular_mean", "preferred_hour", "profile_features"]

LEAST: Final = 3
LEAST_RESULTANT: Final = 0.1
LAST_DAYS: Final = timedelta(days=30)
LONGEST_DWELL_S: Final[int] = round(1 / FEATURES["mean_dwell"].transform(1.0))
"""Ten minutes, the dwell at which the feature reaches 1: so much of a single dwell counts."""
MOST_TIPS: Final = int(INPUTS["tips_30d"].high)
BY_CHANCE: Final = 3.0
"""n R^2 that chance reaches with probability exp(-3), 5 %."""
ROUNDING: Final = 1e-7
"""By which the squared resultant length of equal hours may miss 1."""
LEAST_SQUARE: Final = LEAST_RESULTANT * LEAST_RESULTANT
SQUARE: Final = UNIT * UNIT * (1 - ROUNDING)
"""(C^2 + S^2)/n^2 where all hours are equal, less what rounding may take."""

_MS: Final = 1000


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
            "hour must lie in [0, 24)": 0 <= self.hour < DAY_H,
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
        All numbers absent where there is no history. A single dwell counts for ten minutes at most, so that one tip
        left open over lunch does not make the mean.
    """
    until = now.astimezone(UTC)
    ages = [(until - each.shown_at.astimezone(UTC), each) for each in history]
    shown = [each for age, each in ages if age >= timedelta(0)]
    if not shown:
        return ProfileFeatures()
    completed = [each.hour for each in shown if each.reaction == "completed"]
    dismissed = sum(each.reaction == "dismissed" for each in shown)
    dwells_ms = [_ms(each.dwell_s) for each in shown if each.dwell_s is not None]
    lately = sum(timedelta(0) <= age < LAST_DAYS for age, _ in ages)
    return ProfileFeatures(
        completion_rate=_mean(len(completed), len(shown)),
        dismiss_rate=_mean(dismissed, len(shown)),
        mean_dwell_s=_mean(sum(dwells_ms), len(dwells_ms), _MS),
        preferred_hour=preferred_hour(completed),
        tips_30d=min(lately, MOST_TIPS),
    )


def preferred_hour(hours: Sequence[float]) -> float | None:
    """Return the mean direction of hours on the circle of a day, in [0, 24); None where they agree on none.

    Three hours must be equal, fewer never suffice. The hour is the one the tip was *shown* at, as it is compared with
    the hour of the next decision.
    """
    c, s = resultant(hours)
    return direction(c, s) if _agree(float(c), float(s), len(hours)) else None


def _agree(c: float, s: float, count: int) -> bool:
    """Whether n R^2 >= 3 and R^2 >= 0.01; nothing agrees with nothing."""
    return count > 0 and c * c + s * s >= SQUARE * count * max(LEAST_SQUARE * count, BY_CHANCE)


def _ms(dwell_s: float) -> int:
    return math.floor(min(dwell_s, LONGEST_DWELL_S) * _MS + 0.5)


def _mean(total: int, count: int, parts: int = 1) -> float | None:
    """A mean, of what was counted in parts; of too few it means nothing."""
    return None if count < LEAST else total / (count * parts)
