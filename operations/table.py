"""The state table as an operator uses it: patient, item by item, and never over what is there."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from operations.errors import OperationsError

Item = Mapping[str, Any]
"""An item in DynamoDB's own notation: attribute -> {type: value}."""

KEY: Final = (("user_id", "HASH"), ("kind", "RANGE"))
STATE: Final = "state#"
"""What the kind of a state begins with; the policy's key follows."""
_PATIENT: Final = Config(connect_timeout=10, read_timeout=60, retries={"total_max_attempts": 10, "mode": "standard"})


class Table:
    """One table with the service's key; reads are consistent."""

    def __init__(self, name: str, dynamodb: Any) -> None:  # noqa: ANN401  one client type for tests and AWS
        """Use the table ``name`` through the low-level client ``dynamodb``; ``open_table`` checks it first."""
        self.name = name
        self._dynamodb = dynamodb

    def description(self) -> Mapping[str, Any]:
        """Return what DynamoDB says about the table."""
        described: Mapping[str, Any] = self._dynamodb.describe_table(TableName=self.name)["Table"]
        return described

    def items(self) -> Iterator[dict[str, Any]]:
        """Yield every item, page by page."""
        for page in self._dynamodb.get_paginator("scan").paginate(TableName=self.name, ConsistentRead=True):
            yield from page["Items"]

    def holds_anything(self) -> bool:
        """Whether there is any item."""
        return bool(self._dynamodb.scan(TableName=self.name, Limit=1, ConsistentRead=True)["Items"])

    def of_user(self, user_id: str) -> list[dict[str, Any]]:
        """Return all items of a user, whatever their kind."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self.name,
            KeyConditionExpression="user_id = :user",
            ExpressionAttributeValues={":user": {"S": user_id}},
            ConsistentRead=True,
        )
        return [item for page in pages for item in page["Items"]]

    def put_new(self, item: Item) -> bool:
        """Write an item unless there is one of its key already, and return whether it was written."""
        try:
            self._dynamodb.put_item(TableName=self.name, Item=item, ConditionExpression="attribute_not_exists(kind)")
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def stored(self, item: Item) -> dict[str, Any] | None:
        """Return what is stored under an item's key."""
        found: dict[str, Any] | None = self._dynamodb.get_item(
            TableName=self.name, Key=_key_of(item), ConsistentRead=True
        ).get("Item")
        return found

    def delete(self, item: Item) -> None:
        """Delete what is stored under an item's key."""
        self._dynamodb.delete_item(TableName=self.name, Key=_key_of(item))


def open_table(name: str) -> Table:
    """Return the table ``name`` of the environment's account, region and endpoint.

    Raises:
        OperationsError: if its key is not the service's.
        BotoCoreError: if it cannot be reached; ClientError, if there is none.
    """
    table = Table(name, boto3.client("dynamodb", config=_PATIENT))
    key = tuple((part["AttributeName"], part["KeyType"]) for part in table.description()["KeySchema"])
    if key != KEY:
        raise OperationsError(f"{name} is no state table: its key is not (user_id, kind)")
    return table


def kind_of(item: Item) -> str:
    """Return an item's kind."""
    kind: str = item["kind"]["S"]
    return kind


def size_of(item: Item) -> int:
    """Return about how many bytes of a table an item takes: names and values."""
    return sum(len(name) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind in {"S", "B", "N"}:
        return len(content)
    if kind == "M":
        return size_of(content)
    return sum(map(_size, content)) if kind == "L" else len(str(content))


def _key_of(item: Item) -> dict[str, Any]:
    return {name: item[name] for name, _ in KEY}
