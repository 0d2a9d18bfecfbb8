"""A model's answer -> tips, and what was wrong with the rest."""

import json
import math
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.generation import KINDS, answer, draft, schema
from tipbandit.contracts.tip import MAX_TEXT_CHARS, Tip
from tipbandit.prompts.template import OutputSchema
from tipbandit.tips import reading
from tipbandit.tips.reading import MAX_ANSWER_CHARS, MAX_DRAFTS, Reading, likeness, read, tip_id
from tipbandit.tips.rules import faults

_SCHEMA: Final = OutputSchema.model_validate(schema())
_NARROW: Final = OutputSchema.model_validate(schema(max_chars=60, kinds=("break", "habit"), due=False))
_UNREADABLE: Final = Reading((), ('the answer must be one JSON object {"tips": [...]} and nothing else',), 1)
_ONE: Final = answer(draft())
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text(st.characters(exclude_categories=["Cs"]), max_size=400) | _JSON,
        "kind": st.sampled_from([*KINDS, "nap"]) | _JSON,
        "priority": st.floats(-1, 2) | _JSON,
        "due_in_hours": st.floats() | _JSON,
        "tip_id": _JSON,
    },
)
_ANSWERS = st.text() | _JSON.map(json.dumps) | st.lists(_FIELDS | _JSON, max_size=6).map(lambda each: answer(*each))


def _read(text: str, schema: OutputSchema = _SCHEMA) -> Reading:
    return read(text, schema, "x")


def _judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list of the texts that reach the rules from now on."""
    texts: list[str] = []

    def faultless(text: str) -> list[str]:
        texts.append(text)
        return []

    monkeypatch.setattr(reading, "faults", faultless)
    return texts


def test_a_good_answer_is_read_in_its_order() -> None:
    drafts = (
        draft("Take a walk.", due_in_hours=5),
        draft("Rest.", kind="break", priority=1),
        draft("Call.", priority=0),
    )
    assert _read(answer(*drafts)) == Reading(
        (
            Tip(tip_id=tip_id("x", "Take a walk."), text="Take a walk.", kind="habit", priority=0.5, due_in_hours=5,
                prompt_version="x"),
            Tip(tip_id=tip_id("x", "Rest."), text="Rest.", kind="break", priority=1, prompt_version="x"),
            Tip(tip_id=tip_id("x", "Call."), text="Call.", kind="habit", priority=0, prompt_version="x"),
        ),
        (),
        0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "around", ["{}", "Sure! {} Enjoy.", "```json\n{}\n```", "\ufeff{}\n", "<tips>{}</tips>", "[{}]", "As {json}: {}"]
)
def test_words_or_a_fence_around_the_object_do_no_harm(around: str) -> None:
    assert _read(around.replace("{}", _ONE)) == _read(_ONE)
    assert len(_read(_ONE).tips) == 1


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "Sorry, I cannot.", "{", "}", "}{", "{}", "[]", "null", "5", '"tips"', '{"tips": null}',
        '{"tips": {}}', '{"tips": "Take a walk."}', '{"tip": []}', '{"Tips": []}', "[1, 2]", "{'tips': []}",
        '{"tips": [],}', _ONE + _ONE, f"{_ONE} or {_ONE}", f"{{{_ONE}}}", _ONE[:-1], _ONE[: len(_ONE) // 2], _ONE[1:],
        "{tips: []}", _ONE.replace("0.5", "NaN"), _ONE.replace("0.5", "Infinity"), _ONE.replace("0.5", "-Infinity"),
        _ONE.replace("0.5", "1" * 5_000), _ONE.replace("0.5", "0.5.5"), _ONE.replace("0.5", "0x1"),
        '{"tips": ' + "[" * 100_000, '{"tips": ' + "[" * 30_000 + "]" * 30_000 + "}",
        '{"a":' * 9_000 + "1" + "}" * 9_000,
        _ONE.replace("water", "\\ud800"), _ONE.replace("water", "\ud800"), _ONE.replace("water", "wa\nter"),
        _ONE + " " * (MAX_ANSWER_CHARS - len(_ONE) + 1), '{"tips": [], "note": "' + "x" * MAX_ANSWER_CHARS + '"}',
        '{"tips": [] // none\n}', "{\x00}",
    ],
    ids=lambda text: ascii(text[:30]),
)  # fmt: skip
def test_an_answer_that_is_no_such_object_counts_as_one_dropped_tip(text: str) -> None:
    assert _read(text) == _UNREADABLE


def test_the_longest_answer_that_is_read_has_64_ki_characters() -> None:
    assert len(_read(_ONE + " " * (MAX_ANSWER_CHARS - len(_ONE))).tips) == 1


def test_an_answer_without_tips_drops_none_and_is_to_be_mended() -> None:
    assert _read('{"tips": []}') == Reading((), ("tips: must not be empty",), 0)


@pytest.mark.parametrize(
    ("wrong", "problems"),
    [
        (None, ["tips.1: must be an object"]),
        ("Take a walk.", ["tips.1: must be an object"]),
        ([draft()], ["tips.1: must be an object"]),
        (5, ["tips.1: must be an object"]),
        ({}, ["tips.1.text: Field required", "tips.1.kind: Field required", "tips.1.priority: Field required"]),
        (draft(text=5), ["tips.1.text: Input should be a valid string"]),
        (draft(text=None), ["tips.1.text: Input should be a valid string"]),
        (draft(kind="nap"), ["tips.1.kind: Input should be 'task', 'plan', 'break', 'habit' or 'social'"]),
        (draft(kind="Habit"), ["tips.1.kind: Input should be 'task', 'plan', 'break', 'habit' or 'social'"]),
        (draft(priority="0.5"), ["tips.1.priority: Input should be a valid number"]),
        (draft(priority=True), ["tips.1.priority: Input should be a valid number"]),
        (draft(priority=1.01), ["tips.1.priority: Input should be less than or equal to 1"]),
        (draft(priority=-0.01), ["tips.1.priority: Input should be greater than or equal to 0"]),
        (draft(priority=10**400), ["tips.1.priority: Input should be a valid number"]),
        (draft(due_in_hours="soon"), ["tips.1.due_in_hours: Input should be a valid number"]),
        (draft(due_in_hours=87_601), ["tips.1.due_in_hours: Input should be less than or equal to 87600"]),
        (draft(due_in_hours=-1e300), ["tips.1.due_in_hours: Input should be greater than or equal to -87600"]),
        (draft(""), ["tips.1.text: must have 1 to 200 characters"]),
        (draft(" \n\u3000\t"), ["tips.1.text: must have 1 to 200 characters"]),
        (draft("x" * 201), ["tips.1.text: must have 1 to 200 characters"]),
        (draft("..."), ["tips.1.text: must have words"]),
        (draft("Go to example.com"), ["tips.1.text: must hold no links, host names or file names"]),
        (
            draft("<b>\u202eann@x</b>"),
            [
                "tips.1.text: must hold no control or invisible characters",
                "tips.1.text: must hold no e-mail addresses",
                "tips.1.text: must be plain text, without markup or code",
            ],
        ),
        (
            draft(text=5, kind=None, priority="high"),
            [
                "tips.1.text: Input should be a valid string",
                "tips.1.kind: Input should be 'task', 'plan', 'break', 'habit' or 'social'",
                "tips.1.priority: Input should be a valid number",
            ],
        ),
    ],
)
def test_what_is_wrong_with_a_tip_is_named_by_its_place(wrong: object, problems: list[str]) -> None:
    made = _read(answer(draft("One"), wrong, draft("Two")))
    assert [tip.text for tip in made.tips] == ["One", "Two"]
    assert list(made.problems) == problems
    assert made.dropped == 1


def test_a_priority_that_is_too_large_for_a_double_is_refused() -> None:
    made = _read(_ONE.replace("0.5", "1e999"))
    assert (made.tips, made.problems, made.dropped) == ((), ("tips.0.priority: Input should be a finite number",), 1)


def test_a_prompt_s_own_schema_narrows_what_is_taken() -> None:
    drafts = [draft("a" * 60), draft("b" * 61), draft("c", kind="task"), draft("d" * 61, kind="social")]
    made = _read(answer(*drafts), _NARROW)
    assert [tip.text for tip in made.tips] == ["a" * 60]
    assert made.problems == (
        "tips.1.text: must have 1 to 60 characters",
        "tips.2.kind: must be one of break, habit",
        "tips.3.text: must have 1 to 60 characters",
        "tips.3.kind: must be one of break, habit",
    )
    assert made.dropped == 3


@pytest.mark.parametrize("due", [5, None, "soon", 1e9, [], True])
def test_a_due_time_that_was_not_asked_for_is_left_out_whatever_it_is(due: object) -> None:
    made = _read(answer(draft("a", due_in_hours=due)), _NARROW)
    assert [(tip.text, tip.due_in_hours) for tip in made.tips] == [("a", None)]
    assert made.problems == ()


def test_other_fields_that_were_not_asked_for_are_left_out() -> None:
    forged = draft("a", tip_id="admin", prompt_version="v9", url="https://evil.example", __class__="x")
    assert _read(answer(forged)) == _read(answer(draft("a")))
    assert _read(json.dumps({"tips": [draft("a")], "user_id": "other"})) == _read(answer(draft("a")))


@pytest.mark.parametrize("due", [0, -0.0, 87_600, -87_600, 0.1])
def test_a_due_time_is_taken_as_it_is(due: float) -> None:
    assert [tip.due_in_hours for tip in _read(answer(draft(due_in_hours=due))).tips] == [due]


def test_a_text_is_put_on_one_line_before_it_is_measured_and_named() -> None:
    spread = draft("  Drink\n\ta   glass of\u2028water.  ")
    assert _read(answer(spread)).tips == _read(answer(draft("Drink a glass of water."))).tips
    assert len(_read(answer(draft("e\u0301" * 200))).tips) == 1


def test_no_more_than_fifty_tips_are_looked_at() -> None:
    """The 51st is good and the 52nd is not; both are counted as dropped, neither is named."""
    drafts = [*(draft(f"Tip {number}") for number in range(MAX_DRAFTS)), draft("Good"), None]
    made = _read(answer(*drafts))
    assert (len(made.tips), made.problems, made.dropped) == (50, (), 2)


def test_a_text_longer_than_the_schema_allows_never_reaches_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """So what the rules cost is bounded, whatever a pattern of theirs could cost on a long text."""
    judged = _judged(monkeypatch)
    texts = ["", " " * 9_000, "a" * 199, "a" * 200, "a" * 201, "a." * 20_000, "<" * 280, " ".join("b" * 100)]
    _read(answer(*map(draft, texts)))
    assert [len(text) for text in judged] == [199, 200, 199]


def test_no_answer_puts_more_than_fifty_texts_before_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = _judged(monkeypatch)
    _read(answer(*(draft(f"{number}") for number in range(1_000))))
    assert len(judged) == MAX_DRAFTS


@given(_ANSWERS, st.sampled_from([_SCHEMA, _NARROW]))
def test_whatever_a_model_answers_only_tips_come_out_and_always_the_same(text: str, schema: OutputSchema) -> None:
    made = _read(text, schema)
    assert made == _read(text, schema)
    for tip in made.tips:
        assert Tip.model_validate_json(tip.model_dump_json()) == tip
        assert faults(tip.text) == []
        assert 1 <= len(tip.text) <= schema.max_chars <= MAX_TEXT_CHARS
        assert tip.text == " ".join(tip.text.split())
        assert tip.kind in schema.kinds
        assert 0 <= tip.priority <= 1
        assert tip.due_in_hours is None or (schema.has_due_time and math.isfinite(tip.due_in_hours))
        assert (tip.prompt_version, tip.tip_id) == ("x", tip_id("x", tip.text))
    assert (made.dropped > 0) == (bool(made.problems) and made.problems != ("tips: must not be empty",))
    assert len({likeness(tip.text) for tip in made.tips}) == len(made.tips)


@given(
    st.text("QXZ\u00e4\u65e5<>@./{}", min_size=4, max_size=400),
    st.sampled_from(["text", "kind", "priority", "due_in_hours", "QXZ"]),
)
def test_a_problem_never_repeats_what_the_model_wrote(secret: str, field: str) -> None:
    made = _read(answer(draft("https://x " + secret), {**draft(), field: [secret]}, {secret: secret}, secret))
    said = " ".join(made.problems)
    assert made.problems
    assert not {"Q", "X", "Z", "\u00e4", "\u65e5", "@"} & set(said)
