"""The definition of the features as text that every engine runs: the query, and the one-row relation of its constants.

The constants are the schema table's and the recommender's, so that no number of theirs is written twice.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

from tipbandit.features.schema import INPUTS
from tipbandit_recommender import circle, profile

PROFILE: Final = tuple(name for name, row in INPUTS.items() if row.source == "profile")
"""The inputs of the schema table that are the user's: the columns a profile has."""
QUERY: Final = files(__package__).joinpath("profiles.sql").read_text(encoding="utf-8")
NEWEST: Final = (
    "SELECT max(moments.at) FROM "
    "(SELECT decisions.at FROM decisions UNION ALL SELECT rewards.at FROM rewards) AS moments"
)
"""The moment of the newest event."""
CONSTANTS: Final[Mapping[str, float]] = {
    "least": profile.LEAST,
    "longest_dwell_s": profile.LONGEST_DWELL_S,
    "most_tips": profile.MOST_TIPS,
    "by_chance": profile.BY_CHANCE,
    "least_square": profile.LEAST_SQUARE,
    "square": profile.SQUARE,
    "unit": circle.UNIT,
    "ticks_an_hour": circle.TICKS_AN_HOUR,
    "day_ticks": circle.DAY_TICKS,
    "radians_a_tick": circle.RADIANS_A_TICK,
}


def limits(as_of: datetime) -> str:
    """Return the query of the relation ``limits`` for one moment.

    Raises:
        ValueError: if the moment has no time zone.
    """
    if as_of.utcoffset() is None:
        raise ValueError(f"the moment {as_of} has no time zone")
    moments = {"as_of": as_of, "since": as_of - profile.LAST_DAYS}
    columns = [
        *(f"CAST('{_utc(moment)}' AS TIMESTAMP) AS {name}" for name, moment in moments.items()),
        *(f"CAST('{value!r}' AS {_type(value)}) AS {name}" for name, value in CONSTANTS.items()),
    ]
    return f"SELECT {', '.join(columns)}"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def _type(value: float) -> str:
    return "BIGINT" if isinstance(value, int) else "DOUBLE"
