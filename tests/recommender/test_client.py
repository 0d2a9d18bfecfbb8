"""The client: what it sends, and what it makes of what comes back."""

import json
import traceback

import httpx
import pytest
from pydantic import ValidationError

from tests.recommender.callers import (
    CALLS,
    GENERATE,
    GENERATED,
    QUICK,
    REWARD,
    SCORE,
    SCORED,
    STATS,
    Pauses,
    client,
    in_turn,
    says,
    waiting,
)
from tests.support.drip import dripping
from tests.support.wire import Loopback, closed, http, serving, unreachable
from tipbandit.contracts.signals import Signals
from tipbandit_recommender.client import MAX_ANSWER_BYTES, Client
from tipbandit_recommender.errors import (
    NotAnsweredError,
    RefusedError,
    UnreadableAnswerError,
)
from tipbandit_recommender.retries import Retries

SECRET = "see the oncologist"


def _head(request: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return first, {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


@pytest.mark.parametrize(("policy", "path"), [(None, ""), ("egreedy", "/egreedy"), ("egreedy/v2", "/egreedy/v2")])
def test_a_policy_key_is_the_path(policy: str | None, path: str) -> None:
    answers = in_turn(says(SCORED), says(CALLS["reward"][1]), says(STATS))
    with serving(answers) as server, client(server.url) as caller:
        caller.score(SCORE, policy)
        caller.reward(REWARD, policy)
        caller.stats("ann", policy)
    lines = [_head(request)[0] for request in server.requests]
    assert lines == [
        f"POST /score{path} HTTP/1.1",
        f"POST /reward{path} HTTP/1.1",
        f"GET /stats{path}?user_id=ann HTTP/1.1",
    ]


@pytest.mark.parametrize("policy", ["", "/", "a/", "/a", "a/b/c", "..", "a/..", "a?b", "a#b", "a b", "a\n", "é", "%2e"])
def test_what_cannot_be_a_policy_key_is_never_sent(policy: str) -> None:
    with serving(in_turn(says(SCORED))) as server, client(server.url) as caller:
        for call in (lambda: caller.score(SCORE, policy), lambda: caller.stats("ann", policy)):
            with pytest.raises(ValueError, match="a policy key is"):
                call()
        for refuse in (caller.stats, caller.reset):
            with pytest.raises(ValidationError):
                refuse("not an id")
    assert server.requests == []


def test_what_is_absent_is_not_sent_so_that_an_older_service_need_not_know_it() -> None:
    with serving(in_turn(says(SCORED))) as server, client(server.url) as caller:
        caller.score(SCORE)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert json.loads(body) == {
        "user_id": "ann",
        "context": {"hour": 8.5, "weekday": 0},
        "candidates": [{"tip_id": "walk"}, {"tip_id": "read"}],
    }
    assert _head(head)[1]["content-type"] == "application/json"


@pytest.mark.parametrize("base", ["", "/", "/prod", "/prod/"])
def test_the_address_may_have_a_path(base: str) -> None:
    with serving(in_turn(says(STATS))) as server, client(server.url + base) as caller:
        caller.stats("a+b")
    assert _head(server.requests[0])[0] == f"GET {base.rstrip('/')}/stats?user_id=a%2Bb HTTP/1.1"


@pytest.mark.parametrize(
    "url", ["", "localhost:3000", "ftp://example.com", "http://", "http://a?b=c", "http://a#b", "http://a:b"]
)
def test_what_is_no_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="the address must be"):
        Client(url)


def test_one_connection_serves_many_calls() -> None:
    answers = in_turn(*[says(good) for _, good in CALLS.values()])
    with serving(answers) as server, client(server.url) as caller:
        for call, _ in CALLS.values():
            call(caller)
        assert len(server.requests) == len(CALLS)
        assert _connections(server) == 1


def _connections(server: Loopback) -> int:
    return len(server._open) - 1  # noqa: SLF001  all but the listener


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with closed() as nobody, serving(in_turn(says(STATS))) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, nobody)
        with client(server.url) as caller:
            assert caller.stats("ann").user_id == "ann"


def test_another_transport_may_take_the_place_of_the_network() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=STATS))
    caller = Client("https://api.example", transport=transport)
    assert caller.stats("ann").policies == {}
    caller.close()
    with pytest.raises(RuntimeError, match="closed"):
        caller.stats("ann")


def test_fields_of_a_newer_service_do_not_break_a_caller() -> None:
    ranking = [{**row, "width": 0.1} for row in SCORED["ranking"]]
    with (
        serving(in_turn(says({**SCORED, "ranking": ranking, "cohort": {"a": 1}}))) as server,
        client(server.url) as caller,
    ):
        answer = caller.score(SCORE)
    assert answer.model_dump(mode="json") == SCORED


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("<html>Sign in</html>", "the body: Invalid JSON"),
        ("", "the body: Invalid JSON"),
        ([], "the body: Input should be an object"),
        ({**SCORED, "propensity": "0.975"}, "propensity: Input should be a valid number"),
        ({**SCORED, "propensity": 1.5}, "propensity: Input should be less than or equal to 1"),
        ({**SCORED, "degraded": 0}, "degraded: Input should be a valid boolean"),
        ({**SCORED, "ranking": [{"tip_id": "walk"}]}, r"ranking\.0\.score: Field required"),
        ({name: value for name, value in SCORED.items() if name != "decision"}, "decision: Field required"),
        (json.dumps(SCORED).replace("0.975", "NaN"), "propensity: Input should be a finite number"),
        ("[" * 9999, "the body: Invalid JSON"),
        (" " * MAX_ANSWER_BYTES + " ", f"more than {MAX_ANSWER_BYTES} bytes"),
    ],
)
def test_an_answer_that_is_not_the_contract_is_refused_by_field(answer: object, problem: str) -> None:
    with (
        serving(in_turn(says(answer))) as server,
        client(server.url) as caller,
        pytest.raises(UnreadableAnswerError, match=problem),
    ):
        caller.score(SCORE)


def test_no_text_of_request_or_answer_gets_into_an_error() -> None:
    tip = {"tip_id": "a", "text": SECRET * 20, "kind": SECRET, "priority": SECRET, "prompt_version": SECRET}
    request = GENERATE.model_copy(update={"signals": Signals(notes=[SECRET])})
    faults = (says({**GENERATED, "tips": [tip]}), says(SECRET), says(SECRET, 500), None)
    for fault in faults:
        with (
            serving(in_turn(fault)) as server,
            client(server.url) as caller,
            pytest.raises((UnreadableAnswerError, RefusedError, NotAnsweredError)) as caught,
        ):
            caller.generate(request)
        assert SECRET.encode() in server.requests[0]
        assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_an_answer_that_is_cut_short_is_none() -> None:
    whole = json.dumps(SCORED).encode()
    cut = http(200, whole, length=len(whole) + 1)
    with (
        serving(in_turn(cut), hangs_up=True) as server,
        client(server.url) as caller,
        pytest.raises(NotAnsweredError, match="RemoteProtocolError") as caught,
    ):
        caller.score(SCORE)
    assert len(server.requests) == 4
    assert caught.value.maybe_carried_out


def test_an_answer_is_cut_short_by_time_however_steadily_it_drips() -> None:
    with dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n") as server:
        with (
            Client(server.url, timeouts=waiting(QUICK), retries=Retries(attempts=1)) as caller,
            pytest.raises(NotAnsweredError, match="ReadTimeout"),
        ):
            caller.score(SCORE)
        assert server.was_left.wait(10)


def test_a_connection_that_is_never_accepted_was_never_used() -> None:
    pauses = Pauses()
    with (
        unreachable() as url,
        client(url, pauses, QUICK) as caller,
        pytest.raises(NotAnsweredError, match=r"POST /reset .*ConnectTimeout.* not carried out"),
    ):
        caller.reset("ann")
    assert len(pauses.made) == 3


def test_a_redirect_is_not_followed() -> None:
    with (
        serving(in_turn(says("", 307, Location="/elsewhere"))) as server,
        client(server.url) as caller,
        pytest.raises(RefusedError, match="answered 307 Temporary Redirect"),
    ):
        caller.reward(REWARD)
    assert len(server.requests) == 1
