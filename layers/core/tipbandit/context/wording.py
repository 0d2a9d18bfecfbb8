"""Numbers in words that a language model can use."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tipbandit.context.data import Phrase
from tipbandit.contracts.inputs import Context, ProfileFeatures
from tipbandit.contracts.signals import CalendarLoad

UNKNOWN: Final = Phrase("unknown")
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PARTS: Final = ((5, "night"), (12, "morning"), (17, "afternoon"), (22, "evening"), (24, "night"))
_HIGH: Final = 2 / 3
_LOW: Final = 1 / 3
_DAY_H: Final = 24
_TWO_DAYS_H: Final = 48
_HOUR_M: Final = 60
_NOW_H: Final = 0.5 / _HOUR_M
"""Less than half a minute."""
_LAST_MINUTE: Final = 24 * 60 - 1
_ROUNDING_M: Final = 1e-6
"""Added before minutes are cut to whole ones: 9 h 35 min, in hours, comes out of a float as a hair less."""

_HABITS: Final[Mapping[str, Callable[[Any], str]]] = {
    "completion_rate": lambda rate: f"completes {rate:z.0%} of the tips shown",
    "dismiss_rate": lambda rate: f"dismisses {rate:z.0%} of the tips shown",
    "mean_dwell_s": lambda seconds: f"looks at a tip for about {_seconds(seconds)}",
    "preferred_hour": lambda hour: f"most often completes tips around {clock(hour)}",
    "tips_30d": lambda count: f"was shown {counted(count, 'tip')} in the last 30 days",
}
"""One sentence for each profile feature of the schema table."""


def habits(profile: ProfileFeatures | None) -> tuple[Phrase, ...]:
    """Return a sentence for each profile feature that is known."""
    known = ((worded, getattr(profile, name, None)) for name, worded in _HABITS.items())
    return tuple(Phrase(worded(value)) for worded, value in known if value is not None)


def moment(time: Context | None) -> Phrase:
    """Return a local time such as "Monday, 8:30 (morning)"."""
    if time is None:
        return UNKNOWN
    part = next(name for until, name in _PARTS if time.hour < until)
    return Phrase(f"{_DAYS[time.weekday]}, {clock(time.hour)} ({part})")


def clock(hour: float) -> str:
    """Return an hour of the day, 8.5, as a clock shows it, 8:30."""
    minutes = min(int(hour * _HOUR_M + _ROUNDING_M), _LAST_MINUTE)
    return f"{minutes // _HOUR_M}:{minutes % _HOUR_M:02}"


def workload(calendar: CalendarLoad | None) -> Phrase:
    """Return how full the day is."""
    if calendar is None:
        return UNKNOWN
    said = []
    if calendar.meetings_left is not None:
        said.append(f"{counted(calendar.meetings_left, 'appointment')} still to come today")
    if calendar.busy_hours is not None:
        said.append(f"{calendar.busy_hours:z.1f} hours of today are taken")
    if calendar.free_in_hours is not None:
        free = calendar.free_in_hours
        said.append("free now" if free < _NOW_H else f"next free in {span(free)}")
    return Phrase("; ".join(said)) if said else UNKNOWN


def due(hours: float | None) -> Phrase:
    """Return when a task is due."""
    if hours is None:
        return Phrase("no due time")
    if abs(hours) < _NOW_H:
        return Phrase("due now")
    return Phrase(f"{span(-hours)} overdue" if hours < 0 else f"due in {span(hours)}")


def importance(priority: float | None) -> Phrase:
    """Return a priority in [0, 1] as high, normal or low."""
    if priority is None:
        return Phrase("unstated")
    return Phrase("high" if priority >= _HIGH else "low" if priority <= _LOW else "normal")


def age(hours: float | None) -> Phrase:
    """Return how old a task is."""
    if hours is None:
        return Phrase("of unknown age")
    return Phrase("new" if hours < _NOW_H else f"{span(hours)} old")


def ago(hours: float | None) -> Phrase:
    """Return how long ago something was."""
    if hours is None:
        return Phrase("some time ago")
    return Phrase("just now" if hours < _NOW_H else f"{span(hours)} ago")


def span(hours: float) -> str:
    """Return a time span in minutes, hours or days, whichever reads best."""
    if (minutes := round(hours * _HOUR_M)) < _HOUR_M:
        return counted(minutes, "minute")
    if hours < _TWO_DAYS_H:
        return counted(round(hours), "hour")
    return counted(round(hours / _DAY_H), "day")


def counted(count: int, what: str) -> str:
    """Return a number of things."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _seconds(seconds: float) -> str:
    return counted(round(seconds), "second") if seconds < _HOUR_M * 2 else counted(round(seconds / _HOUR_M), "minute")
