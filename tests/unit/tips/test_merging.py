"""Which tips are one and the same, and what each is called."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.generation import answer, draft, schema
from tipbandit.contracts.tip import Tip
from tipbandit.prompts.template import OutputSchema
from tipbandit.tips.reading import likeness, merged, read, tip_id

_SCHEMA: Final = OutputSchema.model_validate(schema())


def _texts(*drafts: object) -> list[str]:
    return [tip.text for tip in read(answer(*drafts), _SCHEMA, "x").tips]


@given(st.text(max_size=50), st.text(max_size=50))
def test_an_id_tells_texts_and_versions_apart(one: str, other: str) -> None:
    assert (tip_id("v1", one) == tip_id("v1", other)) == (one == other)
    assert tip_id("v1", one) != tip_id("v2", one)


def test_an_id_is_stable_and_fit_for_a_candidate() -> None:
    """96 bits of BLAKE2b: a changed algorithm would orphan every reward under way."""
    assert tip_id("v1", "Drink a glass of water.") == "f6c5dd1e14c0918b7fc8aae6"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Take a walk", "Take a walk."), ("Take a walk!", "take a WALK?"), ("Take a  walk", "Take\na walk "),
        ("Stra\u00dfe fegen", "STRASSE FEGEN"), ("Rest...", "Rest\u2026"), ("Rest", "Rest \u3002"), ("To day", "Today"),
        ("\u00c9t\u00e9!", "\u00e9t\u00e9"),
        ("Was \u201ctun\u201d?", "was \u201ctun"), ("\u092c\u0938\u0964", "\u092c\u0938"),
    ],
)  # fmt: skip
def test_texts_that_differ_in_case_spacing_or_final_punctuation_are_alike(one: str, other: str) -> None:
    assert likeness(one) == likeness(other)
    assert _texts(draft(one), draft(other)) == [" ".join(one.split())]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Walk 1.5 km", "Walk 15 km"), ("Save 1,000", "Save 1000"), ("Learn C", "Learn C++"), ("Take -5", "Take 5"),
        ("\u0915\u093e\u092e \u0915\u0930\u094b", "\u0915\u092e \u0915\u0930\u094b"), ("Resume", "R\u00e9sum\u00e9"),
        ("Go \U0001f6b6", "Go \U0001f3ca"), ("Rest (now)", "Rest now"), ("Let's eat, grandma", "Let's eat grandma"),
        ("\U0001f44d", "\U0001f44e"), ("\u0e01\u0e34\u0e19", "\u0e01\u0e37\u0e19"), ("? Yes", "Yes"),
    ],
)  # fmt: skip
def test_texts_that_differ_in_anything_else_are_two(one: str, other: str) -> None:
    """The Hindi ones say "do work" and "do less": a vowel sign is no letter to Unicode, and all the difference."""
    assert likeness(one) != likeness(other)
    assert _texts(draft(one), draft(other)) == [one, other]


def test_of_texts_that_are_alike_the_first_stays_with_the_highest_priority_and_the_soonest_due_time() -> None:
    made = read(
        answer(
            draft("Rest.", kind="break", priority=0.2, due_in_hours=9),
            draft("Walk."),
            draft("rest", priority=0.9),
            draft("REST!", kind="task", priority=0.4, due_in_hours=-3),
        ),
        _SCHEMA,
        "x",
    )
    assert [(tip.text, tip.kind, tip.priority, tip.due_in_hours) for tip in made.tips] == [
        ("Rest.", "break", 0.9, -3.0),
        ("Walk.", "habit", 0.5, None),
    ]
    assert (made.tips[0].tip_id, made.dropped, made.problems) == (tip_id("x", "Rest."), 0, ())


@given(st.lists(st.sampled_from(["Rest.", "rest", "REST!", "Walk.", "walk", "..a", "A", "!", "?"]), max_size=12))
def test_merging_keeps_the_first_of_each_in_order_and_twice_is_once(texts: list[str]) -> None:
    tips = [
        Tip(tip_id=str(place), text=text, kind="habit", priority=0.5, prompt_version="x")
        for place, text in enumerate(texts)
    ]
    kept = merged(tips)
    firsts = [place for place, text in enumerate(texts) if likeness(text) not in map(likeness, texts[:place])]
    assert [int(tip.tip_id) for tip in kept] == firsts
    assert merged(kept) == kept


def test_texts_of_nothing_but_punctuation_are_not_all_alike() -> None:
    assert likeness("!") != likeness("?")
