"""The adapters at the edges of what DynamoDB takes: odd ids, large items, long numbers, missing transactions."""

from typing import Final

import pytest

from tests.emulators.asking import Table
from tests.support.emulators import Capability, Emulator
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.adapters.token_ledger import DynamoTokenLedger
from tipbandit.errors import StoreUnavailableError
from tipbandit.ports import ABSENT, Record

POLICY: Final = "linucb/v1"
OTHER: Final = "egreedy/v2"
FIRST: Final = Record(blob=b"first", ver=1, epoch=0, updated_at_ms=1_790_000_000_001)
TOMBSTONE: Final = Record(blob=None, ver=2, epoch=1_790_000_000_003, updated_at_ms=1_790_000_000_003)
USERS: Final = (
    "a",
    "A",
    "~" * 128,
    f"{'t' * 64}/{'u' * 128}",
    "u" * 2048,
    "u" * 2047,
    "\N{GRINNING FACE}" * 512,
    "\N{LATIN SMALL LETTER E WITH ACUTE}",
    "e\N{COMBINING ACUTE ACCENT}",
    "a/b#c|d:e@f",
    "a%2Fb%23c",
    "state#linucb/v1",
    "a\N{NULL}state#linucb/v1",
    "\t\n\r\N{DELETE}",
    " ' \" \\ ",
    "\N{RIGHT-TO-LEFT OVERRIDE}ab",
    "\N{REPLACEMENT CHARACTER}",
    "\uffff",
)
"""The longest of the service's own, and others that DynamoDB would take; no two are the same bytes."""
LARGE: Final = 400_000
TOO_LARGE: Final = 400 * 1024


@pytest.fixture
def store(table: Table) -> DynamoStateStore:
    """A state store on each emulator."""
    return DynamoStateStore(table.name, table.dynamodb)


def test_users_are_told_apart_whatever_they_are_called(store: DynamoStateStore) -> None:
    records = {user: Record(user.encode(), ver=k, epoch=0, updated_at_ms=k) for k, user in enumerate(USERS, 1)}
    for user, record in records.items():
        store.replace(user, POLICY, old=ABSENT, new=record)
    assert {user: store.read(user, POLICY, consistent=True) for user in USERS} == records
    assert [dict(store.read_all(user)) for user in USERS] == [{POLICY: record} for record in records.values()]


def test_a_ledger_tells_them_apart_as_well(table: Table) -> None:
    ledger = DynamoTokenLedger(table.name, table.dynamodb)
    granted = [ledger.reserve(user, "2026-09-21", 1, ceiling=1, expires_at_ms=1_790_604_920_999) for user in USERS]
    assert granted == [True] * len(USERS)


def test_the_largest_numbers_come_back_as_they_were(store: DynamoStateStore) -> None:
    """And are compared so: a condition that rounded them would take one version for the next."""
    largest = 10**38 - 1
    old = Record(b"", ver=largest - 1, epoch=2**53 + 1, updated_at_ms=2**63)
    store.replace("ann", POLICY, old=ABSENT, new=old)
    assert store.read("ann", POLICY, consistent=True) == old
    new = Record(b"", ver=largest, epoch=2**53 + 1, updated_at_ms=2**63)
    store.replace("ann", POLICY, old=old, new=new)
    assert store.read("ann", POLICY, consistent=True) == new


def test_a_record_of_almost_400_kb_comes_back_and_a_larger_one_changes_nothing(store: DynamoStateStore) -> None:
    large = Record(bytes(range(250)) * (LARGE // 250), ver=1, epoch=0, updated_at_ms=1)
    store.replace("ann", POLICY, old=ABSENT, new=large)
    with pytest.raises(StoreUnavailableError) as refused:
        store.replace("ann", POLICY, old=large, new=Record(bytes(TOO_LARGE), ver=2, epoch=0, updated_at_ms=2))
    assert not refused.value.maybe_committed
    assert dict(store.read_all("ann")) == {POLICY: large}


def test_an_emulator_buries_all_or_none_unless_it_is_declared_to_lack_transactions(
    store: DynamoStateStore, emulator: Emulator
) -> None:
    """Where they are missing the store says that nothing was done, and nothing was."""
    store.replace("ann", POLICY, old=ABSENT, new=FIRST)
    tombstones = {POLICY: (FIRST, TOMBSTONE), OTHER: (ABSENT, TOMBSTONE)}
    if Capability.TRANSACTIONS in emulator.lacks:
        with pytest.raises(StoreUnavailableError, match="UnknownOperation") as refused:
            store.bury("ann", tombstones, expires_at_ms=1)
        assert not refused.value.maybe_committed
        assert dict(store.read_all("ann")) == {POLICY: FIRST}
    else:
        store.bury("ann", tombstones, expires_at_ms=1)
        assert dict(store.read_all("ann")) == {POLICY: TOMBSTONE, OTHER: TOMBSTONE}
