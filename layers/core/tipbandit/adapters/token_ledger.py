"""The ledger of tokens on the state table: one item a user and day, to which tokens are added.

Key (``user_id``, ``kind``) with kind ``tokens#<day>``. Attributes: ``used`` and ``expires_at`` (Unix s, the TTL).

An addition that is sent twice counts twice, so none is: neither by the SDK, whose retries are off, nor here. What was
perhaps reserved is taken for reserved, and what was perhaps given back stays counted. Connections are not kept: one
that died while the environment was frozen would cost a user the model's tips.
"""

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from tipbandit.adapters.aws import Timeouts, client
from tipbandit.adapters.dynamodb_errors import CONDITION_FAILED, unavailable
from tipbandit.adapters.faults import named

_KIND: Final = "tokens#"


class DynamoTokenLedger:
    """``ports.generation.TokenLedger`` on one DynamoDB table."""

    def __init__(self, table: str, dynamodb: Any) -> None:  # noqa: ANN401  see adapters.aws
        """Use ``table`` through the low-level client ``dynamodb``."""
        self._table = table
        self._dynamodb = dynamodb

    @classmethod
    def connect(cls, table: str, timeouts: Timeouts) -> "DynamoTokenLedger":
        """Return a ledger with a client of its own."""
        return cls(table, client("dynamodb", timeouts, keeps_connections=False))

    def reserve(self, user_id: str, day: str, tokens: int, *, ceiling: int, expires_at_ms: int) -> bool:
        """See ``ports.generation.TokenLedger.reserve``."""
        if tokens > ceiling:
            return False
        no_entry_yet = "attribute_not_exists(used)"
        there_is_room = "used <= :room"
        return self._update(
            Key=_key(user_id, day),
            UpdateExpression="SET expires_at = :expires_at ADD used :tokens",
            ConditionExpression=f"{no_entry_yet} OR {there_is_room}",
            ExpressionAttributeValues={
                ":tokens": _number(tokens),
                ":room": _number(ceiling - tokens),
                ":expires_at": _number(expires_at_ms // 1000),
            },
        )

    def settle(self, user_id: str, day: str, difference: int) -> None:
        """See ``ports.generation.TokenLedger.settle``; an entry that has vanished since is not made anew."""
        if difference == 0:
            return
        there_is_an_entry = "attribute_exists(used)"
        self._update(
            Key=_key(user_id, day),
            UpdateExpression="ADD used :difference",
            ConditionExpression=there_is_an_entry,
            ExpressionAttributeValues={":difference": _number(difference)},
        )

    def _update(self, **params: Any) -> bool:  # noqa: ANN401  see adapters.aws
        """Write unless the condition does not hold, and return whether it did."""
        try:
            self._dynamodb.update_item(TableName=self._table, **params)
        except (BotoCoreError, ClientError) as error:
            if named(error) == CONDITION_FAILED:
                return False
            raise unavailable(error, writing=True) from error
        return True


def _key(user_id: str, day: str) -> dict[str, Any]:
    return {"user_id": {"S": user_id}, "kind": {"S": _KIND + day}}


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}
