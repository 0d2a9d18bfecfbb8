"""Signals -> what a prompt may say."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.generation import RICH, RICH_PROFILE, context, moments
from tests.unit.strategies import profiles
from tipbandit.context.assemble import NO_TITLE, assemble
from tipbandit.context.data import Phrase, cleaned
from tipbandit.context.model import PromptContext
from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.contracts.signals import OpenTask, PastReaction, Signals
from tipbandit.contracts.tip import MAX_TEXT_CHARS


def _titles(*tasks: dict[str, Any]) -> list[str]:
    """The titles in the order of the prompt."""
    return [task.title for task in context(Signals.model_validate({"open_tasks": list(tasks)})).tasks]


def _reactions(*reactions: dict[str, Any]) -> list[str | None]:
    """The texts in the order of the prompt."""
    said = [{"reaction": "ignored", **reaction} for reaction in reactions]
    return [past.text for past in context(Signals.model_validate({"reactions": said})).reactions]


def test_of_a_moment_of_which_nothing_is_known_nothing_is_made_up() -> None:
    unknown = Phrase("unknown")
    nothing = PromptContext(
        n=3, now=unknown, locale="en", calendar=unknown, tasks=(), tasks_left_out=0, reactions=(),
        reactions_left_out=0, habits=(), notes=(), notes_left_out=0,
    )  # fmt: skip
    assert assemble(Signals(), None, n=3) == nothing
    assert assemble(Signals(open_tasks=[], reactions=[], notes=[]), ProfileFeatures(), n=3) == nothing


def test_a_moment_of_which_everything_is_known_is_told_whole() -> None:
    told = context(RICH, RICH_PROFILE, n=4)
    assert (told.n, told.now, told.locale) == (4, "Monday, 8:30 (morning)", "pt-BR")
    assert told.calendar == "1 appointment still to come today; 6.5 hours of today are taken; free now"
    assert [(task.title, task.when, task.importance, task.age) for task in told.tasks] == [
        ("Water the plants", "2 days overdue", "low", "of unknown age"),
        ("Pay the rent", "due in 5 hours", "high", "3 days old"),
        ("Sort the photos", "no due time", "unstated", "of unknown age"),
    ]
    assert [(past.reaction, past.kind, past.text, past.ago) for past in told.reactions] == [
        ("completed", "habit tip", "Take a walk.", "2 hours ago"),
        ("dismissed", "tip", None, "some time ago"),
    ]
    assert told.habits == (
        "completes 42% of the tips shown",
        "dismisses 10% of the tips shown",
        "looks at a tip for about 12 seconds",
        "most often completes tips around 18:15",
        "was shown 40 tips in the last 30 days",
    )
    assert told.notes == ("Has a dog", "Rises early")
    assert (told.tasks_left_out, told.reactions_left_out, told.notes_left_out) == (0, 0, 0)


@given(moments(), st.none() | profiles(), st.integers(1, 10))
def test_the_same_signals_make_the_same_context(signals: Signals, profile: ProfileFeatures | None, n: int) -> None:
    again = Signals.model_validate_json(signals.model_dump_json())
    assert assemble(signals, profile, n=n) == assemble(again, profile, n=n)


@given(st.lists(st.integers(-87_600, 87_600), unique=True, max_size=30), st.randoms(use_true_random=False))
def test_tasks_with_distinct_due_times_rank_the_same_in_whatever_order_they_come(
    hours: list[int], chance: random.Random
) -> None:
    tasks = [{"title": str(due), "due_in_hours": due, "priority": due % 11 / 10} for due in hours]
    shuffled = chance.sample(tasks, len(tasks))
    assert _titles(*tasks) == _titles(*shuffled) == [str(due) for due in sorted(hours)]


@given(moments())
def test_no_task_stands_before_one_that_is_due_sooner(signals: Signals) -> None:
    due = [task.due_in_hours for task in context(signals).tasks]
    known = [hours for hours in due if hours is not None]
    assert due[: len(known)] == sorted(known)


def test_what_is_overdue_longest_comes_first_and_what_has_no_due_time_last() -> None:
    tasks = [("never", None), ("soon", 1), ("late", -1), ("now", 0), ("later", 50), ("very late", -500)]
    ranked = _titles(*({"title": title, "due_in_hours": due} for title, due in tasks))
    assert ranked == ["very late", "late", "now", "soon", "later", "never"]


def test_of_tasks_due_at_once_the_more_important_comes_first_and_none_stated_counts_as_one_half() -> None:
    tasks = [("low", 0.2), ("unstated", None), ("high", 0.9), ("half", 0.5), ("more", 0.51), ("less", 0.49)]
    for due in (5, None):
        ranked = _titles(*({"title": title, "due_in_hours": due, "priority": priority} for title, priority in tasks))
        assert ranked == ["high", "more", "unstated", "half", "less", "low"]


def test_a_due_time_outranks_any_priority() -> None:
    assert _titles({"title": "a", "priority": 1}, {"title": "b", "due_in_hours": 80_000, "priority": 0}) == ["b", "a"]


def test_tasks_that_tie_stay_in_the_caller_s_order() -> None:
    titles = ["m", "z", "a", "m", "b"]
    assert _titles(*({"title": title} for title in titles)) == titles
    assert _titles(*({"title": title, "due_in_hours": 1, "priority": 1} for title in titles)) == titles


def test_the_latest_reaction_comes_first_and_those_of_unknown_time_last_in_the_caller_s_order() -> None:
    told = _reactions({"text": "x"}, {"text": "old", "hours_ago": 90}, {"text": "y"}, {"text": "new", "hours_ago": 0})
    assert told == ["new", "old", "x", "y"]


def test_notes_stay_in_the_caller_s_order() -> None:
    assert context(Signals(notes=["z", "a", "m", "a"])).notes == ("z", "a", "m", "a")


@given(moments())
def test_what_was_kept_and_what_was_left_out_add_up(signals: Signals) -> None:
    told = context(signals)
    assert len(told.tasks) + told.tasks_left_out == len(signals.open_tasks or ())
    assert len(told.reactions) + told.reactions_left_out == len(signals.reactions or ())
    assert len(told.notes) + told.notes_left_out == len([note for note in signals.notes or () if cleaned(note)])


@given(moments())
def test_what_is_kept_was_sent_and_is_clean(signals: Signals) -> None:
    told = context(signals)
    assert {task.title for task in told.tasks} <= {cleaned(task.title) or NO_TITLE for task in signals.open_tasks or ()}
    assert {past.text for past in told.reactions} <= {
        None if past.text is None else cleaned(past.text) or None for past in signals.reactions or ()
    }
    assert set(told.notes) <= {cleaned(note) for note in signals.notes or ()}


@given(moments())
def test_no_text_that_is_kept_is_empty_or_more_than_one_line(signals: Signals) -> None:
    told = context(signals)
    texts = [*(task.title for task in told.tasks), *(past.text for past in told.reactions), *told.notes]
    assert [text for text in texts if text is not None and text.splitlines() != [text]] == []


@given(moments())
def test_what_ranks_first_is_what_is_kept(signals: Signals) -> None:
    """The whole ranking, seen with room for everything, begins with what is kept in the usual room."""
    whole, usual = assemble(signals, None, n=3, room=10**7), context(signals)
    assert whole.tasks[: len(usual.tasks)] == usual.tasks
    assert whole.reactions[: len(usual.reactions)] == usual.reactions
    assert whole.notes[: len(usual.notes)] == usual.notes


@given(moments(), profiles())
def test_every_text_of_the_service_is_a_phrase_and_none_of_the_user_s_is(
    signals: Signals, profile: ProfileFeatures
) -> None:
    told = context(signals, profile)
    ours = [told.now, told.calendar, *told.habits]
    ours += [words for task in told.tasks for words in (task.when, task.importance, task.age)]
    ours += [words for past in told.reactions for words in (past.reaction, past.kind, past.ago)]
    theirs = [told.locale, *told.notes, *(task.title for task in told.tasks), *(past.text for past in told.reactions)]
    assert {type(text) for text in ours} == {Phrase}
    assert {type(text) for text in theirs} <= {str, type(None)}


@pytest.mark.parametrize("blank", [" ", "\n\t", "\u200b", "\x00\u202e\ufeff"])
def test_a_text_of_which_nothing_can_be_seen(blank: str) -> None:
    """A task keeps its place without its title, a reaction without its text; a note is nothing without its words."""
    signals = Signals(
        open_tasks=[OpenTask(title=blank, due_in_hours=1.0)],
        reactions=[PastReaction(reaction="snoozed", text=blank)],
        notes=["first", blank, "second"],
    )
    told = context(signals)
    assert [(task.title, task.when) for task in told.tasks] == [(NO_TITLE, "due in 1 hour")]
    assert [(past.reaction, past.text) for past in told.reactions] == [("snoozed", None)]
    assert (told.notes, told.notes_left_out) == (("first", "second"), 0)


def test_a_text_is_not_cut_in_the_middle() -> None:
    """It is told whole or not at all: half a sentence may say the opposite."""
    title, note, tip = "t" * 200, "n" * 1_000, "r" * MAX_TEXT_CHARS
    signals = Signals(
        open_tasks=[OpenTask(title=title)] * 200,
        notes=[note] * 20,
        reactions=[PastReaction(reaction="ignored", text=tip)] * 50,
    )
    told = context(signals)
    assert {task.title for task in told.tasks} == {title}
    assert {past.text for past in told.reactions} == {tip}
    assert set(told.notes) == {note}


def test_the_context_can_not_be_changed() -> None:
    told = context(RICH)
    with pytest.raises(ValueError, match="frozen"):
        told.n = 5
