"""The tables of ``docs/features.md``."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from codegen.schemas import when_absent
from tipbandit.features.schema import BASE, FEATURE_SETS, FEATURES, INPUTS, Feature, FeatureSet, Input, Source

_NONE: Final = "\N{EN DASH}"
_PLACES: Final[Mapping[Source, str]] = {
    "context": "`context`",
    "candidate": "each of `candidates`",
    "profile": "`profile_features`",
}


def inputs() -> str:
    """Return the table of inputs."""
    head = ("input", "goes into", "type", "unit", "range", "where absent", "meaning")
    return _table(head, [_input(row) for row in INPUTS.values()])


def features() -> str:
    """Return the table of features, save products."""
    head = ("feature", "formula", "range", "default", "meaning")
    return _table(head, [_feature(row) for row in FEATURES.values()])


def feature_sets() -> str:
    """Return the table of feature sets, each with its features in the order of x."""
    return _table(("feature set", "D", "features"), [_feature_set(each) for each in FEATURE_SETS.values()])


def _input(row: Input) -> Sequence[str]:
    absent = "required"
    if not row.required:
        absent = ", ".join(f"`{name}` = {value:g}" for name, value in when_absent(row.name).items())
    interval = f"[{row.low:,.0f}, {row.high:,.0f}{')' if row.below_high else ']'}"
    unit = _NONE if row.unit == "1" else row.unit
    return f"`{row.name}`", _PLACES[row.source], row.dtype, unit, interval, absent, row.meaning


def _feature(row: Feature) -> Sequence[str]:
    interval = "1" if row.low == row.high else f"[{row.low:g}, {row.high:g}]"
    default = _NONE if row.default is None else f"{row.default:g}"
    return f"`{row.name}`", f"`{row.formula}`", interval, default, row.meaning


def _feature_set(each: FeatureSet) -> Sequence[str]:
    more = each is not BASE and each.names[: BASE.dim] == BASE.names
    names = ", ".join(f"`{name}`" for name in (each.names[BASE.dim :] if more else each.names))
    return f"`{each.name}`", str(each.dim), f"those of `{BASE.name}`, {names}" if more else names


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join([*lines, ""])


BLOCKS: Final[Mapping[str, Callable[[], str]]] = {"inputs": inputs, "features": features, "feature sets": feature_sets}
