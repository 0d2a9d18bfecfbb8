"""Ids: 1 to 128 characters from a stated alphabet, everywhere."""

import string
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import ALPHABET, identifiers
from tests.unit.wire import parts_body, refusals, score_body
from tipbandit.contracts.reset import ResetRequest
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest
from tipbandit.contracts.stats import StatsRequest

Place = Callable[[Any], tuple[type[Any], dict[str, Any], str]]
_PLACES: Final[dict[str, Place]] = {
    "score user": lambda it: (ScoreRequest, score_body(user_id=it), "user_id"),
    "score tip": lambda it: (ScoreRequest, score_body(candidates=[{"tip_id": it}]), "candidates.0.tip_id"),
    "score prompt": lambda it: (
        ScoreRequest,
        score_body(candidates=[{"tip_id": "t", "prompt_version": it}]),
        "candidates.0.prompt_version",
    ),
    "reward user": lambda it: (RewardRequest, parts_body(user_id=it), "user_id"),
    "reward tip": lambda it: (RewardRequest, parts_body(candidate={"tip_id": it}), "candidate.tip_id"),
    "stats user": lambda it: (StatsRequest, {"user_id": it}, "user_id"),
    "reset user": lambda it: (ResetRequest, {"user_id": it}, "user_id"),
}
_EVERYWHERE = pytest.mark.parametrize("place", _PLACES.values(), ids=_PLACES)


@_EVERYWHERE
@pytest.mark.parametrize("value", ["a", "0", "a" * 128, "user@example.com", "tip:7", "a.b_c~d|e+f=g-h", "..", "-"])
def test_an_id_of_the_alphabet_is_taken(place: Place, value: str) -> None:
    model, body, _ = place(value)
    assert refusals(model, body) == {}


@_EVERYWHERE
@pytest.mark.parametrize(
    "value",
    [
        "",
        "a" * 129,
        "a b",
        " a",
        "a\n",
        "\n",
        "a\x00",
        "a/b",
        "a#b",
        "a%20",
        "a,b",
        "a\\",
        'a"',
        "\u00e9",
        "\u0661",
        "\ud83d\ude00",
    ],
    ids=ascii,
)
def test_any_other_id_is_refused_where_it_stands(place: Place, value: str) -> None:
    model, body, where = place(value)
    assert set(refusals(model, body)) == {where}


@_EVERYWHERE
@pytest.mark.parametrize("value", [1, 1.5, True, [], ["a"], {}], ids=str)
def test_what_is_no_string_is_no_id(place: Place, value: object) -> None:
    model, body, where = place(value)
    assert set(refusals(model, body)) == {where}


@given(identifiers)
def test_every_id_of_the_alphabet_is_taken(value: str) -> None:
    assert refusals(ResetRequest, {"user_id": value}) == {}


@given(st.text(min_size=1, max_size=20))
def test_an_id_is_taken_exactly_where_each_character_is_of_the_alphabet(value: str) -> None:
    assert (refusals(ResetRequest, {"user_id": value}) == {}) == (set(value) <= set(ALPHABET))


def test_the_alphabet_is_letters_digits_and_nine_signs() -> None:
    assert set(ALPHABET) == {*string.ascii_letters, *string.digits, *"._~:@|+=-"}
