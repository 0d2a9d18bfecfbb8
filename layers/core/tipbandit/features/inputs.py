"""The inputs of the schema table: every number on the wire, with its unit and range."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Source = Literal["context", "candidate", "profile"]
Dtype = Literal["number", "integer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One number on the wire: where it comes from, its unit and its range ``[low, high]`` (or ``[low, high)``)."""

    name: str
    source: Source
    dtype: Dtype = "number"
    unit: str
    low: float
    high: float
    below_high: bool = False
    required: bool = False
    meaning: str


def _table(*rows: Input) -> Mapping[str, Input]:
    return MappingProxyType({row.name: row for row in rows})


_TEN_YEARS_H: Final = 87_600.0

INPUTS: Final = _table(
    Input(
        name="hour", source="context", unit="h", low=0, high=24, below_high=True, required=True,
        meaning="the user's local time of day; 8.5 is half past eight",
    ),
    Input(
        name="weekday", source="context", dtype="integer", unit="day", low=0, high=6, required=True,
        meaning="the user's local weekday; 0 is Monday, 6 is Sunday",
    ),
    Input(
        name="priority", source="candidate", unit="1", low=0, high=1,
        meaning="how much the app wants this tip shown",
    ),
    Input(
        name="due_in_hours", source="candidate", unit="h", low=-_TEN_YEARS_H, high=_TEN_YEARS_H,
        meaning="time left until the tip is due; negative is overdue",
    ),
    Input(
        name="age_hours", source="candidate", unit="h", low=0, high=_TEN_YEARS_H,
        meaning="time since the tip was made",
    ),
    Input(
        name="completion_rate", source="profile", unit="1", low=0, high=1,
        meaning="share of the user's shown tips that were completed",
    ),
    Input(
        name="dismiss_rate", source="profile", unit="1", low=0, high=1,
        meaning="share of the user's shown tips that were dismissed",
    ),
    Input(
        name="mean_dwell_s", source="profile", unit="s", low=0, high=86_400,
        meaning="mean time the user looks at a tip",
    ),
    Input(
        name="preferred_hour", source="profile", unit="h", low=0, high=24, below_high=True,
        meaning="the local hour at which the user most often completes tips",
    ),
    Input(
        name="tips_30d", source="profile", dtype="integer", unit="count", low=0, high=1_000_000,
        meaning="tips shown to the user in the last 30 days",
    ),
)  # fmt: skip
