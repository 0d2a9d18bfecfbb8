"""Probes of items and their keys: limits, empty values and types."""

from collections.abc import Mapping
from typing import Any, Final

from tests.emulators.asking import KIND, USER, Probe, Table, key, number

_KB: Final = 1024
_LARGEST: Final = 400 * _KB
_KEYS: Final = sum(len(part) for part in ("user_id", USER, "kind", KIND))
"""Names count, too."""


def _put(attributes: Mapping[str, dict[str, Any]]) -> Probe:
    return lambda table: table.put(dict(attributes))


def _of_bytes(size: int) -> Probe:
    return _put({"blob": {"B": bytes(size - _KEYS - len("blob"))}})


def _grown(table: Table) -> None:
    table.put({"blob": {"B": bytes(399 * _KB)}})
    table.update("SET more = :more", {":more": {"B": bytes(2 * _KB)}})


def _without_sort_key(table: Table) -> None:
    table.dynamodb.put_item(TableName=table.name, Item={"user_id": {"S": USER}})


def _normalised(table: Table) -> str | None:
    """A number comes back as DynamoDB writes it, not as it was sent."""
    table.put({"ver": number("1.50")})
    found = table.item()
    assert found is not None
    return f"comes back as {found['ver']['N']}"


ITEMS: Final[Mapping[str, Probe]] = {
    "item of 400 KB": _of_bytes(_LARGEST),
    "item of 400 KB and a byte": _of_bytes(_LARGEST + 1),
    "update that makes an item larger than 400 KB": _grown,
    "partition key of 2048 bytes": _put(key(user_id="u" * 2048)),
    "partition key of 2049 bytes": _put(key(user_id="u" * 2049)),
    "sort key of 1024 bytes": _put(key(kind="k" * 1024)),
    "sort key of 1025 bytes": _put(key(kind="k" * 1025)),
    "sort key of 513 letters of two bytes": _put(key(kind="ü" * 513)),
    "empty partition key": _put(key(user_id="")),
    "empty sort key": _put(key(kind="")),
    "item without its sort key": _without_sort_key,
    "partition key that is a number": _put({"user_id": number(1)}),
    "empty string that is no key": _put({"note": {"S": ""}}),
    "empty binary that is no key": _put({"blob": {"B": b""}}),
    "empty set": _put({"tags": {"SS": []}}),
    "set with a member twice": _put({"tags": {"SS": ["a", "a"]}}),
    "number of 38 digits": _put({"ver": number("1" * 38)}),
    "number of 39 digits": _put({"ver": number("1" * 39)}),
    "number beyond 1E126": _put({"ver": number("1E126")}),
    "number that is no number": _put({"ver": number("one")}),
    "number with a zero at its end": _normalised,
    "number that is not quoted": _put({"ver": {"N": 1}}),
    "value of two types": _put({"ver": {"N": "1", "S": "1"}}),
}
