"""What every state store does: the same tests on the one in memory and on DynamoDB, as each emulator has it."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.support.cloud import TABLE
from tests.support.emulators import EMULATORS, PATIENT, Capability, empty_table, endpoint_of
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.adapters.memory import MemoryStateStore
from tipbandit.errors import ConflictError
from tipbandit.ports import ABSENT, Record, StateStore

pytestmark = pytest.mark.usefixtures("in_lambda")

POLICY: Final = "linucb/v1"
OTHER: Final = "egreedy/v2"
FIRST: Final = Record(blob=b"\x00first\xff", ver=1, epoch=0, updated_at_ms=1_790_000_000_001)
SECOND: Final = Record(blob=b"second", ver=2, epoch=0, updated_at_ms=1_790_000_000_002)
TOMBSTONE: Final = Record(blob=None, ver=2, epoch=1_790_000_000_003, updated_at_ms=1_790_000_000_003)
EXPIRES_AT_MS: Final = 1_790_604_920_003


MEMORY: Final = "memory"
TRANSACTING: Final = (MEMORY, *(each.param for each in EMULATORS if Capability.TRANSACTIONS not in each.lacks))


@pytest.fixture(params=(MEMORY, *(each.param for each in EMULATORS)))
def store(request: pytest.FixtureRequest) -> Iterator[StateStore]:
    """An empty store of each kind."""
    if request.param == MEMORY:
        yield MemoryStateStore()
        return
    with empty_table(endpoint_of(request.param, request)):
        yield DynamoStateStore.connect(TABLE, PATIENT)


transacting = pytest.mark.parametrize("store", TRANSACTING, indirect=True)
"""For what writes several records all or none: ``Emulator.lacks`` says who cannot, and why."""


@pytest.fixture
def taught(store: StateStore) -> StateStore:
    """A store that holds one record."""
    store.replace("ann", POLICY, old=ABSENT, new=FIRST)
    return store


def _stored(store: StateStore, user_id: str = "ann", policy: str = POLICY) -> Record:
    return store.read(user_id, policy, consistent=True)


def test_what_was_never_written_is_absent(store: StateStore) -> None:
    assert store.read("ann", POLICY, consistent=True) == ABSENT
    assert store.read("ann", POLICY, consistent=False) == ABSENT
    assert dict(store.read_all("ann")) == {}


@pytest.mark.parametrize("consistent", [True, False])
def test_a_record_comes_back_as_it_was_written(taught: StateStore, *, consistent: bool) -> None:
    assert taught.read("ann", POLICY, consistent=consistent) == FIRST


def test_a_record_is_replaced_as_a_whole(taught: StateStore) -> None:
    taught.replace("ann", POLICY, old=FIRST, new=SECOND)
    assert _stored(taught) == SECOND


def test_records_of_other_users_and_policies_are_other_records(taught: StateStore) -> None:
    taught.replace("ben", POLICY, old=ABSENT, new=SECOND)
    taught.replace("ann", OTHER, old=ABSENT, new=SECOND)
    assert (_stored(taught), _stored(taught, "ben"), _stored(taught, policy=OTHER)) == (FIRST, SECOND, SECOND)


def test_all_records_of_a_user_are_read_at_once_and_nobody_elses(taught: StateStore) -> None:
    taught.replace("ann", OTHER, old=ABSENT, new=SECOND)
    taught.replace("ann~2", POLICY, old=ABSENT, new=SECOND)
    assert dict(taught.read_all("ann")) == {POLICY: FIRST, OTHER: SECOND}


def test_the_second_of_two_writers_that_read_the_same_is_refused(taught: StateStore) -> None:
    taught.replace("ann", POLICY, old=FIRST, new=SECOND)
    with pytest.raises(ConflictError):
        taught.replace("ann", POLICY, old=FIRST, new=Record(blob=b"lost", ver=2, epoch=0, updated_at_ms=9))
    assert _stored(taught) == SECOND


def test_the_same_version_of_another_epoch_is_another_record(taught: StateStore) -> None:
    """A, then a reset, then A's version again: a writer that read the first A must not take it for the second."""
    taught.replace("ann", POLICY, old=FIRST, new=TOMBSTONE)
    with pytest.raises(ConflictError):
        taught.replace("ann", POLICY, old=SECOND, new=Record(blob=b"lost", ver=3, epoch=0, updated_at_ms=9))
    assert _stored(taught) == TOMBSTONE


def test_a_record_made_meanwhile_is_not_overwritten(taught: StateStore) -> None:
    with pytest.raises(ConflictError):
        taught.replace("ann", POLICY, old=ABSENT, new=SECOND)
    assert _stored(taught) == FIRST


def test_a_record_that_vanished_meanwhile_is_not_written_again(store: StateStore) -> None:
    with pytest.raises(ConflictError):
        store.replace("ann", POLICY, old=TOMBSTONE, new=SECOND)
    assert _stored(store) == ABSENT


@transacting
def test_tombstones_replace_what_is_there_and_what_is_not(taught: StateStore) -> None:
    taught.bury("ann", {POLICY: (FIRST, TOMBSTONE), OTHER: (ABSENT, TOMBSTONE)}, expires_at_ms=EXPIRES_AT_MS)
    assert dict(taught.read_all("ann")) == {POLICY: TOMBSTONE, OTHER: TOMBSTONE}


@transacting
def test_a_tombstone_is_replaced_as_any_record_is(taught: StateStore) -> None:
    taught.bury("ann", {POLICY: (FIRST, TOMBSTONE)}, expires_at_ms=EXPIRES_AT_MS)
    after = Record(blob=b"after", ver=3, epoch=TOMBSTONE.epoch, updated_at_ms=9)
    taught.replace("ann", POLICY, old=TOMBSTONE, new=after)
    assert _stored(taught) == after


@pytest.mark.parametrize(
    "stale",
    [
        pytest.param(ABSENT, id="made meanwhile"),
        pytest.param(SECOND, id="changed meanwhile"),
        pytest.param(Record(blob=b"\x00first\xff", ver=1, epoch=7, updated_at_ms=1), id="reset meanwhile"),
    ],
)
@transacting
def test_all_are_buried_or_none(taught: StateStore, stale: Record) -> None:
    taught.replace("ann", OTHER, old=ABSENT, new=FIRST)
    tombstones = {POLICY: (FIRST, TOMBSTONE), OTHER: (stale, TOMBSTONE), "third/v1": (ABSENT, TOMBSTONE)}
    with pytest.raises(ConflictError):
        taught.bury("ann", tombstones, expires_at_ms=EXPIRES_AT_MS)
    assert dict(taught.read_all("ann")) == {POLICY: FIRST, OTHER: FIRST}


@transacting
def test_none_are_buried_where_one_has_vanished(taught: StateStore) -> None:
    tombstones = {POLICY: (FIRST, TOMBSTONE), OTHER: (SECOND, TOMBSTONE)}
    with pytest.raises(ConflictError):
        taught.bury("ann", tombstones, expires_at_ms=EXPIRES_AT_MS)
    assert dict(taught.read_all("ann")) == {POLICY: FIRST}


def _set_aside(store: StateStore, old: Record) -> None:
    ends = {"keep_until_ms": EXPIRES_AT_MS + 1000, "expires_at_ms": EXPIRES_AT_MS}
    store.set_aside("ann", POLICY, old=old, new=TOMBSTONE, **ends)


@transacting
def test_a_record_that_is_set_aside_leaves_a_tombstone_and_is_no_record_of_the_user_any_more(
    taught: StateStore,
) -> None:
    taught.replace("ann", OTHER, old=ABSENT, new=SECOND)
    _set_aside(taught, FIRST)
    assert dict(taught.read_all("ann")) == {POLICY: TOMBSTONE, OTHER: SECOND}


@pytest.mark.parametrize("stale", [ABSENT, SECOND], ids=["made meanwhile", "changed meanwhile"])
@transacting
def test_a_record_that_changed_meanwhile_is_not_set_aside(taught: StateStore, stale: Record) -> None:
    with pytest.raises(ConflictError):
        _set_aside(taught, stale)
    assert dict(taught.read_all("ann")) == {POLICY: FIRST}
