"""The thread that fills the lake."""

import base64
import contextlib
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from local.lake.following import Follower
from local.lake.plan import Delivery, Plan

FLUSH_S: Final = 10.0
"""How long a line waits for others at most, if the stack is not stopped before."""
_POLL_S: Final = 0.5
_MOST_BYTES: Final = 32_000_000

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Pending:
    """What waits to be written, of each delivery: the lines as they came, and the rows they are."""

    lines: list[bytes] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)


class Filling:
    """Fills the lake in the directory `root` from the logs in `logs`, from construction until `close`.

    `root` is laid out as the bucket is. `stored` is told the key of every object that was added to it, and puts it into
    the bucket.
    """

    def __init__(self, plan: Plan, *, logs: Path, root: Path, stored: Callable[[str], None]) -> None:
        self._root = root
        self._stored = stored
        self._follower = Follower(logs, root.with_suffix(".json"))
        self._pending: dict[str, list[tuple[Delivery, _Pending]]] = {}
        for delivery in plan.deliveries:
            self._pending.setdefault(delivery.log, []).append((delivery, _Pending()))
        self._bytes = 0
        self._since = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lake", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Add what the functions have written until now, and end."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(_POLL_S):
            self._step(last=False)
        self._step(last=True)

    def _step(self, *, last: bool) -> None:
        """Read, and write if it is time; what cannot be written is tried again, or found again by the next stack."""
        try:
            self._read()
            if self._bytes and (last or time.monotonic() - self._since >= FLUSH_S):
                self._write()
        except OSError as error:
            _log.warning("the lake cannot be filled: %s: %s", error.filename, error.strerror)
            self._since = time.monotonic()

    def _read(self) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        for log, deliveries in self._pending.items():
            for line in self._follower.lines(log):
                self._take(line, deliveries, now)
                if self._bytes >= _MOST_BYTES:
                    self._write()

    def _take(self, line: bytes, deliveries: Sequence[tuple[Delivery, _Pending]], now: str) -> None:
        parsed = _parsed(line)
        for delivery, pending in deliveries if parsed else ():
            if (row := delivery.row(parsed, now)) is not None:
                self._since = self._since if self._bytes else time.monotonic()
                self._bytes += len(line)
                pending.lines.append(line)
                pending.rows.append(row)

    def _write(self) -> None:
        """Add an object a table, of what fits, and one of what does not, then write down how far that was."""
        waiting = [each for deliveries in self._pending.values() for each in deliveries if each[1].rows]
        keys = [key for delivery, pending in waiting for key in _objects(delivery, pending, self._root)]
        self._follower.remember()
        for _, pending in waiting:
            pending.lines.clear()
            pending.rows.clear()
        self._bytes = 0
        for key in keys:
            self._stored(key)


def _parsed(line: bytes) -> dict[str, Any]:
    """A line of JSON; empty if it is none, as what an exception prints."""
    with contextlib.suppress(ValueError):
        parsed = json.loads(line) if line.startswith(b"{") else None
        return parsed if isinstance(parsed, dict) else {}
    return {}


def _objects(delivery: Delivery, pending: _Pending, root: Path) -> list[str]:
    """Write the objects of a delivery, and return their keys."""
    from local.lake.columns import parquet, schema  # noqa: PLC0415  Arrow takes a while, and no start waits for it here

    today, name = datetime.now(UTC).date(), uuid.uuid4().hex
    content, misfits = parquet(pending.rows, schema(delivery.columns))
    keys = []
    if content:
        keys.append(_put(root, delivery.key(today, f"part-{name}.parquet"), content))
    if misfits:
        lines = [_misfit(pending.lines[position], why) for position, why in misfits]
        keys.append(_put(root, delivery.error_key(today, f"{name}.json"), b"".join(lines)))
    return keys


def _misfit(line: bytes, why: str) -> bytes:
    """A line that fits no column, as Firehose writes it down."""
    arrival = {"attemptsMade": 1, "arrivalTimestamp": time.time_ns() // 1_000_000}
    reason = {"lastErrorCode": "DataFormatConversion.MalformedData", "lastErrorMessage": why}
    raw = {"rawData": base64.b64encode(line).decode("ascii")}
    return json.dumps({**arrival, **reason, **raw}).encode() + b"\n"


def _put(root: Path, key: str, content: bytes) -> str:
    """Write an object whole or not at all, and return its key."""
    path = root / key
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)
    return key
