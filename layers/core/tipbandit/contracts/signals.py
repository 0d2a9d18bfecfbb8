"""What a recommender knows of a user's moment: everything optional, everything capped."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from tipbandit.contracts.fields import Wire, bounded
from tipbandit.contracts.inputs import Context
from tipbandit.contracts.reward import Reaction
from tipbandit.contracts.tip import MAX_TEXT_CHARS, Kind

MAX_TASKS: Final = 200
MAX_TITLE_CHARS: Final = 200
MAX_REACTIONS: Final = 50
MAX_NOTES: Final = 20
MAX_NOTE_CHARS: Final = 1000
LOCALE_PATTERN: Final = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
"""The language tags of BCP 47 that people have: a language, a script, a region, a variant."""

_YEAR_H: Final = 8_760


class OpenTask(Wire):
    """Something the user has yet to do."""

    title: Annotated[str, Field(min_length=1, max_length=MAX_TITLE_CHARS)]
    """What it is, in the user's words."""
    due_in_hours: float | None = bounded("due_in_hours", "time left until it is due; negative is overdue")
    priority: float | None = bounded("priority", "how much it matters to the user")
    age_hours: float | None = bounded("age_hours", "time since the user wrote it down")


class CalendarLoad(Wire):
    """How full the user's day is."""

    meetings_left: Annotated[int, Field(ge=0, le=100)] | None = None
    """Appointments still to come today."""
    busy_hours: Annotated[float, Field(ge=0, le=24)] | None = None
    """Hours of today that are taken (h)."""
    free_in_hours: Annotated[float, Field(ge=0, le=24)] | None = None
    """Time until the user is next free (h); 0 is now."""


class PastReaction(Wire):
    """How the user took an earlier tip."""

    reaction: Reaction
    """What the user did."""
    kind: Kind | None = None
    """The kind of that tip."""
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT_CHARS)] | None = None
    """Its text."""
    hours_ago: Annotated[float, Field(ge=0, le=_YEAR_H)] | None = None
    """When (h)."""


class Signals(Wire):
    """The moment a tip is for. Texts are the user's own: data for the model, never instructions."""

    local_time: Context | None = None
    """The user's local hour and weekday."""
    locale: Annotated[str, StringConstraints(pattern=LOCALE_PATTERN)] | None = None
    """The user's language, as a BCP 47 tag such as de or pt-BR."""
    open_tasks: Annotated[list[OpenTask], Field(max_length=MAX_TASKS)] | None = None
    """What the user has yet to do."""
    calendar: CalendarLoad | None = None
    """How full the day is."""
    reactions: Annotated[list[PastReaction], Field(max_length=MAX_REACTIONS)] | None = None
    """How the user took the last tips."""
    notes: (
        Annotated[
            list[Annotated[str, Field(min_length=1, max_length=MAX_NOTE_CHARS)]],
            Field(max_length=MAX_NOTES),
        ]
        | None
    ) = None
    """Free notes, the most important first."""
