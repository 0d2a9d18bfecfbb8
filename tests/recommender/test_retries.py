"""What is tried again, how often, and after which pause."""

import pytest

from tests.recommender.callers import CALLS, GENERATE, QUICK, Pauses, client, hanging_up_unread, in_turn, refuses, says
from tests.support.wire import closed, serving, silent
from tipbandit_recommender.errors import (
    NotAnsweredError,
    RefusedError,
    TipbanditClientError,
    TooManyError,
    UnavailableError,
    refused,
)
from tipbandit_recommender.retries import Limit, Retries, whenever_passing

HARMLESS = {"score", "stats", "reward"}
THROTTLED = says({"message": "Too Many Requests"}, 429)
GATEWAY_GAVE_UP = says({"message": "Service Unavailable"}, 503)
UNAVAILABLE = refuses(503, "unavailable", Retry_After="1")
OUTCOME_UNKNOWN = refuses(503, "outcome_unknown", Retry_After="1")


@pytest.mark.parametrize("route", CALLS)
@pytest.mark.parametrize("fault", [UNAVAILABLE, THROTTLED], ids=["unavailable", "throttled"])
def test_what_changed_nothing_is_tried_again_on_every_route(route: str, fault: bytes) -> None:
    call, good = CALLS[route]
    with serving(in_turn(fault, says(good))) as server, client(server.url) as caller:
        call(caller)
    assert len(server.requests) == 2
    assert server.requests[0] == server.requests[1]


@pytest.mark.parametrize("route", CALLS)
@pytest.mark.parametrize(
    "fault",
    [None, OUTCOME_UNKNOWN, GATEWAY_GAVE_UP, says("<html>", 502), says({"message": "Internal Server Error"}, 500)],
    ids=["lost", "outcome_unknown", "gateway", "html", "crashed"],
)
def test_what_may_have_been_carried_out_is_tried_again_where_that_does_no_harm(route: str, fault: bytes | None) -> None:
    call, good = CALLS[route]
    with serving(in_turn(fault, says(good))) as server, client(server.url) as caller:
        if route in HARMLESS:
            call(caller)
        else:
            with pytest.raises((NotAnsweredError, RefusedError)) as caught:
                call(caller)
            assert caught.value.maybe_carried_out
    assert len(server.requests) == (2 if route in HARMLESS else 1)


@pytest.mark.parametrize("route", CALLS)
@pytest.mark.parametrize(
    "answer",
    [
        refuses(429, "token_ceiling", Retry_After="1"),
        refuses(429, "too_many_rewards", Retry_After="1"),
        refuses(500, "internal"),
        refuses(422, "invalid_fields"),
        refuses(409, "decision_before_reset"),
        says({"message": "Forbidden"}, 403),
        says("not JSON"),
    ],
    ids=["token_ceiling", "too_many_rewards", "internal", "invalid", "reset", "forbidden", "unreadable"],
)
def test_what_will_not_pass_is_asked_once(route: str, answer: bytes) -> None:
    call, _ = CALLS[route]
    with serving(in_turn(answer)) as server, client(server.url) as caller, pytest.raises(TipbanditClientError):
        call(caller)
    assert len(server.requests) == 1


@pytest.mark.parametrize("route", CALLS)
def test_where_nobody_listens_every_route_may_be_tried_four_times(route: str) -> None:
    pauses = Pauses()
    with closed() as url, client(url, pauses) as caller, pytest.raises(NotAnsweredError) as caught:
        CALLS[route][0](caller)
    assert len(pauses.made) == 3
    assert not caught.value.maybe_carried_out


@pytest.mark.parametrize("route", CALLS)
def test_a_connection_cut_before_the_request_was_read_may_have_carried_it(route: str) -> None:
    """The caller cannot see the difference, so neither can it repeat a reset."""
    with hanging_up_unread() as (url, met), client(url) as caller, pytest.raises(NotAnsweredError) as caught:
        CALLS[route][0](caller)
    assert caught.value.maybe_carried_out
    assert len(met) == (4 if route in HARMLESS else 1)


@pytest.mark.parametrize("route", CALLS)
def test_silence_ends_and_is_tried_again_where_that_does_no_harm(route: str) -> None:
    pauses = Pauses()
    with (
        silent() as server,
        client(server.url, pauses, QUICK) as caller,
        pytest.raises(NotAnsweredError, match="ReadTimeout"),
    ):
        CALLS[route][0](caller)
    assert len(pauses.made) == (3 if route in HARMLESS else 0)


def test_a_generation_without_fallback_is_not_bought_twice() -> None:
    """The service has then asked the model, repeatedly, before it says 503."""
    request = GENERATE.model_copy(update={"fallback": False})
    with serving(in_turn(UNAVAILABLE)) as server, client(server.url) as caller, pytest.raises(UnavailableError):
        caller.generate(request)
    assert len(server.requests) == 1


def test_a_generation_without_fallback_is_tried_again_where_it_was_throttled() -> None:
    request = GENERATE.model_copy(update={"fallback": False})
    with serving(in_turn(THROTTLED, says(CALLS["generate"][1]))) as server, client(server.url) as caller:
        caller.generate(request)
    assert len(server.requests) == 2


def test_the_last_error_speaks_for_all_attempts() -> None:
    """The first answer was lost, so the reward may have been applied, although the second try surely was not."""
    with (
        serving(in_turn(None, UNAVAILABLE)) as server,
        client(server.url) as caller,
        pytest.raises(UnavailableError) as caught,
    ):
        CALLS["reward"][0](caller)
    assert caught.value.code == "unavailable"
    assert caught.value.maybe_carried_out


def _fails(error: Exception, pauses: Pauses, limit: Limit, **changed: float) -> int:
    """Return how often something that always fails is tried."""
    tried: list[None] = []

    def attempt() -> None:
        tried.append(None)
        raise error

    with pytest.raises(type(error)):
        pauses.retries(**changed).run(attempt, limit, whenever_passing)
    return len(tried)


LOST = NotAnsweredError("POST /score", "ReadTimeout")


def test_pauses_are_a_random_share_of_a_bound_that_doubles_up_to_a_longest() -> None:
    """0.75 of 0.1, 0.2, 0.4 and then 0.5, 0.5."""
    pauses = Pauses(0.75)
    assert _fails(LOST, pauses, Limit(1, 99), attempts=6, longest_pause_s=0.5) == 6
    assert pauses.made == pytest.approx([0.075, 0.15, 0.3, 0.375, 0.375])


def test_a_pause_that_was_asked_for_is_kept_and_jittered() -> None:
    """1 s as asked, and half of 0.1, 0.2, 0.4 on top."""
    pauses = Pauses()
    assert _fails(refused("POST /score", 503, b"", "1"), pauses, Limit(1, 99)) == 4
    assert pauses.made == pytest.approx([1.05, 1.1, 1.2])


def test_a_pause_that_is_asked_for_and_too_long_is_left_to_the_caller() -> None:
    pauses = Pauses()
    assert _fails(refused("POST /score", 503, b"", "11"), pauses, Limit(1, 99), longest_wait_s=10) == 1
    assert _fails(refused("POST /score", 503, b"", "10"), pauses, Limit(1, 99), longest_wait_s=10) == 4


def test_no_attempt_is_begun_that_might_not_end_in_time() -> None:
    """Of 3.3 s an attempt may take 1: those after 1.05 and 2.15 s are made, the one after 3.35 s is not."""
    pauses = Pauses()
    assert _fails(refused("POST /score", 503, b"", "1"), pauses, Limit(1, 3.3)) == 3
    assert pauses.made == pytest.approx([1.05, 1.1])


def test_the_time_of_the_attempts_counts_too() -> None:
    now = [0.0]

    def attempt() -> None:
        now[0] += 1.0
        raise NotAnsweredError("POST /score", "ReadTimeout")

    retries = Retries(clock=lambda: now[0], sleep=lambda _: None, random=lambda: 0.0)
    with pytest.raises(NotAnsweredError):
        retries.run(attempt, Limit(1.0, 2.5), whenever_passing)
    assert now == [2.0]


def test_one_attempt_is_no_retry() -> None:
    assert _fails(LOST, Pauses(), Limit(1, 99), attempts=1) == 1


def test_other_errors_are_not_caught() -> None:
    assert _fails(KeyError("a bug"), Pauses(), Limit(1, 99)) == 1


@pytest.mark.parametrize(("attempt_s", "call_s"), [(0, 1), (-1, 1), (2, 1)])
def test_a_limit_leaves_room_for_an_attempt(attempt_s: float, call_s: float) -> None:
    with pytest.raises(ValueError, match="at least one attempt"):
        Limit(attempt_s, call_s)


def test_throttling_to_the_end_is_said() -> None:
    with serving(in_turn(THROTTLED)) as server, client(server.url) as caller, pytest.raises(TooManyError) as caught:
        caller.stats("ann")
    assert len(server.requests) == 4
    assert caught.value.code is None
