"""Context + candidates + profile -> X, one row a candidate."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tipbandit.features.schema import FEATURES, Feature, FeatureSet

Array = NDArray[np.float64]


class Context(Protocol):
    """When the decision is made."""

    @property
    def hour(self) -> float: ...  # noqa: D102  the schema table says what each is
    @property
    def weekday(self) -> int: ...  # noqa: D102


class Candidate(Protocol):
    """A tip up for scoring; what is unknown about it is None."""

    @property
    def priority(self) -> float | None: ...  # noqa: D102
    @property
    def due_in_hours(self) -> float | None: ...  # noqa: D102
    @property
    def age_hours(self) -> float | None: ...  # noqa: D102


class Candidates(Protocol):
    """The tips up for scoring, by column; what is unknown about one is None, and a column that would be all None."""

    @property
    def tip_id(self) -> Sequence[object]: ...  # noqa: D102
    @property
    def priority(self) -> Sequence[float | None] | None: ...  # noqa: D102
    @property
    def due_in_hours(self) -> Sequence[float | None] | None: ...  # noqa: D102
    @property
    def age_hours(self) -> Sequence[float | None] | None: ...  # noqa: D102


class Profile(Protocol):
    """What the recommender knows of the user; what is unknown is None."""

    @property
    def completion_rate(self) -> float | None: ...  # noqa: D102
    @property
    def dismiss_rate(self) -> float | None: ...  # noqa: D102
    @property
    def mean_dwell_s(self) -> float | None: ...  # noqa: D102
    @property
    def preferred_hour(self) -> float | None: ...  # noqa: D102
    @property
    def tips_30d(self) -> int | None: ...  # noqa: D102


class _Columns(NamedTuple):
    tip_id: Sequence[object]
    priority: Sequence[float | None]
    due_in_hours: Sequence[float | None]
    age_hours: Sequence[float | None]


_NUMBERS: Final = attrgetter(*_Columns._fields[1:])


def encode(
    feature_set: FeatureSet, context: Context, candidates: Sequence[Candidate], profile: Profile | None
) -> Array:
    """Return X, shape (K, D): row k is the x of ``candidates[k]``, K >= 1. See ``encode_columns``."""
    columns = _Columns(range(len(candidates)), *zip(*map(_NUMBERS, candidates), strict=True))
    return encode_columns(feature_set, context, columns, profile)


def encode_columns(feature_set: FeatureSet, context: Context, candidates: Candidates, profile: Profile | None) -> Array:
    """Return X, shape (K, D): row k is the x of the k-th of ``candidates``.

    Inputs are trusted to lie in the ranges of the schema table (the wire contracts check them). An absent input
    gives its feature's default; an absent profile gives every profile feature's default. A product is the product of
    its factors, whether these are features of the set or not.
    """
    given = {"context": context, "profile": profile}
    x = np.empty((len(candidates.tip_id), feature_set.dim))
    # What is the request's own is the same in every row, and is written to all of them in one go.
    x[:] = [
        0.0 if feature.per_candidate or feature.factors else _request_value(feature, given)
        for feature in feature_set.features
    ]
    for column, feature in feature_set.of_candidates:
        x[:, column] = _candidate_column(feature, candidates)
    if feature_set.products:
        _multiply(x, feature_set, candidates, given)
    return x


def _multiply(x: Array, feature_set: FeatureSet, candidates: Candidates, given: Mapping[str, Any]) -> None:
    """Fill in the columns of the products, from the columns of their factors where the set has them."""
    values: dict[str, Array | float] = dict(zip(feature_set.names, x.T, strict=True))
    for column, feature in feature_set.products:
        for name in feature.factors:
            if name not in values:
                values[name] = _values(FEATURES[name], candidates, given)
        x[:, column] = feature.transform(*(values[name] for name in feature.factors))


def _values(feature: Feature, candidates: Candidates, given: Mapping[str, Any]) -> Array | float:
    return _candidate_column(feature, candidates) if feature.per_candidate else _request_value(feature, given)


def _candidate_column(feature: Feature, candidates: Candidates) -> Array | float:
    (name,) = feature.inputs
    values: Sequence[float | None] | None = getattr(candidates, name)
    if values is None:
        return _default(feature)
    raw = np.array(values, dtype=np.float64)  # None becomes NaN
    column: Array = feature.transform(raw)
    if None in values:
        column[np.isnan(raw)] = _default(feature)
    return column


def _request_value(feature: Feature, given: Mapping[str, Any]) -> float:
    values = [getattr(given[source], name, None) for source, name in feature.origins]
    return _default(feature) if None in values else float(feature.transform(*values))


def _default(feature: Feature) -> float:
    if feature.default is None:
        raise ValueError(f"{feature.name} needs {' and '.join(feature.inputs)}")
    return feature.default
