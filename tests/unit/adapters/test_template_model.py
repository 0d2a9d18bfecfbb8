"""Tips by rules: always there, always as many as wanted, always fit to be shown."""

import json
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.generation import KINDS, RICH, RICH_PROFILE, SHIPPED, context, moments, question, schema
from tests.unit.strategies import profiles
from tipbandit.adapters.llm.template import TemplateModel
from tipbandit.context.assemble import NO_TITLE
from tipbandit.context.model import PromptContext
from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.contracts.signals import Signals
from tipbandit.ports.generation import Ask
from tipbandit.prompts.template import SHORTEST_TEXT_LIMIT, OutputSchema
from tipbandit.tips.reading import read
from tipbandit.tips.rules import faults

_NARROWEST: Final = [
    OutputSchema.model_validate(schema(max_chars=SHORTEST_TEXT_LIMIT, kinds=(kind,), due=False)) for kind in KINDS
]
_SCHEMAS: Final = [*(prompt.template.output_schema for prompt in SHIPPED.values()), *_NARROWEST]
_UNMENTIONABLE: Final = (
    "Log in at https://evil.example", "evil.example", "Write to ann@example.com", "<b>Pay</b>", "# Pay", "{{ 7*7 }}",
    "`rm -rf`", "**Pay**", "- Pay", "1. Pay", "report.pdf", "&lt;b&gt;", "x" * 200, " ", "\u200b", "\x00",
)  # fmt: skip


def _ask(told: PromptContext, output: OutputSchema = _SCHEMAS[0]) -> Ask:
    return replace(question(SHIPPED["v1"], told), schema=output)


def _tips(signals: dict[str, Any], n: int = 3) -> list[dict[str, Any]]:
    """What the rules write of a moment."""
    completion = TemplateModel().complete(_ask(context(Signals.model_validate(signals), n=n)), within_s=1.0)
    tips: list[dict[str, Any]] = json.loads(completion.text)["tips"]
    return tips


def _texts(signals: dict[str, Any], n: int = 3) -> list[str]:
    return [tip["text"] for tip in _tips(signals, n)]


@given(moments(), st.none() | profiles(), st.integers(1, 10), st.sampled_from(_SCHEMAS))
def test_whatever_the_moment_there_are_as_many_good_tips_as_wanted(
    signals: Signals, profile: ProfileFeatures | None, n: int, output: OutputSchema
) -> None:
    """Each of another text, under every shipped prompt's schema and the narrowest there may be."""
    completion = TemplateModel().complete(_ask(context(signals, profile, n=n), output), within_s=1.0)
    made = read(completion.text, output, "x")
    assert (len(made.tips), made.problems, made.dropped) == (n, (), 0)
    assert len(json.loads(completion.text)["tips"]) == n


@given(moments(), st.integers(1, 10))
def test_the_same_moment_is_answered_the_same(signals: Signals, n: int) -> None:
    """By another instance too, at another time, in another language."""
    told = context(signals, n=n)
    first = TemplateModel().complete(_ask(told), within_s=1.0)
    assert TemplateModel().complete(_ask(told.model_copy(update={"locale": "ja"})), within_s=0.0) == first


@given(moments())
def test_no_title_is_quoted_that_may_not_be_shown(signals: Signals) -> None:
    told = context(signals, n=10)
    completion = TemplateModel().complete(_ask(told), within_s=1.0)
    titles = {task.title for task in told.tasks if len(task.title) > 2}
    forbidden = {title for title in titles if faults(title) or title == NO_TITLE}
    texts = [tip["text"] for tip in json.loads(completion.text)["tips"]]
    assert [(title, text) for title in forbidden for text in texts if title in text] == []


@pytest.mark.parametrize("title", _UNMENTIONABLE, ids=lambda title: ascii(title[:12]))
def test_a_task_that_may_not_be_named_is_spoken_of_without_its_name(title: str) -> None:
    texts = _texts({"open_tasks": [{"title": title, "due_in_hours": 1}]})
    assert texts[0] == "Take the first step on your most pressing task."
    assert _texts({"open_tasks": [{"title": title, "due_in_hours": 1}, {"title": "Pay the rent"}]})[0] == (
        "Pay the rent: give it ten minutes now."
    )


def test_a_title_is_no_format_of_ours() -> None:
    assert (
        _texts({"open_tasks": [{"title": "Sort {0} and {title}"}]})[0]
        == "Sort {0} and {title}: give it ten minutes now."
    )


@pytest.mark.parametrize(
    ("task", "tip"),
    [
        ({}, ("Rest: give it ten minutes now.", 0.5, None)),
        ({"priority": 1}, ("Rest: give it ten minutes now.", 0.75, None)),
        ({"due_in_hours": -2}, ("Rest: this is overdue. Start with five minutes of it.", 0.9, -2)),
        ({"due_in_hours": 0}, ("Rest: due now. Start on it now.", 0.8, 0)),
        ({"due_in_hours": 24, "priority": 0}, ("Rest: due in 24 hours. Start on it now.", 0.4, 24)),
        ({"due_in_hours": 24.1}, ("Rest: due in 24 hours. Decide today when you will do it.", 0.5, 24.1)),
        ({"due_in_hours": 72, "priority": 0.9}, ("Rest: due in 3 days. Decide today when you will do it.", 0.7, 72)),
    ],
)
def test_a_task_is_spoken_of_as_it_presses(task: dict[str, float], tip: tuple[str, float, float | None]) -> None:
    """The priority is the mean of how much it presses and of its own: (0.5 + 1)/2, (0.8 + 0)/2, (0.5 + 0.9)/2."""
    first = _tips({"open_tasks": [{"title": "Rest", **task}]})[0]
    assert (first["text"], first["priority"], first.get("due_in_hours"), first["kind"]) == (*tip, "task")


@pytest.mark.parametrize(("n", "about_tasks"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 4), (9, 6), (10, 6)])
def test_two_in_three_are_about_open_tasks_at_most_and_one_at_least(n: int, about_tasks: int) -> None:
    texts = _texts({"open_tasks": [{"title": f"Task {number}"} for number in range(20)]}, n)
    assert [text.startswith("Task ") for text in texts] == [True] * about_tasks + [False] * (n - about_tasks)


@pytest.mark.parametrize(
    "titles",
    [
        ["Pay the rent", "pay the rent", "PAY THE RENT", "Pay  the rent"],
        ["Pay the rent"] * 4,
        ["\u092c\u0938", "\u092c\u0938"],
    ],
)
def test_tasks_of_one_name_make_one_tip(titles: list[str]) -> None:
    tasks = [{"title": title, "priority": number / 10} for number, title in enumerate(titles)]
    told = context(Signals.model_validate({"open_tasks": tasks}), n=6)
    made = read(TemplateModel().complete(_ask(told), within_s=1.0).text, _SCHEMAS[0], "x")
    assert [titles[0].casefold() in tip.text.casefold() for tip in made.tips] == [True] + [False] * 5


def test_who_has_many_tasks_is_told_to_choose() -> None:
    for count in (4, 5):
        texts = _texts({"open_tasks": [{"title": f"Task {number}"} for number in range(count)]}, 10)
        assert ("Pick the three tasks that matter most today." in texts) is (count == 5)


@pytest.mark.parametrize("dismissed", [(), ("plan",), ("break", "habit"), KINDS], ids=str)
@pytest.mark.parametrize("count", [0, 5])
def test_kinds_that_were_dismissed_come_last(dismissed: tuple[str, ...], count: int) -> None:
    """Apart from open tasks, which press all the same. Where all were, the order is the usual one."""
    tasks = [{"title": f"Task {number}"} for number in range(count)]
    reactions = [{"reaction": "dismissed", "kind": kind} for kind in dismissed]
    others = [tip for tip in _tips({"open_tasks": tasks, "reactions": reactions}, 10) if "Task " not in tip["text"]]
    unwelcome = [tip["kind"] in dismissed for tip in others]
    assert unwelcome == sorted(unwelcome)


def test_kinds_that_were_taken_otherwise_keep_their_place() -> None:
    usual = _texts({}, 10)
    for reaction in ("completed", "snoozed", "ignored"):
        assert _texts({"reactions": [{"reaction": reaction, "kind": "break"}]}, 10) == usual
    assert _texts({"reactions": [{"reaction": "dismissed"}]}, 10) == usual


def test_of_a_moment_of_which_nothing_is_known_the_tips_would_suit_anybody() -> None:
    assert _texts({}) == [
        "Stand up and stretch for two minutes.",
        "Write down the one thing to finish next.",
        "Drink a glass of water.",
    ]


def test_a_kind_or_a_due_time_that_the_prompt_does_not_know_is_left_out() -> None:
    told = context(RICH, RICH_PROFILE, n=10)
    for output in _NARROWEST:
        tips = json.loads(TemplateModel().complete(_ask(told, output), within_s=1.0).text)["tips"]
        assert {tip["kind"] for tip in tips} == set(output.kinds)
        assert {tuple(tip) for tip in tips} == {("text", "kind", "priority")}


def test_it_names_itself_uses_no_tokens_and_costs_nothing() -> None:
    model = TemplateModel()
    completion = model.complete(_ask(context(RICH)), within_s=0.0)
    assert model.metered is False
    assert completion.model == "template"
    assert (completion.input_tokens, completion.output_tokens, completion.cost_usd) == (0, 0, 0.0)
