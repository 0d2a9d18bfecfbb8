"""What becomes of the faults of DynamoDB and of the wire: real sockets, and one request a call whatever happens."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from tests.support import wire
from tests.support.emulator import reached_at
from tipbandit.adapters.aws import Timeouts
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.errors import ConflictError, StoreUnavailableError
from tipbandit.ports import ABSENT, Record

pytestmark = pytest.mark.usefixtures("each_client")

POLICY: Final = "linucb/v1"
IMPATIENT: Final = Timeouts(connect_ms=100, read_ms=100)
PATIENT: Final = Timeouts(connect_ms=10_000, read_ms=10_000)
NEW: Final = Record(blob=b"new", ver=1, epoch=0, updated_at_ms=1)
EMPTY: Final = json.dumps({"Items": [], "Count": 0, "ScannedCount": 0}).encode()

Call = Callable[[DynamoStateStore], object]

READS: Final[dict[str, Call]] = {
    "read": lambda store: store.read("ann", POLICY, consistent=True),
    "read_all": lambda store: store.read_all("ann"),
}
WRITES: Final[dict[str, Call]] = {
    "replace": lambda store: store.replace("ann", POLICY, old=ABSENT, new=NEW),
    "bury": lambda store: store.bury("ann", {POLICY: (ABSENT, NEW)}, expires_at_ms=1),
}
each_call = pytest.mark.parametrize("call", [*READS, *WRITES])
each_write = pytest.mark.parametrize("call", WRITES)


def _fails(store: DynamoStateStore, call: str, *, maybe_committed: bool) -> StoreUnavailableError:
    """Make a call that fails; only a write can have been carried out."""
    with pytest.raises(StoreUnavailableError) as raised:
        {**READS, **WRITES}[call](store)
    assert raised.value.maybe_committed == (maybe_committed and call in WRITES)
    return raised.value


def _store(url: str, timeouts: Timeouts = PATIENT) -> DynamoStateStore:
    with reached_at(url):
        return DynamoStateStore.connect("state", timeouts)


@contextmanager
def _answering(status: int, error: str, **more: object) -> Iterator[tuple[DynamoStateStore, wire.Loopback]]:
    """A store whose table answers every call with the same error."""
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{error}", "message": "as told", **more}
    with wire.serving(lambda _: wire.http(status, json.dumps(body).encode())) as server:
        yield _store(server.url), server


@each_call
@pytest.mark.parametrize(
    "error",
    [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "AccessDeniedException",
        "ResourceNotFoundException",
        "ExpiredTokenException",
        "ValidationException",
    ],
)
def test_a_call_that_dynamodb_refuses_changed_nothing(call: str, error: str) -> None:
    with _answering(400, error) as (store, server):
        assert error in str(_fails(store, call, maybe_committed=False))
    assert len(server.requests) == 1


@each_call
@pytest.mark.parametrize(("status", "error"), [(500, "InternalServerError"), (503, "ServiceUnavailable")])
def test_a_write_at_which_dynamodb_fails_may_have_been_carried_out(call: str, status: int, error: str) -> None:
    with _answering(status, error) as (store, server):
        _fails(store, call, maybe_committed=True)
    assert len(server.requests) == 1


@each_write
@pytest.mark.parametrize("error", ["ConditionalCheckFailedException", "TransactionConflictException"])
def test_a_condition_that_does_not_hold_is_a_conflict(call: str, error: str) -> None:
    with _answering(400, error) as (store, server), pytest.raises(ConflictError):
        WRITES[call](store)
    assert len(server.requests) == 1


@pytest.mark.parametrize("reason", ["ConditionalCheckFailed", "TransactionConflict"])
def test_a_transaction_cancelled_by_another_write_is_a_conflict(reason: str) -> None:
    reasons = [{"Code": "None"}, {"Code": reason, "Message": "as told"}]
    with (
        _answering(400, "TransactionCanceledException", CancellationReasons=reasons) as (store, _),
        pytest.raises(ConflictError),
    ):
        WRITES["bury"](store)


@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded", "ValidationError"])
def test_a_transaction_cancelled_for_another_reason_changed_nothing(reason: str) -> None:
    reasons = [{"Code": "None"}, {"Code": reason, "Message": "as told"}]
    with _answering(400, "TransactionCanceledException", CancellationReasons=reasons) as (store, _):
        _fails(store, "bury", maybe_committed=False)


@each_call
def test_a_table_that_accepts_and_never_answers_is_given_up(call: str) -> None:
    with wire.silent() as server:
        error = _fails(_store(server.url, IMPATIENT), call, maybe_committed=True)
    assert "ReadTimeoutError" in str(error)
    assert len(server.requests) == 1


@each_call
def test_a_table_that_never_accepts_is_given_up_with_nothing_changed(call: str) -> None:
    with wire.unreachable() as url:
        error = _fails(_store(url, IMPATIENT), call, maybe_committed=False)
    assert "ConnectTimeoutError" in str(error)


@each_call
def test_a_table_nobody_listens_for_changed_nothing(call: str) -> None:
    with wire.closed() as url:
        _fails(_store(url), call, maybe_committed=False)


@each_call
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="none: the connection is closed"),
        pytest.param(b"HTTP/1.1 2", id="a broken status line"),
        pytest.param(wire.http(200, b"", length=len(EMPTY)), id="headers only"),
        pytest.param(wire.http(200, EMPTY[:9], length=len(EMPTY)), id="half a body"),
        pytest.param(wire.http(502, b"<html>Bad gateway</html>"), id="a page of a gateway"),
    ],
)
def test_an_answer_that_breaks_off_is_no_answer(call: str, answer: bytes | None) -> None:
    """Least of all one that says the user is new."""
    with wire.serving(lambda _: answer, hangs_up=True) as server:
        _fails(_store(server.url), call, maybe_committed=True)
    assert len(server.requests) == 1 or (call not in WRITES and len(server.requests) == 2)


def test_a_read_survives_a_kept_connection_that_died_while_the_environment_was_frozen() -> None:
    answered: list[bytes] = []

    def respond(request: bytes) -> bytes | None:
        answered.append(request)
        return None if len(answered) == 2 else wire.http(200, b"{}")

    with wire.serving(respond) as server:
        store = _store(server.url)
        assert [store.read("ann", "linucb/v1", consistent=False) for _ in range(2)] == [ABSENT, ABSENT]
    assert len(answered) == 3


@each_call
def test_no_setting_of_the_machine_makes_the_sdk_send_a_call_twice(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    with _answering(503, "ServiceUnavailable") as (store, server):
        _fails(store, call, maybe_committed=True)
    assert len(server.requests) == 1
