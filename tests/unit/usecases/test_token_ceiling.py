"""A user's tokens of the day: reserved before a call, settled after it, and never more than the ceiling."""

import json
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.askers import ANSWER, ASK, BUSY, LOST, REFUSED, RESERVED, USED, WITHHELD, AskingUser
from tipbandit.context.budget import estimated_tokens
from tipbandit.errors import ModelUnavailableError, StoreUnavailableError, TokenCeilingError
from tipbandit.ports import Counter
from tipbandit.ports.generation import Ask, Completion, Turn
from tipbandit.usecases.asking import MOST_CALLS, Spent, most_tokens

_MIDNIGHT_MS: Final = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)


def test_what_a_call_may_use_is_reserved_and_what_it_did_not_use_is_given_back() -> None:
    user = AskingUser(ms=_MIDNIGHT_MS)
    assert user.ask() == ANSWER
    assert [tokens for _, tokens, _ in user.ledger.reserved] == [RESERVED]
    assert user.ledger.settled == [("2026-03-01", USED - RESERVED)]
    assert user.used == USED
    assert user.spent == Spent(calls=1, input_tokens=120, output_tokens=30, cost_usd=0.25)


def test_what_a_question_may_use_by_hand() -> None:
    """Per message its tokens by the estimate and 8 for the format, the schema too; and all the answer may have."""
    ask = Ask(
        system="s" * 31, turns=(Turn("user", "\u65e5" * 7), Turn("assistant", ""), Turn("user", "x")),
        sampling=ASK.sampling, schema=ASK.schema, n=3, context=ASK.context,
    )  # fmt: skip
    schema = estimated_tokens(json.dumps(ask.json_schema()))
    assert 100 < schema < 200
    assert most_tokens(ask) == (11 + 8) + (schema + 8) + (7 + 8) + (0 + 8) + (1 + 8) + 900


@given(st.lists(st.text(max_size=50), max_size=4))
def test_every_turn_is_reserved_for(texts: list[str]) -> None:
    turns = tuple(Turn("user", text) for text in texts)
    ask = Ask(system="", turns=turns, sampling=ASK.sampling, schema=ASK.schema, n=3, context=ASK.context)
    assert most_tokens(ask) >= sum(map(estimated_tokens, texts)) + ask.sampling.max_tokens


def test_an_answer_that_took_more_than_was_reserved_is_counted_whole() -> None:
    """The estimate of the input is one; the next question meets the truth."""
    user = AskingUser(Completion("{}", "m", input_tokens=9_000, output_tokens=900))
    user.ask()
    assert user.used == 9_900


@pytest.mark.parametrize(
    ("failure", "kept"), [(BUSY, 0), (REFUSED, 0), (LOST, RESERVED * MOST_CALLS), (WITHHELD, RESERVED)]
)
def test_what_a_failed_call_may_have_used_stays_counted_and_the_rest_is_given_back(
    failure: ModelUnavailableError, kept: int
) -> None:
    user = AskingUser(failure)
    with pytest.raises(ModelUnavailableError) as raised:
        user.ask()
    assert raised.value is failure
    assert user.used == kept


def test_whoever_has_used_up_the_day_s_tokens_is_told_when_the_next_day_begins() -> None:
    user = AskingUser(ceiling=RESERVED - 1, ms=_MIDNIGHT_MS + 6 * 3_600_000)
    with pytest.raises(TokenCeilingError) as raised:
        user.ask()
    assert raised.value.retry_after_s == 18 * 3_600 + 1
    assert (user.model.within, user.used, user.spent) == ([], 0, Spent())
    assert user.telemetry.counts == {(Counter.CEILING, "v1"): 1}


@pytest.mark.parametrize(
    ("before_ms", "seconds"),
    [(1, 1), (500, 1), (999, 1), (1_000, 2), (1_001, 2), (86_399_999, 86_400), (86_400_000, 86_401)],
)
def test_the_wait_is_whole_seconds_and_ends_in_the_new_day(before_ms: int, seconds: int) -> None:
    user = AskingUser(ceiling=0, ms=_MIDNIGHT_MS - before_ms)
    with pytest.raises(TokenCeilingError) as raised:
        user.ask()
    assert raised.value.retry_after_s == seconds
    assert 0 < seconds * 1000 - before_ms <= 1_000
    user.clock.ms += seconds * 1000
    with pytest.raises(TokenCeilingError):
        user.ask()
    assert [day for day, _, _ in user.ledger.reserved] == ["2026-02-28", "2026-03-01"]


def test_exactly_the_ceiling_may_be_used() -> None:
    user = AskingUser(ceiling=RESERVED)
    assert user.ask() == ANSWER
    with pytest.raises(TokenCeilingError):
        user.ask()


def test_each_day_has_its_own_tokens() -> None:
    user = AskingUser(ceiling=RESERVED, ms=_MIDNIGHT_MS - 500)
    user.ask()
    user.clock.ms = _MIDNIGHT_MS
    user.ask()
    assert user.ledger.used == {("u-1", "2026-02-28"): USED, ("u-1", "2026-03-01"): USED}


def test_a_call_across_midnight_is_settled_on_the_day_it_was_reserved() -> None:
    user = AskingUser(takes_s=3.0, ms=_MIDNIGHT_MS - 1_000)
    user.ask()
    assert user.ledger.used == {("u-1", "2026-02-28"): USED}


def test_the_ledger_may_forget_a_day_two_days_after_it_ended() -> None:
    user = AskingUser(ms=_MIDNIGHT_MS - 1)
    user.ask()
    assert [expires for _, _, expires in user.ledger.reserved] == [_MIDNIGHT_MS + 2 * 86_400_000]


def test_where_the_ledger_fails_nothing_is_asked() -> None:
    user = AskingUser(ms=_MIDNIGHT_MS)
    user.ledger.reserving = StoreUnavailableError("down", maybe_committed=True)
    with pytest.raises(StoreUnavailableError):
        user.ask()
    assert (user.model.within, user.ledger.settled, user.spent) == ([], [], Spent())


@pytest.mark.parametrize("line", [ANSWER, REFUSED])
def test_where_the_ledger_fails_afterwards_nobody_is_told_but_the_operator(line: Completion | Exception) -> None:
    """Too much stays counted, and the answer, which is paid for, is given."""
    user = AskingUser(line)
    user.ledger.settling = StoreUnavailableError("down")
    if line is ANSWER:
        assert user.ask() == ANSWER
    else:
        with pytest.raises(ModelUnavailableError, match="no access"):
            user.ask()
    assert user.telemetry.warnings[0] == "tokens_not_settled"
    assert user.used == RESERVED


def test_tokens_of_a_model_that_costs_nothing_are_not_counted_against_the_user() -> None:
    user = AskingUser(ceiling=0)
    user.model.metered = False
    assert user.ask() == ANSWER
    assert (user.ledger.reserved, user.ledger.settled) == ([], [])
    assert (user.spent.calls, user.spent.input_tokens) == (1, 120)


@given(
    st.lists(st.sampled_from([ANSWER, BUSY, LOST, REFUSED, WITHHELD]), min_size=1, max_size=8),
    st.integers(0, 9_000),
)
def test_the_ceiling_holds_whatever_happens(lines: list[Completion | Exception], ceiling: int) -> None:
    """And what is counted is never less than what answers used."""
    user = AskingUser(*lines, ceiling=ceiling)
    for _ in lines:
        try:
            user.ask()
        except (ModelUnavailableError, TokenCeilingError):
            continue
    assert user.spent.input_tokens + user.spent.output_tokens <= user.used <= ceiling


@pytest.mark.parametrize("text", ["", "x" * 300])
def test_an_answer_whose_tokens_nobody_counted_is_counted_by_the_estimate(text: str) -> None:
    """So that a gateway that says nothing does not lift the ceiling. 300 bytes are 100 tokens."""
    user = AskingUser(Completion(text, "m", input_tokens=0, output_tokens=0), ms=_MIDNIGHT_MS)
    told = user.ask()
    assert (told.input_tokens, told.output_tokens) == (RESERVED - ASK.sampling.max_tokens, len(text) // 3)
    assert user.used == user.spent.input_tokens + user.spent.output_tokens == told.input_tokens + told.output_tokens


def test_where_the_model_failed_before_the_ceiling_is_met_that_is_what_is_said() -> None:
    """The first call's reservation stays, its answer was lost; there is no room for a second."""
    user = AskingUser(LOST, ceiling=RESERVED)
    with pytest.raises(ModelUnavailableError):
        user.ask()
    assert (user.used, user.spent.calls) == (RESERVED, 1)
