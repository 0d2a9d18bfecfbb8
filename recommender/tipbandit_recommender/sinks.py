"""What a shadow said, and where that goes: log lines, a JSONL file, EventBridge.

A signal carries ids and numbers and nothing else: no text of a user's, no decision token, not even the id of the
shadow's own decision. What was decided by a shadow cannot be rewarded with what is kept of it.
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from tipbandit.contracts.fields import Identifier, Wire
from tipbandit.contracts.score import Ranked

MOST_ENTRIES: Final = 10
"""Of one ``put_events`` call."""
MOST_BYTES: Final = 256 * 1024
"""Of all entries of one ``put_events`` call together."""

_log = logging.getLogger(__name__)


class ShadowSignal(Wire):
    """What one shadow would have shown, beside what was shown. Never rewarded."""

    signal: str
    """Its name: "shadow:" and the shadow's."""
    schema_version: Literal[1] = 1
    decision_id: UUID
    """The decision that was shown."""
    user_id: Identifier
    policy: str
    """Key of the policy that was asked as a shadow."""
    tip_id: Identifier | None = None
    """The tip it chose; null where there is an error."""
    ranking: tuple[Ranked, ...] = ()
    """All candidates with the shadow's scores and propensities; empty where there is an error."""
    agrees: bool | None = None
    """Whether it chose the tip that was shown; null where there is an error."""
    degraded: bool | None = None
    """Whether it answered from the cold prior; null where there is an error."""
    latency_ms: float | None = None
    """How long its answer, or its error, took; null where it was not asked, its deadline having passed in the queue."""
    error: str | None = None
    """Null, "deadline" (no answer in time), "nonsense" (no answer to the question), or the exception's class."""


class Sink(Protocol):
    """Where signals go. It may raise whatever it likes: who observes is not told."""

    def publish(self, signal: ShadowSignal) -> None:
        """Take one signal; from several threads at a time."""

    def flush(self) -> None:
        """Send what was taken and not sent."""


class LogSink:
    """One line of JSON a signal, through ``logging``."""

    def __init__(self, logger: logging.Logger | None = None, level: int = logging.INFO) -> None:
        self._logger = logger or logging.getLogger("tipbandit_recommender.signals")
        self._level = level

    def publish(self, signal: ShadowSignal) -> None:
        """See ``Sink.publish``."""
        self._logger.log(self._level, "%s", signal.model_dump_json())

    def flush(self) -> None:
        """See ``Sink.flush``: nothing is held back."""


class JsonlSink:
    """One line of JSON a signal, appended to a file.

    The file is opened with O_APPEND and each line is one write, so lines of several threads and processes on one
    machine never mix (a network file system does not promise this). It is opened anew for each line: it may be rotated
    away at any time.

    Raises:
        OSError: from ``publish``, if the line could not be written whole.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def publish(self, signal: ShadowSignal) -> None:
        """See ``Sink.publish``."""
        line = f"{signal.model_dump_json()}\n".encode()
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            written = os.write(file, line)
        finally:
            os.close(file)
        if written != len(line):
            raise OSError(f"{written} of {len(line)} bytes of a signal were written to {self._path}")

    def flush(self) -> None:
        """See ``Sink.flush``: nothing is held back."""


class EventsClient(Protocol):
    """What is used of ``boto3.client("events")``."""

    def put_events(self, *, Entries: Sequence[Any]) -> Any:  # noqa: ANN401, N803  as boto3 has it
        """Put at most ten events on their buses."""


class EventBridgeSink:
    """Events on an EventBridge bus, ten a call at most: detail type is the signal's name, detail the signal.

    What the service refuses is counted (``failed``) and logged, and neither raised nor sent again: a signal is worth
    less than what a retry may delay. boto3 itself repeats calls that were throttled or did not get through.
    """

    def __init__(self, client: EventsClient, bus: str = "default", source: str = "tipbandit.recommender") -> None:
        self._client = client
        self._names = {"EventBusName": bus, "Source": source}
        self._entries: list[dict[str, str]] = []
        self._lock = Lock()
        self.sent = 0
        self.failed = 0

    def publish(self, signal: ShadowSignal) -> None:
        """See ``Sink.publish``: sent with the tenth, when no more fit into one call, or by ``flush``."""
        entry = {**self._names, "DetailType": signal.signal, "Detail": signal.model_dump_json()}
        with self._lock:
            full = self._take() if sum(map(_size, [*self._entries, entry])) > MOST_BYTES else []
            self._entries.append(entry)
            tenth = self._take() if len(self._entries) == MOST_ENTRIES else []
        self._send(full)
        self._send(tenth)

    def flush(self) -> None:
        """See ``Sink.flush``."""
        with self._lock:
            entries = self._take()
        self._send(entries)

    def _take(self) -> list[dict[str, str]]:
        entries, self._entries = self._entries, []
        return entries

    def _send(self, entries: list[dict[str, str]]) -> None:
        if not entries:
            return
        try:
            answer = self._client.put_events(Entries=entries)
            codes = [entry["ErrorCode"] for entry in answer["Entries"] if entry.get("ErrorCode")]
        except Exception as error:  # noqa: BLE001  whatever it is: counted and logged
            codes = [type(error).__name__] * len(entries)
        with self._lock:
            self.failed += len(codes)
            self.sent += len(entries) - len(codes)
        if codes:
            _log.warning("EventBridge refused %d of %d signals: %s", len(codes), len(entries), sorted(set(codes)))


def _size(entry: dict[str, str]) -> int:
    """Bytes as EventBridge counts them: the bus is not part of an event."""
    return sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))
