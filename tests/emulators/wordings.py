"""Probes of expressions: what DynamoDB refuses in a condition, an update or a query."""

from collections.abc import Mapping
from typing import Any, Final

from tests.emulators.asking import KIND, USER, Probe, Table, number, text

_ONE: Final = {":one": number(1)}
_LONG: Final = " AND ".join(["attribute_not_exists(ver)"] * 200)
"""Over 4 KB."""


def _condition(expression: str, values: Mapping[str, dict[str, str]] | None = None) -> Probe:
    params: dict[str, Any] = {} if values is None else {"ExpressionAttributeValues": values}
    return lambda table: table.put(ConditionExpression=expression, **params)


def _update(expression: str) -> Probe:
    return lambda table: table.update(expression, _ONE)


def _update_of(attribute: dict[str, str]) -> Probe:
    def probe(table: Table) -> None:
        table.put({"used": attribute})
        table.update("ADD used :one", _ONE)

    return probe


def _query(condition: str, values: Mapping[str, dict[str, str]]) -> Probe:
    def probe(table: Table) -> None:
        table.query(condition, dict(values))

    return probe


def _unused_name(table: Table) -> None:
    table.put(ConditionExpression="attribute_not_exists(ver)", ExpressionAttributeNames={"#other": "other"})


WORDINGS: Final[Mapping[str, Probe]] = {
    "condition on an attribute called by a reserved word": _condition("attribute_not_exists(status)"),
    "update of an attribute called by a reserved word": _update("SET counter = :one"),
    "condition that leaves a given value unused": _condition("attribute_not_exists(ver)", _ONE),
    "condition that leaves a given name unused": _unused_name,
    "condition on a value that is not given": _condition("attribute_not_exists(ver) OR ver = :one"),
    "empty table of values": _condition("attribute_not_exists(ver)", {}),
    "condition longer than 4 KB": _condition(_LONG),
    "condition in redundant parentheses": _condition("((attribute_not_exists(ver)))"),
    "update of the sort key": _update("SET kind = :one"),
    "update that names one attribute in two clauses": _update("SET used = :one ADD used :one"),
    "addition to a string": _update_of(text("1")),
    "query that leaves a given value unused": _query("user_id = :user", {":user": text(USER), **_ONE}),
    "query by the sort key alone": _query("kind = :kind", {":kind": text(KIND)}),
    "query by an empty partition key": _query("user_id = :user", {":user": text("")}),
}
