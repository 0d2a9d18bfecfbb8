"""Probes of what holds several items or calls together: transactions, pages, time, capacity and who is asking."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from uuid import uuid4

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from local.child import REGION
from tests.emulators.asking import ACCEPTED, Probe, Table, key, number, outcome, text
from tests.support.emulators import table_at
from tipbandit.adapters.dynamodb_errors import CONDITION_FAILED

_THREADS: Final = 16
_LARGE: Final = {"blob": {"B": bytes(390_000)}}
_MANY: Final = 101
_BY_USER: Final = ("user_id = :user", {":user": text("ann")})


def _transaction(count: int) -> Probe:
    return lambda table: table.transact(*(key(kind=f"state#{k}") for k in range(count)))


def _twice_in_one(table: Table) -> None:
    table.transact(key(), key())


def _too_large(table: Table) -> None:
    table.transact(*({**key(kind=f"state#{k}"), **_LARGE} for k in range(11)))


def _one_too_large(table: Table) -> None:
    table.transact(key(kind="other"), {**key(), "blob": {"B": bytes(410_000)}})


def _token_for_something_else(table: Table) -> None:
    token = str(uuid4())
    table.transact(key(), ClientRequestToken=token)
    table.transact(key(kind="other"), ClientRequestToken=token)


def _create(table: Table) -> None:
    table.put(ConditionExpression="attribute_not_exists(kind)")


def _at_once(table: Table) -> str:
    with ThreadPoolExecutor(_THREADS) as pool:
        came = list(pool.map(lambda _: outcome(_create, table), range(_THREADS)))
    assert set(came) == {ACCEPTED, CONDITION_FAILED}
    return f"{came.count(ACCEPTED)} succeeds"


def _pages(table: Table) -> str:
    for k in range(4):
        table.put({**key(kind=f"state#{k}"), **_LARGE})
    first = table.query(*_BY_USER)
    assert "LastEvaluatedKey" in first
    second = table.query(*_BY_USER, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert "LastEvaluatedKey" not in second
    assert len(first["Items"]) + len(second["Items"]) == 4
    return "in two pages"


def _limited(table: Table) -> str:
    """Whether a page that is full says that there may be more, though there is not."""
    table.put()
    return "goes on" if "LastEvaluatedKey" in table.query(*_BY_USER, Limit=1) else "ends"


def _fresh(table: Table) -> str:
    stale = 0
    for ver in range(10):
        table.put({"ver": number(ver)})
        stale += table.item(ConsistentRead=False) != {**key(), "ver": number(ver)}
    return "may lag" if stale else "never lags"


def _expired(table: Table) -> str:
    table.dynamodb.update_time_to_live(
        TableName=table.name, TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True}
    )
    table.put({"expires_at": number(int(time.time()) - 86_400)})
    return "is read" if table.item() else "is gone"


def _beyond_capacity(table: Table) -> None:
    """4000 write units at once, of a table that has one a second and saves up 300."""
    small = Table(table.dynamodb, f"{table.name}-small")
    one_a_second = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    with table_at(small.dynamodb, small.name, BillingMode="PROVISIONED", ProvisionedThroughput=one_a_second):
        for k in range(10):
            small.put({**key(kind=f"state#{k}"), **_LARGE})


def _as(table: Table, **credentials: Any) -> None:  # noqa: ANN401  boto3's
    other = boto3.Session().client("dynamodb", endpoint_url=table.dynamodb.meta.endpoint_url, **credentials)
    other.get_item(TableName=table.name, Key=key())


def _stranger(table: Table) -> None:
    _as(table, region_name=REGION, aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="no such key")


def _nobody(table: Table) -> None:
    _as(table, region_name=REGION, config=Config(signature_version=UNSIGNED))


def _elsewhere(table: Table) -> None:
    Table(table.dynamodb, "no-such-table").put()


PROMISES: Final[Mapping[str, Probe]] = {
    "transaction of nothing": _transaction(0),
    "transaction of 100 items": _transaction(_MANY - 1),
    "transaction of 101 items": _transaction(_MANY),
    "transaction that writes an item twice": _twice_in_one,
    "transaction of more than 4 MB": _too_large,
    "transaction with an item larger than 400 KB": _one_too_large,
    "transaction with the token of another": _token_for_something_else,
    "16 writes at once of what must not exist": _at_once,
    "query of more than 1 MB": _pages,
    "query of as many items as there are, by its limit": _limited,
    "eventually consistent read after a write": _fresh,
    "item whose time to live is over": _expired,
    "more writes than the table has capacity for": _beyond_capacity,
    "read with an unknown access key": _stranger,
    "read without a signature": _nobody,
    "write into a table that is not there": _elsewhere,
}
