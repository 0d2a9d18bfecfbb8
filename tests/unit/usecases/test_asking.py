"""Asking a model: again if that may help, never for longer than there is time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.askers import ANSWER, BUSY, CALL_S, LOST, REFUSED, START_MS, WITHHELD, AskingUser
from tipbandit.errors import ModelUnavailableError
from tipbandit.ports import Counter
from tipbandit.ports.generation import Completion
from tipbandit.usecases.asking import FIRST_PAUSE_S, LONGEST_PAUSE_S, MOST_CALLS, SHORTEST_CALL_S, Spent


@pytest.mark.parametrize("failure", [BUSY, LOST])
def test_what_may_pass_is_asked_again_until_it_has(failure: ModelUnavailableError) -> None:
    user = AskingUser(failure, failure, ANSWER)
    assert user.ask() == ANSWER
    assert user.spent.calls == len(user.model.within) == 3
    assert user.telemetry.counts[Counter.MODEL_FAILED, "v1"] == 2
    assert user.telemetry.warnings == ["model_unavailable"] * 2


def test_it_is_asked_no_more_than_three_times() -> None:
    user = AskingUser(BUSY)
    with pytest.raises(ModelUnavailableError, match="busy"):
        user.ask(within_s=1_000.0)
    assert len(user.model.within) == MOST_CALLS == 3


@pytest.mark.parametrize("failure", [REFUSED, WITHHELD])
def test_what_will_not_pass_is_not_asked_again(failure: ModelUnavailableError) -> None:
    user = AskingUser(failure, ANSWER)
    with pytest.raises(ModelUnavailableError) as raised:
        user.ask()
    assert raised.value is failure
    assert (user.spent.calls, user.telemetry.warnings) == (1, ["model_unavailable"])


@pytest.mark.parametrize("seed", range(20))
def test_between_calls_it_pauses_with_jitter_and_not_for_long(seed: int) -> None:
    """At most 0.25 * 2 = 0.5 s, then 0.25 * 4 = 1 s; and not the same for two that failed together."""
    user = AskingUser(BUSY)
    user.clock.seed = seed
    with pytest.raises(ModelUnavailableError):
        user.ask()
    paused_ms = user.clock.ms - START_MS
    assert 2 <= paused_ms <= 1_500
    assert FIRST_PAUSE_S * 2 + FIRST_PAUSE_S * 4 == 1.5 < LONGEST_PAUSE_S


def test_askers_that_failed_together_do_not_come_back_together() -> None:
    ends = set()
    for seed in range(10):
        user = AskingUser(BUSY)
        user.clock.seed = seed
        with pytest.raises(ModelUnavailableError):
            user.ask()
        ends.add(user.clock.ms)
    assert len(ends) == 10


@given(st.floats(0, 40), st.floats(0, 20), st.floats(0, 3), st.integers(0, 9), st.sampled_from([BUSY, LOST, ANSWER]))
def test_no_call_is_given_more_time_than_there_is(
    within_s: float, takes_s: float, ledger_s: float, seed: int, line: Completion | Exception
) -> None:
    """Also where the ledger took some of it. A millisecond is the clock's grain."""
    user = AskingUser(line, takes_s=takes_s)
    user.clock.seed, user.ledger.takes_s = seed, ledger_s
    try:
        user.ask(within_s)
    except ModelUnavailableError:
        assert user.spent.calls == len(user.model.within) <= MOST_CALLS
    assert all(SHORTEST_CALL_S <= given_s <= CALL_S for given_s in user.model.within)
    assert user.clock.ms <= START_MS + within_s * 1000 + ledger_s * 1000 + 2


@pytest.mark.parametrize("within_s", [-5.0, 0.0, 0.49])
def test_without_time_for_a_call_nothing_is_asked_and_nothing_reserved(within_s: float) -> None:
    user = AskingUser()
    with pytest.raises(ModelUnavailableError, match="no time left") as raised:
        user.ask(within_s)
    assert (user.model.within, user.ledger.reserved, user.spent) == ([], [], Spent())
    assert not raised.value.passing


def test_a_call_has_all_the_time_that_is_left_and_no_more_than_a_call_may_take() -> None:
    for within_s, given_s in ((0.5, 0.5), (7.0, 7.0), (12.0, 12.0), (25.0, 12.0)):
        user = AskingUser()
        user.ask(within_s)
        assert user.model.within == pytest.approx([given_s])


def test_what_the_ledger_took_of_the_time_is_not_the_model_s() -> None:
    """7 s in all, of which the ledger takes 3."""
    user = AskingUser()
    user.ledger.takes_s = 3.0
    user.ask(7.0)
    assert user.model.within == pytest.approx([4.0])


def test_where_the_ledger_took_all_of_the_time_the_model_is_not_asked_and_the_tokens_are_given_back() -> None:
    user = AskingUser()
    user.ledger.takes_s = 6.6
    with pytest.raises(ModelUnavailableError, match="no time left"):
        user.ask(7.0)
    assert (user.model.within, user.used, user.spent.calls) == ([], 0, 0)


def test_a_second_call_has_what_the_first_left() -> None:
    """15 s: the first takes the most a call may, 12; after a pause of at most 0.5 there are 2.5 to 3 left."""
    user = AskingUser(LOST, ANSWER, takes_s=12.0)
    user.ask(15.0)
    first, second = user.model.within
    assert first == 12.0
    assert 2.5 <= second < 3.0


def test_a_call_is_not_repeated_where_the_next_would_be_too_short() -> None:
    user = AskingUser(LOST, ANSWER, takes_s=12.0)
    with pytest.raises(ModelUnavailableError, match="no answer in time"):
        user.ask(12.4)
    assert len(user.model.within) == 1


def test_a_model_that_costs_nothing_keeps_to_the_deadline_too() -> None:
    user = AskingUser(BUSY)
    user.model.metered = False
    with pytest.raises(ModelUnavailableError, match="no time left"):
        user.ask(0.4)
    with pytest.raises(ModelUnavailableError, match="busy"):
        user.ask(2.0)
    assert all(SHORTEST_CALL_S <= given_s <= 2.0 for given_s in user.model.within)


@pytest.mark.parametrize(
    ("costs", "sum_usd"),
    [((None, None), None), ((0.25, None), 0.25), ((None, 0.5), 0.5), ((0.25, 0.5), 0.75), ((0.0,), 0.0)],
)
def test_costs_add_up_as_far_as_they_are_told(costs: tuple[float | None, ...], sum_usd: float | None) -> None:
    spent = Spent()
    for cost in costs:
        spent.add(Completion("", "m", input_tokens=3, output_tokens=2, cost_usd=cost))
    assert spent == Spent(0, 3 * len(costs), 2 * len(costs), sum_usd)


def test_what_an_answer_took_is_counted_for_the_operator_when_it_comes() -> None:
    user = AskingUser(LOST, ANSWER)
    user.ask()
    user.ask()
    assert user.telemetry.counts == {
        (Counter.MODEL_FAILED, "v1"): 1,
        (Counter.INPUT_TOKENS, "v1"): 240,
        (Counter.OUTPUT_TOKENS, "v1"): 60,
        (Counter.COST_USD, "v1"): 0.5,
    }
    assert user.spent == Spent(calls=3, input_tokens=240, output_tokens=60, cost_usd=0.5)
