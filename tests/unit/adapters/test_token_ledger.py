"""The ledger of tokens: a ceiling that holds whoever writes at once, and entries that count one user's one day."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any, Final

import pytest

from tests.support.cloud import TABLE, Cloud
from tests.support.emulators import PATIENT
from tipbandit.adapters.aws import client
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.adapters.token_ledger import DynamoTokenLedger
from tipbandit.ports.generation import TokenLedger

DAY: Final = "2026-09-21"
EXPIRES_AT_MS: Final = 1_790_604_920_999
THREADS: Final = 16
ATTEMPTS: Final = 4 * THREADS
TOKENS: Final = 300
CEILING: Final = 10_000
MOST: Final = 9_900
"""33 times 300: the largest multiple within the ceiling."""

Calls = list[dict[str, Any]]


@pytest.fixture
def cloud(table: Cloud) -> Cloud:
    """The table, on each emulator in turn."""
    return table


@pytest.fixture
def calls() -> Calls:
    """The parameters of the calls the ledger made."""
    return []


@pytest.fixture
def ledger(cloud: Cloud, calls: Calls) -> DynamoTokenLedger:  # noqa: ARG001  it must be up first
    """A ledger on an empty table, whose calls are written down."""
    dynamodb = client("dynamodb", PATIENT)
    dynamodb.meta.events.register("provide-client-params.dynamodb.*", lambda params, **_: calls.append(params))
    return DynamoTokenLedger(TABLE, dynamodb)


def _reserve(ledger: TokenLedger, tokens: int, ceiling: int = 1000, *, user_id: str = "ann", day: str = DAY) -> bool:
    return ledger.reserve(user_id, day, tokens, ceiling=ceiling, expires_at_ms=EXPIRES_AT_MS)


def _used(dynamodb: Any, table: str, user_id: str = "ann", day: str = DAY) -> int | None:  # noqa: ANN401  boto3's
    key = {"user_id": {"S": user_id}, "kind": {"S": f"tokens#{day}"}}
    item = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return None if item is None else int(item["used"]["N"])


def test_an_entry_holds_what_was_used_and_when_it_vanishes(ledger: DynamoTokenLedger, cloud: Cloud) -> None:
    assert _reserve(ledger, 300)
    assert cloud.items() == [
        {
            "user_id": {"S": "ann"},
            "kind": {"S": "tokens#2026-09-21"},
            "used": {"N": "300"},
            "expires_at": {"N": "1790604920"},
        }
    ]


def test_tokens_are_reserved_up_to_the_ceiling_and_not_one_more(ledger: DynamoTokenLedger, cloud: Cloud) -> None:
    assert _reserve(ledger, 300)
    assert not _reserve(ledger, 701)
    assert _reserve(ledger, 700)
    assert not _reserve(ledger, 1)
    assert _used(cloud.dynamodb, TABLE) == 1000


def test_all_of_the_ceiling_can_be_reserved_at_once(ledger: DynamoTokenLedger, cloud: Cloud) -> None:
    assert _reserve(ledger, 1000)
    assert _used(cloud.dynamodb, TABLE) == 1000


def test_more_than_the_ceiling_is_refused_without_a_call(ledger: DynamoTokenLedger, calls: Calls) -> None:
    assert not _reserve(ledger, 1001)
    assert calls == []


def test_a_ceiling_that_was_lowered_holds_at_once(ledger: DynamoTokenLedger) -> None:
    assert _reserve(ledger, 800)
    assert not _reserve(ledger, 100, ceiling=500)


def test_users_and_days_are_counted_apart(ledger: DynamoTokenLedger, cloud: Cloud) -> None:
    assert _reserve(ledger, 1000)
    assert _reserve(ledger, 900, user_id="ben")
    assert _reserve(ledger, 800, day="2026-09-22")
    found = [(item["user_id"]["S"], item["kind"]["S"], item["used"]["N"]) for item in cloud.items()]
    assert found == [
        ("ann", "tokens#2026-09-21", "1000"),
        ("ann", "tokens#2026-09-22", "800"),
        ("ben", "tokens#2026-09-21", "900"),
    ]


def test_reserving_is_one_conditional_call_and_settling_another(ledger: DynamoTokenLedger, calls: Calls) -> None:
    _reserve(ledger, 300)
    ledger.settle("ann", DAY, -100)
    assert ["ConditionExpression" in params for params in calls] == [True, True]


@pytest.mark.parametrize(("difference", "used"), [(-180, 120), (-300, 0), (50, 350), (5000, 5300)])
def test_settling_corrects_what_was_reserved(
    ledger: DynamoTokenLedger, cloud: Cloud, difference: int, used: int
) -> None:
    """Upwards even beyond the ceiling: what was used was used."""
    _reserve(ledger, 300)
    ledger.settle("ann", DAY, difference)
    assert _used(cloud.dynamodb, TABLE) == used


def test_settling_nothing_is_no_call(ledger: DynamoTokenLedger, calls: Calls) -> None:
    ledger.settle("ann", DAY, 0)
    assert calls == []


def test_what_was_given_back_can_be_reserved_again(ledger: DynamoTokenLedger) -> None:
    assert _reserve(ledger, 1000)
    ledger.settle("ann", DAY, -400)
    assert not _reserve(ledger, 401)
    assert _reserve(ledger, 400)


def test_settling_keeps_the_time_at_which_an_entry_vanishes(ledger: DynamoTokenLedger, cloud: Cloud) -> None:
    _reserve(ledger, 300)
    ledger.settle("ann", DAY, -100)
    assert cloud.items()[0]["expires_at"] == {"N": "1790604920"}


@pytest.mark.parametrize("difference", [-100, 100])
def test_settling_an_entry_that_has_vanished_makes_none(
    ledger: DynamoTokenLedger, cloud: Cloud, difference: int
) -> None:
    """It would be below nothing, and never vanish."""
    ledger.settle("ann", DAY, difference)
    assert cloud.items() == []


def test_entries_are_no_states(ledger: DynamoTokenLedger) -> None:
    _reserve(ledger, 300)
    assert dict(DynamoStateStore.connect(TABLE, PATIENT).read_all("ann")) == {}


@dataclass
class ReadThenWrite:
    """The ledger this must not be: it reads what was used, and writes the sum."""

    dynamodb: Any
    all_have_read: Barrier = field(default_factory=lambda: Barrier(THREADS, timeout=60))

    def reserve(self, user_id: str, day: str, tokens: int, *, ceiling: int, expires_at_ms: int) -> bool:
        """Add tokens as one would who is alone."""
        used = _used(self.dynamodb, TABLE, user_id, day) or 0
        self.all_have_read.wait()
        if used + tokens > ceiling:
            return False
        item = {"user_id": {"S": user_id}, "kind": {"S": f"tokens#{day}"}, "used": {"N": str(used + tokens)}}
        item["expires_at"] = {"N": str(expires_at_ms // 1000)}
        self.dynamodb.put_item(TableName=TABLE, Item=item)
        return True

    def settle(self, user_id: str, day: str, difference: int) -> None:
        """Never called."""


def _the_ceiling_holds(ledger: TokenLedger, dynamodb: Any) -> None:  # noqa: ANN401  boto3's
    def reserve(_: int) -> bool:
        return _reserve(ledger, TOKENS, CEILING)

    with ThreadPoolExecutor(THREADS) as pool:
        granted = TOKENS * sum(pool.map(reserve, range(ATTEMPTS)))
    assert granted == MOST
    assert _used(dynamodb, TABLE) == MOST


def test_the_ceiling_holds_for_sixteen_at_once_and_none_of_it_is_left(ledger: DynamoTokenLedger, cloud: Cloud) -> None:
    _the_ceiling_holds(ledger, cloud.dynamodb)


def test_the_same_test_finds_a_ledger_that_reads_and_then_writes(cloud: Cloud) -> None:
    with pytest.raises(AssertionError):
        _the_ceiling_holds(ReadThenWrite(cloud.dynamodb), cloud.dynamodb)
