"""The online store: a DynamoDB table with one item a user, from which whoever asks for scores takes the profile.

It is the caller's table and not the service's, which keeps no profiles: they travel with each request. Its one key is
``user_id`` (S). An item is a row of the table of profiles: ``as_of`` (S, ISO 8601), ``n_shown`` (N), and each feature
(N) that means something. Numbers come back as they were, to the last bit.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow.parquet as pq

from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.features.schema import INPUTS
from tipbandit_lab.errors import RunError
from tipbandit_lab.features.definition import PROFILE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_ROWS: Final = 10_000
_KINDS: Final = {"number": float, "integer": int}


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store holds of one user.

    Attributes:
        profile: the features.
        as_of: the moment they are of. The caller decides how old is too old: ``tips_30d`` ages by the day.
        n_shown: how many tips they are made from.
    """

    profile: ProfileFeatures
    as_of: datetime
    n_shown: int


def publish(path: Path, table: str) -> int:
    """Write a table of profiles to the online store, and return how many items that were.

    Each item is replaced whole, so publishing once more, after a failure too, does no harm. Items of users who are not
    in the file stay.

    Raises:
        RunError: if the store cannot be written.
    """
    with _store(table) as store, store.batch_writer(overwrite_by_pkeys=["user_id"]) as writer:
        rows = 0
        for batch in pq.ParquetFile(path).iter_batches(_ROWS):
            for row in batch.to_pylist():
                writer.put_item(Item=_item(row))
            rows += batch.num_rows
    return rows


def read(table: str, user_id: str) -> Stored | None:
    """Return what the online store holds of a user; None where that is nothing.

    Raises:
        RunError: if the store cannot be read.
    """
    with _store(table) as store:
        item = store.get_item(Key={"user_id": user_id}).get("Item")
    return None if item is None else _stored(item)


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: row[name] for name in (*PROFILE, "n_shown") if row[name] is not None}
    numbers = {name: Decimal(repr(value)) for name, value in known.items()}
    return {"user_id": row["user_id"], "as_of": row["as_of"].isoformat(), **numbers}


def _stored(item: Mapping[str, Any]) -> Stored:
    known = {name: _KINDS[INPUTS[name].dtype](item[name]) for name in PROFILE if name in item}
    return Stored(ProfileFeatures.model_validate(known), datetime.fromisoformat(item["as_of"]), int(item["n_shown"]))


@contextmanager
def _store(table: str) -> "Iterator[Table]":
    """Reach the table; region, credentials and endpoint are those of the AWS SDK's own settings."""
    try:
        import boto3  # noqa: PLC0415 - only who publishes needs it
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError as error:
        raise RunError(f"--table needs boto3, of the dependency group `service` ({error})") from None
    try:
        yield boto3.resource("dynamodb").Table(table)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            raise RunError(f"there is no DynamoDB table {table}; it takes one key, user_id (S)") from None
        raise RunError(f"DynamoDB refuses: {error}") from None
    except BotoCoreError as error:
        raise RunError(f"DynamoDB cannot be reached: {error}") from None
