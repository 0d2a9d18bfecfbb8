"""The one table of inputs and features: everything else about features is derived from it.

An *input* is a number on the wire; a *feature* is one dimension of x, made from its inputs by its transform. Where an
input is absent the feature takes its default, which is the value of a user (or tip) nothing is known about:
a rate of 1/2 (the mean of a uniform prior over rates), an hour that is neither near nor far, a count of zero.

Changing a row changes the meaning of every state learned with it. The fingerprint of a feature set is stored in each
state for that reason: a changed row wants a new feature set and a new policy version, not an edit.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One dimension of x.

    ``transform`` takes the inputs in order. A feature of a candidate gets arrays of shape (K,) and returns one; a
    feature of the whole request gets and returns floats. ``formula`` says the same for people and the fingerprint.
    """

    name: str
    inputs: tuple[str, ...] = ()
    formula: str
    transform: Callable[..., Any]
    low: float
    high: float
    default: float | None = None
    meaning: str

    @property
    def per_candidate(self) -> bool:
        """Whether the value differs between the candidates of one request."""
        return any(INPUTS[name].source == "candidate" for name in self.inputs)


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

_LOG_VOLUME: Final = math.log1p(1000)

_BASE: Final = (
    Feature(
        name="bias", formula="1", transform=lambda: 1.0, low=1, high=1,
        meaning="the user's mean reward",
    ),
    Feature(
        name="hour_sin", inputs=("hour",), formula="sin(2*pi*hour/24)",
        transform=lambda hour: math.sin(math.tau * hour / 24), low=-1, high=1,
        meaning="time of day, morning against evening",
    ),
    Feature(
        name="hour_cos", inputs=("hour",), formula="cos(2*pi*hour/24)",
        transform=lambda hour: math.cos(math.tau * hour / 24), low=-1, high=1,
        meaning="time of day, night against noon",
    ),
    Feature(
        name="weekend", inputs=("weekday",), formula="1 if weekday >= 5 else 0",
        transform=lambda weekday: float(weekday >= 5),  # noqa: PLR2004  Saturday
        low=0, high=1, meaning="Saturday or Sunday",
    ),
    Feature(
        name="priority", inputs=("priority",), formula="priority",
        transform=np.copy, low=0, high=1, default=0.5,
        meaning="how much the app wants the tip shown",
    ),
    Feature(
        name="urgency", inputs=("due_in_hours",), formula="exp(-max(due_in_hours, 0)/24)",
        transform=lambda due: np.exp(np.maximum(due, 0.0) / -24), low=0, high=1, default=0.0,
        meaning="1 when due now or overdue, 0.37 a day ahead, 0 when there is no due time",
    ),
    Feature(
        name="freshness", inputs=("age_hours",), formula="exp(-age_hours/72)",
        transform=lambda age: np.exp(age / -72), low=0, high=1, default=1.0,
        meaning="1 when new, 0.37 after three days",
    ),
)  # fmt: skip

_PROFILE: Final = (
    Feature(
        name="completion_rate", inputs=("completion_rate",), formula="completion_rate",
        transform=lambda rate: rate, low=0, high=1, default=0.5,
        meaning="how often the user completes tips",
    ),
    Feature(
        name="dismiss_rate", inputs=("dismiss_rate",), formula="dismiss_rate",
        transform=lambda rate: rate, low=0, high=1, default=0.5,
        meaning="how often the user dismisses tips",
    ),
    Feature(
        name="mean_dwell", inputs=("mean_dwell_s",), formula="min(mean_dwell_s, 600)/600",
        transform=lambda dwell: min(dwell, 600) / 600, low=0, high=1, default=0.0,
        meaning="how long the user looks at a tip, up to ten minutes",
    ),
    Feature(
        name="preferred_hour_alignment", inputs=("hour", "preferred_hour"),
        formula="cos(2*pi*(hour - preferred_hour)/24)",
        transform=lambda hour, preferred: math.cos(math.tau * (hour - preferred) / 24),
        low=-1, high=1, default=0.0, meaning="1 at the user's preferred hour, -1 twelve hours away",
    ),
    Feature(
        name="tip_volume", inputs=("tips_30d",), formula="min(log1p(tips_30d)/log1p(1000), 1)",
        transform=lambda count: min(math.log1p(count) / _LOG_VOLUME, 1.0), low=0, high=1, default=0.0,
        meaning="how many tips the user is shown, on a log scale up to 1000 a month",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """A named, ordered choice of features: the dimensions of x for the policies that use it."""

    name: str
    features: tuple[Feature, ...]
    _fingerprint: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = (f"{row.name}={row.formula}|{row.default}" for row in self.features)
        digest = blake2b("\n".join(rows).encode(), digest_size=4).digest()
        object.__setattr__(self, "_fingerprint", digest)  # once: every state read and written carries it

    @property
    def dim(self) -> int:
        """D, the length of x."""
        return len(self.features)

    @property
    def names(self) -> tuple[str, ...]:
        """The feature names, in the order of x."""
        return tuple(feature.name for feature in self.features)

    def fingerprint(self) -> bytes:
        """Return 4 bytes that change whenever a feature's name, place, formula or default does."""
        return self._fingerprint


BASE: Final = FeatureSet("base", _BASE)
BASE_PROFILE: Final = FeatureSet("base+profile", _BASE + _PROFILE)
FEATURE_SETS: Final[Mapping[str, FeatureSet]] = MappingProxyType({each.name: each for each in (BASE, BASE_PROFILE)})
