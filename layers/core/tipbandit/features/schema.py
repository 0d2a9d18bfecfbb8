"""The one table of inputs and features: everything else about features is derived from it.

An *input* is a number on the wire; a *feature* is one dimension of x, made from its inputs by its transform. Where an
input is absent the feature takes its default, which is the value of a user (or tip) nothing is known about:
a rate of 1/2 (the mean of a uniform prior over rates), an hour that is neither near nor far, a count of zero.

A *product* is made from other features, its factors: a linear model needs "urgent" times "in the morning" to learn that
urgent tips are liked in the morning. Where an input is absent the factors made from it take their defaults.

Changing a row changes the meaning of every state learned with it. The fingerprint of a feature set is stored in each
state for that reason: a changed row wants a new feature set and a new policy version, not an edit.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from hashlib import blake2b
from operator import mul
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from tipbandit.features.inputs import INPUTS, Input, Source

__all__ = [
    "BASE", "BASE_ALIGNMENT", "BASE_ALIGNMENT_WEEKEND", "BASE_HOURS", "BASE_PROFILE", "BASE_WEEKEND", "FEATURES",
    "FEATURE_SETS", "INPUTS", "Feature", "FeatureSet", "Input", "Source", "product",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One dimension of x.

    ``transform`` takes the inputs in order, that of a product the values of its ``factors``. A feature of a candidate
    gets arrays of shape (K,) and returns one; a feature of the whole request gets and returns floats. ``formula`` says
    the same for people and the fingerprint. The ``default`` of a product is the product of its factors' defaults, and
    None where one of them has none.
    """

    name: str
    inputs: tuple[str, ...] = ()
    formula: str
    transform: Callable[..., Any]
    low: float
    high: float
    default: float | None = None
    meaning: str
    factors: tuple[str, ...] = ()
    per_candidate: bool = field(init=False, repr=False, compare=False)
    """Whether the value differs between the candidates of one request."""
    origins: tuple[tuple[Source, str], ...] = field(init=False, repr=False, compare=False)
    """Its inputs, each with what it is a number of."""

    def __post_init__(self) -> None:
        origins = tuple((INPUTS[name].source, name) for name in self.inputs)
        object.__setattr__(self, "origins", origins)  # once: both are asked for in every request
        object.__setattr__(self, "per_candidate", any(source == "candidate" for source, _ in origins))

    @property
    def uses_profile(self) -> bool:
        """Whether it is made from the user's profile."""
        return any(source == "profile" for source, _ in self.origins)


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

FEATURES: Final[Mapping[str, Feature]] = MappingProxyType({row.name: row for row in _BASE + _PROFILE})
"""What products are made of, by name."""


def product(*features: Feature) -> Feature:
    """Return the product of features of the table, named ``first*second``; factors of factors are factors.

    Raises:
        ValueError: if there are fewer than two factors, or some are not of the table; these are named.
    """
    names = tuple(name for each in features for name in (each.factors or (each.name,)))
    plain = [each for each in features if not each.factors]
    if strange := [each.name for each in plain if FEATURES.get(each.name) is not each]:
        raise ValueError(f"a product is made of features of the table, not of {', '.join(strange)}")
    if len(names) < 2:  # noqa: PLR2004  a product has two sides
        raise ValueError("a product has at least two factors")
    rows = [FEATURES[name] for name in names]
    ends = [math.prod(corner) for corner in itertools.product(*((row.low, row.high) for row in rows))]
    defaults = [row.default for row in rows if row.default is not None]
    return Feature(
        name="*".join(names), inputs=tuple(dict.fromkeys(name for row in rows for name in row.inputs)),
        formula="*".join(names), transform=lambda *values: reduce(mul, values),
        low=min(ends), high=max(ends), default=math.prod(defaults) if len(defaults) == len(rows) else None,
        meaning=f"{' and '.join(names)} together", factors=names,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """A named, ordered choice of features: the dimensions of x for the policies that use it."""

    name: str
    features: tuple[Feature, ...]
    of_candidates: tuple[tuple[int, Feature], ...] = field(init=False, repr=False, compare=False)
    """Those that differ between candidates and are no products, each with its place in x."""
    products: tuple[tuple[int, Feature], ...] = field(init=False, repr=False, compare=False)
    """Those that are products, each with its place in x."""
    _fingerprint: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        products = tuple((place, row) for place, row in enumerate(self.features) if row.factors)
        object.__setattr__(self, "products", products)
        own = tuple((at, row) for at, row in enumerate(self.features) if row.per_candidate and not row.factors)
        object.__setattr__(self, "of_candidates", own)
        # What a product means is not said by its own row alone.
        factors = (FEATURES[name] for _, row in products for name in row.factors)
        rows = (f"{row.name}={row.formula}|{row.default}" for row in (*self.features, *factors))
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

    @property
    def uses_profile(self) -> bool:
        """Whether a feature is made from the user's profile."""
        return any(feature.uses_profile for feature in self.features)

    def fingerprint(self) -> bytes:
        """Return 4 bytes that change whenever a name, place, formula or default does, also of a factor."""
        return self._fingerprint


def _crossed(*names: str) -> tuple[Feature, ...]:
    """Return the products of each feature that is a candidate's own with each of some that are the request's."""
    return tuple(product(own, FEATURES[name]) for own in _BASE if own.per_candidate for name in names)


BASE: Final = FeatureSet("base", _BASE)
BASE_PROFILE: Final = FeatureSet("base+profile", _BASE + _PROFILE)
BASE_HOURS: Final = FeatureSet("base+hours", _BASE + _crossed("hour_sin", "hour_cos"))
BASE_WEEKEND: Final = FeatureSet("base+weekend", _BASE + _crossed("weekend"))
BASE_ALIGNMENT: Final = FeatureSet("base+alignment", _BASE + _crossed("preferred_hour_alignment"))
BASE_ALIGNMENT_WEEKEND: Final = FeatureSet(
    "base+alignment+weekend", _BASE + _crossed("preferred_hour_alignment", "weekend")
)
FEATURE_SETS: Final[Mapping[str, FeatureSet]] = MappingProxyType({
    each.name: each
    for each in (BASE, BASE_PROFILE, BASE_HOURS, BASE_WEEKEND, BASE_ALIGNMENT, BASE_ALIGNMENT_WEEKEND)
})  # fmt: skip
