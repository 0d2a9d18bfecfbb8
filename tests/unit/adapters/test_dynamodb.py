"""How the state store speaks DynamoDB: the items, their size, the calls and their flags."""

import math
from typing import Any, Final
from uuid import UUID

import numpy as np
import pytest

from tests.support.cloud import TABLE, Cloud
from tests.support.emulators import PATIENT, Capability, on
from tipbandit.adapters.aws import client
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.codec import Snapshot, encode
from tipbandit.errors import ConflictError, StateCorruptError
from tipbandit.features.schema import BASE_PROFILE
from tipbandit.policies.ridge import State
from tipbandit.ports import ABSENT, Record

POLICY: Final = "egreedy/v2"
NOW_MS: Final = 1_790_000_000_000
WRITE_UNIT_BYTES: Final = 1024
FULL: Final = Record(blob=b"full", ver=1, epoch=0, updated_at_ms=NOW_MS)
TOMBSTONE: Final = Record(blob=None, ver=2, epoch=NOW_MS, updated_at_ms=NOW_MS)

Calls = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def cloud(table: Cloud) -> Cloud:
    """The table, on each emulator in turn."""
    return table


@pytest.fixture
def calls() -> Calls:
    """The calls the store made: operation and parameters."""
    return []


@pytest.fixture
def store(cloud: Cloud, calls: Calls) -> DynamoStateStore:  # noqa: ARG001  it must be up first
    """A store on an empty table, whose calls are written down."""
    dynamodb = client("dynamodb", PATIENT)

    def note(params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401  botocore's own
        calls.append((model.name, params))

    dynamodb.meta.events.register("provide-client-params.dynamodb.*", note)
    return DynamoStateStore(TABLE, dynamodb)


@pytest.mark.parametrize("consistent", [True, False])
def test_a_read_is_one_call_as_consistent_as_asked(store: DynamoStateStore, calls: Calls, *, consistent: bool) -> None:
    store.read("ann", POLICY, consistent=consistent)
    ((operation, params),) = calls
    assert (operation, params["ConsistentRead"]) == ("GetItem", consistent)


def test_all_records_are_read_by_one_consistent_query_of_the_users_states(
    store: DynamoStateStore, calls: Calls
) -> None:
    store.read_all("ann")
    ((operation, params),) = calls
    assert (operation, params["ConsistentRead"]) == ("Query", True)


def test_a_write_is_one_conditional_call(store: DynamoStateStore, calls: Calls) -> None:
    store.replace("ann", POLICY, old=ABSENT, new=FULL)
    store.replace("ann", POLICY, old=FULL, new=FULL)
    assert [operation for operation, _ in calls] == ["PutItem", "PutItem"]
    assert all("ConditionExpression" in params for _, params in calls)


def test_an_item_holds_the_record_and_nothing_else(store: DynamoStateStore, cloud: Cloud) -> None:
    store.replace("ann", POLICY, old=ABSENT, new=FULL)
    assert cloud.item("ann", POLICY) == {
        "user_id": {"S": "ann"},
        "kind": {"S": "state#egreedy/v2"},
        "blob": {"B": b"full"},
        "ver": {"N": "1"},
        "epoch": {"N": "0"},
        "updated_at": {"N": str(NOW_MS)},
    }


@on("table", Capability.TRANSACTIONS)
def test_a_tombstone_expires_by_seconds_and_a_write_over_it_does_not(store: DynamoStateStore, cloud: Cloud) -> None:
    store.bury("ann", {POLICY: (ABSENT, TOMBSTONE)}, expires_at_ms=NOW_MS + 604_920_999)
    buried = cloud.item("ann", POLICY)
    assert buried is not None
    assert buried["expires_at"] == {"N": "1790604920"}
    assert "blob" not in buried
    store.replace("ann", POLICY, old=TOMBSTONE, new=FULL)
    assert "expires_at" not in (cloud.item("ann", POLICY) or {})


@on("table", Capability.TRANSACTIONS)
def test_a_record_that_is_set_aside_lies_as_it_was_under_a_kind_of_its_own_for_as_long_as_asked(
    store: DynamoStateStore, cloud: Cloud
) -> None:
    store.replace("ann", POLICY, old=ABSENT, new=FULL)
    until = {"keep_until_ms": NOW_MS + 7_776_000_999, "expires_at_ms": NOW_MS + 604_920_999}
    store.set_aside("ann", POLICY, old=FULL, new=TOMBSTONE, **until)
    kept, tombstone = cloud.items()
    assert kept == {
        "user_id": {"S": "ann"},
        "kind": {"S": f"damaged#egreedy/v2#{NOW_MS}"},
        "blob": {"B": b"full"},
        "ver": {"N": "1"},
        "epoch": {"N": "0"},
        "updated_at": {"N": str(NOW_MS)},
        "expires_at": {"N": "1797776000"},
    }
    assert (tombstone["kind"]["S"], tombstone["expires_at"]) == ("state#egreedy/v2", {"N": "1790604920"})


@on("table", Capability.TRANSACTIONS)
def test_nothing_that_was_set_aside_is_written_over(store: DynamoStateStore, cloud: Cloud) -> None:
    store.replace("ann", POLICY, old=ABSENT, new=FULL)
    cloud.put({"user_id": {"S": "ann"}, "kind": {"S": f"damaged#egreedy/v2#{NOW_MS}"}, "blob": {"B": b"older"}})
    before = cloud.items()
    with pytest.raises(ConflictError):
        store.set_aside("ann", POLICY, old=FULL, new=TOMBSTONE, keep_until_ms=NOW_MS, expires_at_ms=NOW_MS)
    assert cloud.items() == before


def test_other_kinds_of_items_are_not_states(store: DynamoStateStore, cloud: Cloud) -> None:
    store.replace("ann", POLICY, old=ABSENT, new=FULL)
    for kind in ("profile#egreedy/v2", "state", "statf#egreedy/v2"):
        cloud.put({"user_id": {"S": "ann"}, "kind": {"S": kind}, "ver": {"N": "9"}, "epoch": {"N": "9"}})
    assert dict(store.read_all("ann")) == {POLICY: FULL}


def test_a_user_with_more_than_a_page_of_states_is_read_whole(store: DynamoStateStore, calls: Calls) -> None:
    """DynamoDB answers 1 MB at a time: five items of 300 KB come in more than one page."""
    records = {f"large/v{k}": Record(bytes(300_000), ver=1, epoch=0, updated_at_ms=NOW_MS) for k in range(5)}
    for policy, record in records.items():
        store.replace("ann", policy, old=ABSENT, new=record)
    calls.clear()
    assert dict(store.read_all("ann")) == records
    assert len(calls) > 1


def test_writing_a_state_of_twelve_dimensions_costs_one_write_unit(store: DynamoStateStore, cloud: Cloud) -> None:
    """With the longest user id, numbers of full length, and no decision remembered."""
    dim = BASE_PROFILE.dim
    state = State(np.full((dim, dim), 1 / 3), np.full(dim, -1 / 3), 2**40, -1 / 3)
    record = Record(encode(Snapshot(state), BASE_PROFILE), ver=2**40, epoch=NOW_MS + 1, updated_at_ms=NOW_MS + 1)
    store.replace("u" * 128, POLICY, old=ABSENT, new=record)
    item = cloud.item("u" * 128, POLICY)
    assert item is not None
    assert _bytes_of(item) <= WRITE_UNIT_BYTES


def test_a_state_of_twelve_dimensions_has_room_for_a_few_decisions_in_one_write_unit(
    store: DynamoStateStore, cloud: Cloud
) -> None:
    state = State(np.zeros((12, 12)), np.zeros(12), 5, 0.0)
    blob = encode(Snapshot(state, tuple(UUID(int=k) for k in range(5))), BASE_PROFILE)
    store.replace("ann", POLICY, old=ABSENT, new=Record(blob, ver=5, epoch=0, updated_at_ms=NOW_MS))
    assert _bytes_of(cloud.item("ann", POLICY) or {}) <= WRITE_UNIT_BYTES


def _bytes_of(item: dict[str, Any]) -> int:
    """Return the size by which DynamoDB bills an item: names and values, a number two digits a byte and one more."""
    size = 0
    for name, value in item.items():
        ((kind, content),) = value.items()
        size += len(name.encode())
        match kind:
            case "S":
                size += len(content.encode())
            case "B":
                size += len(content)
            case _:
                size += math.ceil(len(content.strip("0").lstrip("-")) / 2) + 1 + content.startswith("-")
    return size


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param({"ver": {"S": "1"}}, id="a version that is text"),
        pytest.param({"epoch": {"N": "1.5"}}, id="an epoch that is no whole number"),
        pytest.param({"blob": {"S": "full"}}, id="a blob that is text"),
    ],
)
def test_an_item_that_is_no_state_is_reported(store: DynamoStateStore, cloud: Cloud, damage: dict[str, Any]) -> None:
    store.replace("ann", POLICY, old=ABSENT, new=FULL)
    cloud.put({**(cloud.item("ann", POLICY) or {}), **damage})
    with pytest.raises(StateCorruptError):
        store.read("ann", POLICY, consistent=True)
    with pytest.raises(StateCorruptError):
        store.read_all("ann")
