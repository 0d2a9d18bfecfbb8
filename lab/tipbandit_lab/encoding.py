"""Context + candidates + profiles -> the columns of x, for all users at once: ``tipbandit.features.encode`` users last.

What a feature is made of and how is read from the schema table. The transforms of candidates' features take arrays
already and are used as they are. Those of the whole request take floats: each has a counterpart here that takes arrays.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tipbandit.features.schema import FEATURES, INPUTS, Feature, FeatureSet
from tipbandit_lab.arrays import Floats
from tipbandit_lab.moments import Moment, Profiles

Values = NDArray[Any]

FOR_ARRAYS: Final[Mapping[str, Callable[..., Values]]] = MappingProxyType(
    {
        "sin(2*pi*hour/24)": lambda hour: np.sin(math.tau * hour / 24),
        "cos(2*pi*hour/24)": lambda hour: np.cos(math.tau * hour / 24),
        "1 if weekday >= 5 else 0": lambda weekday: (weekday >= 5).astype(np.float64),  # noqa: PLR2004  Saturday
        "completion_rate": lambda rate: rate,
        "dismiss_rate": lambda rate: rate,
        "min(mean_dwell_s, 600)/600": lambda dwell: np.minimum(dwell, 600) / 600,
        "cos(2*pi*(hour - preferred_hour)/24)": lambda hour, own: np.cos(math.tau * (hour - own) / 24),
        "min(log1p(tips_30d)/log1p(1000), 1)": lambda count: np.minimum(np.log1p(count) / math.log1p(1000), 1.0),
    }
)
"""The transforms of requests for arrays, by the feature's formula: of another formula with the name it is no use."""


def encode(feature_set: FeatureSet, moment: Moment, profiles: Profiles | None) -> tuple[Floats, ...]:
    """Return a column a feature, in the order of the set: (K, U) where candidates differ, else (U,).

    They are shared by all who ask for them at this moment, and cannot be written to.

    Raises:
        ValueError: if an input is absent that its feature has no default for.
    """
    return tuple(_column(feature, moment, profiles) for feature in feature_set.features)


def _column(feature: Feature, moment: Moment, profiles: Profiles | None) -> Floats:
    key = (feature.formula, feature.default)
    if (known := moment.columns.get(key)) is not None:
        return known
    if feature.factors:
        made: Floats = feature.transform(*(_column(FEATURES[name], moment, profiles) for name in feature.factors))
    else:
        made = _made(feature, [_input(name, moment, profiles) for name in feature.inputs], moment.users)
    made.flags.writeable = False
    if not feature.uses_profile:  # those are of one player
        moment.columns[key] = made
    return made


def _input(name: str, moment: Moment, profiles: Profiles | None) -> Values | None:
    given = {"context": moment, "candidate": moment.tips, "profile": profiles}[INPUTS[name].source]
    values: Values | None = getattr(given, name, None)
    return values


def _made(feature: Feature, given: list[Values | None], users: int) -> Floats:
    """Return a new array: what is there transformed, and the default where it is not."""
    inputs = [each for each in given if each is not None]
    if len(inputs) < len(given):
        return np.full(users, _default(feature))
    if not inputs:
        return np.full(users, float(feature.transform()))
    absent = _absent(feature, inputs)
    if absent is None or not absent.any():
        return _transformed(feature, inputs)
    if feature.per_candidate or feature.formula in FOR_ARRAYS:
        made = _transformed(feature, inputs)
        np.put(made, np.flatnonzero(absent), _default(feature))  # twice as fast as by a mask
        return made
    made = np.full(users, _default(feature))
    made[~absent] = _transformed(feature, [each[~absent] for each in inputs])
    return made


def _absent(feature: Feature, inputs: list[Values]) -> NDArray[np.bool_] | None:
    """Return where any input is absent; None where all are required."""
    optional = [each for name, each in zip(feature.inputs, inputs, strict=True) if not INPUTS[name].required]
    absent = None
    for each in optional:
        absent = np.isnan(each) if absent is None else absent | np.isnan(each)
    return absent


def _transformed(feature: Feature, inputs: list[Values]) -> Floats:
    if feature.per_candidate:
        made: Values = feature.transform(*inputs)
    elif (transform := FOR_ARRAYS.get(feature.formula)) is not None:
        made = transform(*inputs)
    else:
        made = np.frompyfunc(feature.transform, len(inputs), 1)(*inputs).astype(np.float64)
    return made.copy() if any(np.may_share_memory(made, each) for each in inputs) else made


def _default(feature: Feature) -> float:
    if feature.default is None:
        raise ValueError(f"{feature.name} needs {' and '.join(feature.inputs)}")
    return feature.default
