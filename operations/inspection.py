"""What is stored about a user, without what was learned itself."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from operations.table import STATE, Item, kind_of, size_of
from tipbandit import codec
from tipbandit.errors import StateCorruptError
from tipbandit.policies.registry import POLICIES

_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One item, as far as it can be told.

    Attributes:
        kind: what it is stored as.
        size: about how many bytes it takes.
        condition: what it is: ``learned``, ``tombstone``, why it cannot be used, or the names of its attributes.
        ver: how often it was written; None where it does not say.
        epoch: when the user was last reset; None where never.
        updated: when it was written.
        expires: when it vanishes by itself.
        n: how many rewards it learned.
        remembered: how many decisions it knows to have been rewarded.
    """

    kind: str
    size: int
    condition: str
    ver: int | None = None
    epoch: datetime | None = None
    updated: datetime | None = None
    expires: datetime | None = None
    n: int | None = None
    remembered: int | None = None


def findings(items: list[dict[str, Any]]) -> Iterator[Finding]:
    """Yield what each item is, sorted by kind."""
    for item in sorted(items, key=kind_of):
        condition, n, remembered = _condition(item)
        yield Finding(
            kind=kind_of(item),
            size=size_of(item),
            condition=condition,
            ver=_number(item, "ver"),
            epoch=_moment(item, "epoch", _MS),
            updated=_moment(item, "updated_at", _MS),
            expires=_moment(item, "expires_at", 1),
            n=n,
            remembered=remembered,
        )


def is_tombstone(item: Item) -> bool:
    """Whether an item is a state's place with nothing learned in it."""
    return kind_of(item).startswith(STATE) and is_record(item) and "blob" not in item


def is_record(item: Item) -> bool:
    """Whether the service can read an item as a state's record."""
    return _number(item, "ver") is not None and _number(item, "epoch") is not None


def _condition(item: Item) -> tuple[str, int | None, int | None]:
    kind = kind_of(item)
    if not kind.startswith(STATE):
        names = sorted(set(item) - {"user_id", "kind", "blob", "ver", "epoch", "updated_at", "expires_at"})
        return ", ".join(f"{name} {_plain(item[name])}" for name in names) or "kept as it was", None, None
    if not is_record(item):
        return "corrupt: no record of this service", None, None
    if "blob" not in item:
        return "tombstone", None, None
    policy = POLICIES.get(kind.removeprefix(STATE))
    if policy is None:
        return "of a policy that is not registered", None, None
    try:
        snapshot = codec.decode(bytes(item["blob"]["B"]), policy.feature_set)
    except (StateCorruptError, KeyError, TypeError) as error:
        why = str(error) if isinstance(error, StateCorruptError) else "the blob is not binary"
        return f"corrupt: {why}", None, None
    return "learned", snapshot.state.n, len(snapshot.rewarded)


def _plain(value: Mapping[str, Any]) -> str:
    ((kind, content),) = value.items()
    return str(content) if kind in {"N", "BOOL"} else f"({kind})"


def _number(item: Item, name: str) -> int | None:
    try:
        return int(item[name]["N"])
    except (KeyError, TypeError, ValueError):
        return None


def _moment(item: Item, name: str, per_second: int) -> datetime | None:
    number = _number(item, name)
    if not number or not math.isfinite(number):
        return None
    try:
        return datetime.fromtimestamp(number / per_second, UTC)
    except (OverflowError, OSError, ValueError):
        return None
