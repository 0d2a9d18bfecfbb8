"""What becomes of the faults of DynamoDB and of the wire in the ledger: nothing counted twice, and nothing granted."""

import json
from collections.abc import Callable
from typing import Final

import pytest

from tests.support import wire
from tests.support.emulator import reached_at
from tipbandit.adapters.aws import Timeouts
from tipbandit.adapters.token_ledger import DynamoTokenLedger
from tipbandit.errors import StoreUnavailableError

pytestmark = pytest.mark.usefixtures("each_client")

IMPATIENT: Final = Timeouts(connect_ms=100, read_ms=100)
PATIENT: Final = Timeouts(connect_ms=10_000, read_ms=10_000)

CALLS: Final[dict[str, Callable[[DynamoTokenLedger], object]]] = {
    "reserve": lambda ledger: ledger.reserve("ann", "2026-09-21", 300, ceiling=1000, expires_at_ms=1),
    "settle": lambda ledger: ledger.settle("ann", "2026-09-21", -100),
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)

Call = Callable[[DynamoTokenLedger], object]


def _fails(url: str, call: Call, *, maybe_committed: bool, timeouts: Timeouts = PATIENT) -> None:
    with reached_at(url):
        ledger = DynamoTokenLedger.connect("state", timeouts)
    with pytest.raises(StoreUnavailableError) as raised:
        call(ledger)
    assert raised.value.maybe_committed == maybe_committed


def _refusal(status: int, error: str) -> bytes:
    return wire.http(status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{error}"}).encode())


def test_a_condition_that_does_not_hold_is_no_room_and_nothing_to_settle() -> None:
    with (
        wire.serving(lambda _: _refusal(400, "ConditionalCheckFailedException")) as server,
        reached_at(server.url),
    ):
        ledger = DynamoTokenLedger.connect("state", PATIENT)
        assert CALLS["reserve"](ledger) is False
        CALLS["settle"](ledger)
    assert len(server.requests) == 2


@each_call
@pytest.mark.parametrize(
    "error",
    [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "TransactionConflictException",
        "AccessDeniedException",
        "ResourceNotFoundException",
        "ValidationException",
    ],
)
def test_a_call_that_dynamodb_refuses_counted_nothing_and_is_no_full_ledger(call: Call, error: str) -> None:
    with wire.serving(lambda _: _refusal(400, error)) as server:
        _fails(server.url, call, maybe_committed=False)
    assert len(server.requests) == 1


@each_call
@pytest.mark.parametrize(("status", "error"), [(500, "InternalServerError"), (503, "ServiceUnavailable")])
def test_a_call_at_which_dynamodb_fails_may_have_counted_and_is_not_sent_again(
    call: Call, status: int, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the machine's settings say of retries."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    with wire.serving(lambda _: _refusal(status, error)) as server:
        _fails(server.url, call, maybe_committed=True)
    assert len(server.requests) == 1


@each_call
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="none: the connection is closed"),
        pytest.param(b"HTTP/1.1 2", id="a broken status line"),
        pytest.param(wire.http(200, b"", length=2), id="headers only"),
        pytest.param(wire.http(200, b"{", length=2), id="half a body"),
        pytest.param(wire.http(502, b"<html>Bad gateway</html>"), id="a page of a gateway"),
    ],
)
def test_an_answer_that_breaks_off_grants_nothing_and_may_have_counted(call: Call, answer: bytes | None) -> None:
    with wire.serving(lambda _: answer, hangs_up=True) as server:
        _fails(server.url, call, maybe_committed=True)
    assert len(server.requests) == 1


@each_call
def test_a_table_that_never_answers_is_given_up_and_may_have_counted(call: Call) -> None:
    with wire.silent() as server:
        _fails(server.url, call, maybe_committed=True, timeouts=IMPATIENT)
    assert len(server.requests) == 1


@each_call
def test_a_table_that_cannot_be_reached_counted_nothing(call: Call) -> None:
    with wire.closed() as url:
        _fails(url, call, maybe_committed=False)
    with wire.unreachable() as url:
        _fails(url, call, maybe_committed=False, timeouts=IMPATIENT)
