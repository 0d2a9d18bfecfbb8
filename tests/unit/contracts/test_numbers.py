"""Numbers on the wire are strict: finite, in the range of the schema table, and nothing but numbers."""

import json
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from tests.unit.wire import Raw, parts_body, refusals, score_body
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import Ranked, ScoreRequest
from tipbandit.features.schema import INPUTS, Input

_EACH_INPUT = pytest.mark.parametrize("row", INPUTS.values(), ids=INPUTS)
_NO_NUMBERS = [
    Raw("NaN"),
    Raw("Infinity"),
    Raw("-Infinity"),
    Raw("1e400"),
    Raw("-1e400"),
    True,
    False,
    "0",
    "0.5",
    "",
    [],
    [0],
    {},
]


def _with(row: Input, value: object) -> dict[str, Any]:
    """A good /score body with one input set."""
    if row.source == "context":
        return score_body(context={"hour": 8.5, "weekday": 0, row.name: value})
    if row.source == "candidate":
        return score_body(candidates=[{"tip_id": "t", row.name: value}])
    return score_body(profile_features={row.name: value})


def _where(row: Input) -> str:
    return (
        {"context": "context", "candidate": "candidates.0", "profile": "profile_features"}[row.source] + "." + row.name
    )


def _just_beyond(value: float, direction: float) -> float:
    return float(np.nextafter(np.float64(value), direction))


@_EACH_INPUT
@pytest.mark.parametrize("value", _NO_NUMBERS, ids=str)
def test_what_is_no_finite_number_is_refused_where_it_stands(row: Input, value: object) -> None:
    assert set(refusals(ScoreRequest, _with(row, value))) == {_where(row)}


@_EACH_INPUT
def test_both_ends_of_the_range_are_taken_and_nothing_beyond(row: Input) -> None:
    step = 1 if row.dtype == "integer" else None
    low, high = (int(row.low), int(row.high)) if step else (row.low, row.high)
    below = low - 1 if step else _just_beyond(low, -np.inf)
    above = high + 1 if step else _just_beyond(high, np.inf)
    assert refusals(ScoreRequest, _with(row, low)) == {}
    assert bool(refusals(ScoreRequest, _with(row, high))) == row.below_high
    assert set(refusals(ScoreRequest, _with(row, below))) == {_where(row)}
    assert set(refusals(ScoreRequest, _with(row, above))) == {_where(row)}


@_EACH_INPUT
def test_null_is_an_absence_and_only_the_context_is_required(row: Input) -> None:
    assert set(refusals(ScoreRequest, _with(row, None))) == ({_where(row)} if row.required else set())


@_EACH_INPUT
def test_a_whole_number_takes_no_fraction(row: Input) -> None:
    wrong = {_where(row)} if row.dtype == "integer" else set()
    for value in (0.5, Raw("1.0"), Raw("1e0")):
        assert set(refusals(ScoreRequest, _with(row, value))) == wrong


@_EACH_INPUT
@pytest.mark.parametrize("digits", [20, 309, 4_000, 5_000])
def test_a_number_of_very_many_digits_is_refused(row: Input, digits: int) -> None:
    assert refusals(ScoreRequest, _with(row, Raw("1" * digits)))


def test_a_number_too_small_for_a_double_is_zero() -> None:
    request = ScoreRequest.model_validate_json(
        '{"user_id": "u", "context": {"hour": 1e-400, "weekday": 0}, "candidates": [{"tip_id": "t"}]}'
    )
    assert request.context.hour == 0


def test_a_whole_hour_may_be_written_without_a_fraction() -> None:
    assert refusals(ScoreRequest, score_body(context={"hour": 8, "weekday": 0})) == {}


@pytest.mark.parametrize("value", [-1, -1.0, 0, 0.25, 1])
def test_a_reward_lies_between_minus_one_and_one(value: float) -> None:
    assert refusals(RewardRequest, parts_body(reward=value)) == {}


@pytest.mark.parametrize("value", [*_NO_NUMBERS, 1.0000000000000002, -1.0000000000000002, 2, -100], ids=str)
def test_any_other_reward_is_refused(value: object) -> None:
    assert set(refusals(RewardRequest, parts_body(reward=value))) == {"reward"}


@pytest.mark.parametrize("wrong", [{"score": float("nan")}, {"score": float("inf")}, {"propensity": 1.1}])
def test_our_own_answers_are_held_to_the_same_by_who_reads_them(wrong: dict[str, float]) -> None:
    row, reader = {"tip_id": "t", "score": 0.5, "propensity": 0.5}, TypeAdapter(Ranked)

    assert reader.validate_json(json.dumps(row)) == Ranked("t", 0.5, 0.5)
    with pytest.raises(ValidationError):
        reader.validate_json(json.dumps({**row, **wrong}))
