"""What is really stored: looked at behind the SDK's back, so that no code of the service has a say in it."""

import base64
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from tests.exactly_once.faults import STALE_FOR_MS
from tests.support.cloud import REGION, TABLE
from tipbandit.adapters.memory import ManualClock

Item = Mapping[str, Any]
"""An item in DynamoDB's own notation."""

USER: Final = "ann"
"""The one user everything happens to: what is not contended cannot go wrong."""


@dataclass(frozen=True)
class Version:
    """What an item was until ``until_ms``, in which of the user's lives; ``item`` is None where there was none."""

    item: Item | None
    life: int
    until_ms: int


@dataclass
class Table:
    """The items of the user by kind, and their ``earlier`` versions."""

    clock: ManualClock
    earlier: defaultdict[str, list[Version]] = field(default_factory=lambda: defaultdict(list))

    def items(self) -> dict[str, Item]:
        """Return what is stored."""
        stored = (item.to_json()["Attributes"] for item in _table().all_items())
        return {item["kind"]["S"]: {name: _as_sent(value) for name, value in item.items()} for item in stored}

    def clear(self) -> None:
        """Begin anew."""
        _table().items.clear()

    def keep(self, kind: str, item: Item | None, life: int) -> None:
        """Remember what has just been replaced, for the reads that lag."""
        self.earlier[kind].append(Version(item, life, self.clock.ms))

    def lagging(self, kind: str) -> Version | None:
        """Return the oldest version that an eventually consistent read may still see; None if there is none."""
        since_ms = self.clock.ms - STALE_FOR_MS
        return next((version for version in self.earlier[kind] if version.until_ms >= since_ms), None)

    def expiries_ms(self) -> list[int]:
        """Return when the tombstones may go, the soonest first."""
        return sorted(int(item["expires_at"]["N"]) * 1000 for item in self.items().values() if "expires_at" in item)

    def expire(self, life: int) -> bool:
        """Drop what is due, as the table's TTL does; tell whether there was anything."""
        due = {
            kind: item
            for kind, item in self.items().items()
            if "expires_at" in item and int(item["expires_at"]["N"]) * 1000 <= self.clock.ms
        }
        for kind, item in due.items():
            self.keep(kind, item, life)
            _delete(kind)
        return bool(due)


def _table() -> Any:  # noqa: ANN401  the emulator's own
    return get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION].tables[TABLE]


def _as_sent(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a value as it goes over the wire; the emulator keeps some bytes as they are."""
    return {kind: base64.b64encode(it).decode() if isinstance(it, bytes) else it for kind, it in value.items()}


def _delete(kind: str) -> None:
    get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION].delete_item(
        TABLE, {"user_id": {"S": USER}, "kind": {"S": kind}}, None, None, None
    )
