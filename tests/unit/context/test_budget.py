"""How much of a prompt the user's texts may take."""

import re
from typing import Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.generation import KINDS, SHIPPED, moments
from tipbandit.context.assemble import assemble
from tipbandit.context.budget import CONTEXT_TOKENS, LINE_TOKENS, SHARES, estimated_tokens, fitting
from tipbandit.context.data import quoted
from tipbandit.context.model import PromptContext
from tipbandit.contracts.reward import Reaction
from tipbandit.contracts.signals import MAX_TASKS, MAX_TITLE_CHARS, OpenTask, PastReaction, Signals

_ENGLISH_BYTES_A_TOKEN: Final = 4
_LONGEST: Final = [each * 200 for each in ("<", '"', "\u65e5", "\U0010fffd", "e\u0323\u0301", "\U0001f469\u200d", "a")]


def _cost(text: str) -> int:
    return LINE_TOKENS + estimated_tokens(quoted(text))


def _taken(context: PromptContext) -> int:
    """All tokens that what was kept takes, by the estimate, line by line."""
    texts = [*(task.title for task in context.tasks), *(past.text or "" for past in context.reactions), *context.notes]
    return sum(map(_cost, texts))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        *(("", 0), ("a", 1), ("abc", 1), ("abcd", 2), ("\u65e5", 1), ("\u00fc", 1), ("\U0001f3b7", 3), ("\ud800", 1)),
        ("abcd\u65e5\u00fc\U0001f3b7", 2 + 1 + 1 + 3),
    ],
)
def test_three_ascii_characters_or_any_other_are_a_token_and_an_emoji_is_three(text: str, tokens: int) -> None:
    """Four ASCII characters are 4/3, rounded up 2; half a surrogate pair counts like a character."""
    assert estimated_tokens(text) == tokens


@given(st.text(), st.text())
def test_texts_together_are_never_estimated_higher_than_apart(one: str, other: str) -> None:
    """So a message is no longer than the sum of its lines."""
    assert estimated_tokens(one + other) <= estimated_tokens(one) + estimated_tokens(other)


@given(st.lists(st.text(max_size=60), max_size=20), st.integers(-50, 600))
def test_the_longest_run_of_first_entries_that_fits_is_kept(texts: list[str], room: int) -> None:
    kept, used = fitting(texts, str, room)
    assert kept == tuple(texts[: len(kept)])
    assert used == sum(map(_cost, kept))
    assert used <= max(room, 0)
    assert len(kept) == len(texts) or used + _cost(texts[len(kept)]) > room


def test_nothing_passes_a_longer_entry_that_ranks_higher() -> None:
    """A short line costs 16 + 1 (three bytes with its quotes) = 17, the long one 16 + 101 = 117, and 60 is the room."""
    assert (_cost("a"), _cost("b" * 300)) == (17, 117)
    assert fitting(["a", "b" * 300, "c"], str, 60) == (("a",), 17)
    assert fitting(["b" * 300, "a", "c"], str, 60) == ((), 0)


def test_an_entry_that_fits_to_the_token_is_kept() -> None:
    assert fitting(["a"], str, 17) == (("a",), 17)
    assert fitting(["a"], str, 16) == ((), 0)


def test_escapes_are_paid_for() -> None:
    r"""One "<" is printed as \u003c: six bytes and two quotes, 8/3 rounded up is 3."""
    assert _cost("<") == LINE_TOKENS + 3


@given(moments(), st.integers(1, 10))
def test_whatever_the_signals_what_is_kept_fits_the_budget(signals: Signals, n: int) -> None:
    assert _taken(assemble(signals, None, n=n)) <= CONTEXT_TOKENS


@given(moments(), st.integers(0, 500))
def test_a_smaller_budget_holds_too(signals: Signals, room: int) -> None:
    assert _taken(assemble(signals, None, n=3, room=room)) <= room


@pytest.mark.parametrize("title", _LONGEST, ids=lambda title: ascii(title[:2]))
def test_two_hundred_of_the_longest_titles_take_no_more_than_their_share(title: str) -> None:
    context = assemble(Signals(open_tasks=[OpenTask(title=title[:MAX_TITLE_CHARS])] * MAX_TASKS), None, n=3)
    titles = [task.title for task in context.tasks]
    assert 1 <= len(titles) < 200
    assert sum(map(_cost, titles)) <= CONTEXT_TOKENS * SHARES["tasks"]
    assert len(titles) + context.tasks_left_out == 200


@given(moments())
def test_more_room_never_keeps_less(signals: Signals) -> None:
    """Of tasks, which come first; what they leave to others may shrink by a whole entry."""
    kept = [len(assemble(signals, None, n=3, room=room).tasks) for room in (0, 50, 200, 1_000, CONTEXT_TOKENS)]
    assert kept == sorted(kept)


def test_the_shares_by_hand() -> None:
    """300 tokens; a one-letter line takes 17.

    Tasks: 60 % is 180, ten lines are 170. Reactions: 20 % of the 130 left is 26, one line. Notes: all of the 113 left,
    six lines are 102.
    """
    signals = Signals(
        open_tasks=[OpenTask(title="t")] * 20,
        reactions=[PastReaction(reaction="ignored", text="r")] * 20,
        notes=["n"] * 20,
    )
    context = assemble(signals, None, n=3, room=300)
    assert (len(context.tasks), len(context.reactions), len(context.notes)) == (10, 1, 6)
    assert (context.tasks_left_out, context.reactions_left_out, context.notes_left_out) == (10, 19, 14)


def test_what_tasks_do_not_take_is_left_to_the_others() -> None:
    """Without tasks, reactions have 20 % of 300, three lines; notes have the 249 left, fourteen lines of 17."""
    signals = Signals(reactions=[PastReaction(reaction="ignored", text="r")] * 20, notes=["n"] * 20)
    context = assemble(signals, None, n=3, room=300)
    assert (len(context.reactions), len(context.notes)) == (3, 14)


@pytest.mark.parametrize("version", SHIPPED)
def test_the_service_s_words_around_an_entry_fit_its_line_in_every_shipped_prompt(version: str) -> None:
    """At the four bytes a token that English has: 16 tokens are 64 bytes."""
    longest = [OpenTask(title="\u65e5", due_in_hours=-87_600.0 + hours) for hours in range(200)]
    past = [
        PastReaction(reaction=reaction, kind=kind, text="\u65e5", hours_ago=3_000.0)
        for reaction in get_args(Reaction)
        for kind in KINDS
    ]
    context = assemble(Signals(open_tasks=longest, reactions=past, notes=["\u65e5"]), None, n=3)
    lines = [line for line in SHIPPED[version].user(context).split("\n") if "\u65e5" in line]
    around = [len(re.sub('"\u65e5"', "", line).encode()) + len("\n") for line in lines]
    assert len(lines) >= len(context.tasks) > 50
    assert max(around) <= LINE_TOKENS * _ENGLISH_BYTES_A_TOKEN
