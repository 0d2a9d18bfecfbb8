"""What a probe asks, of which table, and what came of it in a word."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

ACCEPTED: Final = "accepted"
USER: Final = "ann"
KIND: Final = "state#linucb/v1"
Attributes = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Table:
    """An empty table, keyed like the state table, behind the kind of client that the service has."""

    dynamodb: Any
    name: str

    def put(self, attributes: Attributes | None = None, **params: Any) -> None:  # noqa: ANN401  boto3's
        """Write an item under the usual key, which ``attributes`` may replace."""
        self.dynamodb.put_item(TableName=self.name, Item={**key(), **(attributes or {})}, **params)

    def update(self, expression: str, values: Attributes, **params: Any) -> None:  # noqa: ANN401  boto3's
        """Update the item under the usual key."""
        self.dynamodb.update_item(
            TableName=self.name,
            Key=key(),
            UpdateExpression=expression,
            ExpressionAttributeValues=values,
            **params,
        )

    def query(self, condition: str, values: Attributes, **params: Any) -> dict[str, Any]:  # noqa: ANN401  boto3's
        """Ask for a page of items."""
        answer: dict[str, Any] = self.dynamodb.query(
            TableName=self.name, KeyConditionExpression=condition, ExpressionAttributeValues=values, **params
        )
        return answer

    def transact(self, *items: Attributes, **params: Any) -> None:  # noqa: ANN401  boto3's
        """Write several items, all or none."""
        puts = [{"Put": {"TableName": self.name, "Item": item}} for item in items]
        self.dynamodb.transact_write_items(TransactItems=puts, **params)

    def item(self, **params: Any) -> Attributes | None:  # noqa: ANN401  boto3's
        """Return what is under the usual key."""
        found: Attributes | None = self.dynamodb.get_item(TableName=self.name, Key=key(), **params).get("Item")
        return found


Probe = Callable[[Table], str | None]
"""Asks something of an empty table; returns what came of it, None where all that matters is that it was accepted."""


def key(user_id: str = USER, kind: str = KIND) -> Attributes:
    """Return a key."""
    return {"user_id": {"S": user_id}, "kind": {"S": kind}}


def text(value: str) -> dict[str, str]:
    """Return a string as DynamoDB writes it."""
    return {"S": value}


def number(value: object) -> dict[str, str]:
    """Return a number as DynamoDB writes it."""
    return {"N": str(value)}


def outcome(probe: Probe, table: Table) -> str:
    """Return what comes of a probe: the code of the refusal, what it reports, or that it was accepted."""
    try:
        return probe(table) or ACCEPTED
    except ClientError as error:
        return str(error.response["Error"]["Code"])
