"""The state store on DynamoDB: it speaks DynamoDB and decides nothing.

One table, key (``user_id``, ``kind``) with kind ``state#<policy key>``. Attributes: ``blob`` (binary, absent on a
tombstone), ``ver``, ``epoch``, ``updated_at`` (Unix ms), ``prior`` (version; absent for the plain ridge), and on a
tombstone ``expires_at`` (Unix s, the TTL). A damaged state that was set aside lies, as it was, under kind
``damaged#<policy key>#<epoch of its tombstone>``.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from botocore.exceptions import ConnectionClosedError

from tipbandit.adapters.aws import Timeouts, client
from tipbandit.adapters.dynamodb_errors import translated
from tipbandit.errors import StateCorruptError
from tipbandit.ports import ABSENT, Meanwhile, Record, nothing

_KIND: Final = "state#"
_DAMAGED: Final = "damaged#"
_NEVER_WRITTEN: Final = "attribute_not_exists(kind)"


class DynamoStateStore:
    """``ports.StateStore`` on one DynamoDB table."""

    def __init__(self, table: str, dynamodb: Any) -> None:  # noqa: ANN401  see adapters.aws
        """Use ``table`` through the low-level client ``dynamodb``."""
        self._table = table
        self._dynamodb = dynamodb

    @classmethod
    def connect(cls, table: str, timeouts: Timeouts) -> "DynamoStateStore":
        """Return a store with a client of its own."""
        return cls(table, client("dynamodb", timeouts))

    def read(self, user_id: str, policy: str, *, consistent: bool, meanwhile: Meanwhile = nothing) -> Record:
        """See ``ports.StateStore.read``; there is a meanwhile for the lean client only."""
        asked = {"TableName": self._table, "Key": _key(user_id, policy), "ConsistentRead": consistent}
        lean = getattr(self._dynamodb, "call", None)
        ask = partial(self._dynamodb.get_item, **asked) if lean is None else partial(lean, "GetItem", asked, meanwhile)
        with translated(writing=False):
            answer = _read(ask)
        return _record(answer["Item"]) if "Item" in answer else ABSENT

    def read_all(self, user_id: str) -> Mapping[str, Record]:
        """See ``ports.StateStore.read_all``."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="user_id = :user AND begins_with(kind, :state)",
            ExpressionAttributeValues={":user": {"S": user_id}, ":state": {"S": _KIND}},
            ConsistentRead=True,
        )
        with translated(writing=False):
            items = _read(lambda: [item for page in pages for item in page["Items"]])
        return {item["kind"]["S"].removeprefix(_KIND): _record(item) for item in items}

    def replace(self, user_id: str, policy: str, *, old: Record, new: Record) -> None:
        """See ``ports.StateStore.replace``."""
        with translated(writing=True):
            self._dynamodb.put_item(**self._put(user_id, policy, old=old, new=new))

    def bury(self, user_id: str, tombstones: Mapping[str, tuple[Record, Record]], *, expires_at_ms: int) -> None:
        """See ``ports.StateStore.bury``."""
        puts = [
            _expiring(self._put(user_id, policy, old=old, new=new), expires_at_ms)
            for policy, (old, new) in tombstones.items()
        ]
        self._transact(puts)

    def set_aside(  # noqa: PLR0913  see ports
        self, user_id: str, policy: str, *, old: Record, new: Record, keep_until_ms: int, expires_at_ms: int
    ) -> None:
        """See ``ports.StateStore.set_aside``."""
        kept = {
            "TableName": self._table,
            "Item": {"user_id": {"S": user_id}, "kind": {"S": f"{_DAMAGED}{policy}#{new.epoch}"}, **_attributes(old)},
            "ConditionExpression": _NEVER_WRITTEN,
        }
        tombstone = self._put(user_id, policy, old=old, new=new)
        self._transact([_expiring(kept, keep_until_ms), _expiring(tombstone, expires_at_ms)])

    def _transact(self, puts: Sequence[Mapping[str, Any]]) -> None:
        with translated(writing=True):
            self._dynamodb.transact_write_items(TransactItems=[{"Put": put} for put in puts])

    def _put(self, user_id: str, policy: str, *, old: Record, new: Record) -> dict[str, Any]:
        """The conditional write: the whole item is replaced if it still is the one that was read."""
        same_version_of_the_same_epoch = "ver = :ver AND epoch = :epoch"
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": {**_key(user_id, policy), **_attributes(new)},
        }
        if old == ABSENT:
            return {**put, "ConditionExpression": _NEVER_WRITTEN}
        return {
            **put,
            "ConditionExpression": same_version_of_the_same_epoch,
            "ExpressionAttributeValues": {":ver": {"N": str(old.ver)}, ":epoch": {"N": str(old.epoch)}},
        }


def _read(call: Callable[[], Any]) -> Any:  # noqa: ANN401  see adapters.aws
    """Call, and once more at once if the connection turns out dead: one kept over a freeze of the environment may be.

    Only for reads: nothing can be done twice.
    """
    try:
        return call()
    except ConnectionClosedError:
        return call()


def _key(user_id: str, policy: str) -> dict[str, Any]:
    return {"user_id": {"S": user_id}, "kind": {"S": _KIND + policy}}


def _expiring(put: Mapping[str, Any], at_ms: int) -> dict[str, Any]:
    return {**put, "Item": {**put["Item"], "expires_at": {"N": str(at_ms // 1000)}}}


def _attributes(record: Record) -> dict[str, Any]:
    attributes: dict[str, Any] = {"ver": {"N": str(record.ver)}, "epoch": {"N": str(record.epoch)}}
    if record.updated_at_ms is not None:
        attributes["updated_at"] = {"N": str(record.updated_at_ms)}
    if record.blob is not None:
        attributes["blob"] = {"B": record.blob}
    if record.prior is not None:
        attributes["prior"] = {"S": record.prior}
    return attributes


def _record(item: Mapping[str, Any]) -> Record:
    try:
        return Record(
            blob=bytes(item["blob"]["B"]) if "blob" in item else None,
            ver=int(item["ver"]["N"]),
            epoch=int(item["epoch"]["N"]),
            updated_at_ms=int(item["updated_at"]["N"]) if "updated_at" in item else None,
            prior=str(item["prior"]["S"]) if "prior" in item else None,
        )
    except (KeyError, ValueError) as error:
        raise StateCorruptError("a stored item is not one this service wrote") from error
