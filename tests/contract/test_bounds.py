"""The wire contracts accept exactly the ranges of the schema table: they are probed at every bound and beyond."""

import json
import math
from collections.abc import Mapping
from typing import Final

import pytest
from pydantic import BaseModel, ValidationError

from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.features.schema import INPUTS, Input, Source

MODELS: Final[Mapping[Source, type[BaseModel]]] = {
    "context": Context,
    "candidate": Candidate,
    "profile": ProfileFeatures,
}
REST: Final[Mapping[Source, Mapping[str, object]]] = {
    "context": {"hour": 12, "weekday": 3},
    "candidate": {"tip_id": "t"},
    "profile": {},
}
ROWS = pytest.mark.parametrize("row", INPUTS.values(), ids=lambda row: row.name)


def accepts(row: Input, value: object) -> bool:
    return accepts_text(row, json.dumps(value))


def accepts_text(row: Input, text: str) -> bool:
    fields = {**{name: json.dumps(value) for name, value in REST[row.source].items()}, row.name: text}
    body = "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"
    try:
        MODELS[row.source].model_validate_json(body)
    except ValidationError:
        return False
    return True


def beside(row: Input, value: float, towards: float) -> float:
    """The next value the input's type can have."""
    if row.dtype == "integer":
        return int(value + math.copysign(1, towards - value))
    return math.nextafter(value, towards)


@ROWS
def test_the_lowest_value_is_accepted_and_nothing_below_it(row: Input) -> None:
    low = int(row.low) if row.dtype == "integer" else row.low

    assert accepts(row, low)
    assert not accepts(row, beside(row, row.low, -math.inf))
    assert not accepts(row, -1e300)


@ROWS
def test_the_highest_value_is_accepted_where_it_belongs_to_the_range_and_nothing_above_it(row: Input) -> None:
    high = int(row.high) if row.dtype == "integer" else row.high

    assert accepts(row, high) is not row.below_high
    assert accepts(row, beside(row, row.high, -math.inf))
    assert not accepts(row, beside(row, row.high, math.inf))
    assert not accepts(row, 1e300)


@ROWS
def test_only_an_optional_input_may_be_null_or_absent(row: Input) -> None:
    assert accepts(row, None) is not row.required
    assert MODELS[row.source].model_fields[row.name].is_required() is row.required


@ROWS
@pytest.mark.parametrize("text", ["true", '"1"', "[1]", "{}", "NaN", "Infinity", "-Infinity", "1e400", "9" * 5000])
def test_what_is_not_a_finite_number_is_refused(row: Input, text: str) -> None:
    assert not accepts_text(row, text)


@ROWS
def test_a_fraction_is_refused_where_the_table_says_integer(row: Input) -> None:
    middle = math.floor((row.low + min(row.high, 100)) / 2) + 0.5

    assert accepts(row, middle if row.high > 1 else 0.5) is (row.dtype == "number")


@pytest.mark.parametrize("source", MODELS)
def test_a_model_has_the_inputs_of_the_table_and_beside_them_only_identifiers(source: Source) -> None:
    names = {row.name for row in INPUTS.values() if row.source == source}

    assert set(MODELS[source].model_fields) - names == (
        {"tip_id", "prompt_version"} if source == "candidate" else set()
    )
    assert names <= set(MODELS[source].model_fields)
