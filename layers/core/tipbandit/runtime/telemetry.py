"""Logs through Powertools, JSON lines with a correlation id, and CloudWatch's embedded metrics.

Events are data, whatever the log level is: their lines have Powertools' keys, but are written here, which takes a third
of the time, and without those that are the same on every line of a log group.

What callers send is never logged, save ids and numbers inside the contracted events; of an error, its type, code and
place are.
"""

import os
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aws_lambda_powertools import Logger
from pydantic_core import to_json

from tipbandit.contracts.events import Event
from tipbandit.errors import TipbanditError
from tipbandit.ports import Counter
from tipbandit.runtime import metrics

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
_SERVER_FAULT: Final = 500
_About = tuple[str, str]
"""A dimension of metrics and its value: a policy, or a prompt version."""
_NOBODY: Final[_About] = ("", "")


class LambdaTelemetry:
    """``ports.Telemetry`` in a Lambda function: one per environment, one invocation at a time."""

    def __init__(self) -> None:
        """Service, namespace and log level come from Powertools' own environment variables."""
        # On every line, so that a deployment in steps can tell the new version's answers from the old one's.
        self._version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        self._logger = Logger(json_serializer=_line, function_version=self._version)
        self._namespace = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "tipbandit")
        self._service = {"service": self._logger.service}
        self._counts: dict[_About, dict[str, float]] = defaultdict(dict)
        self._about = _NOBODY
        self._is_cold_start = True
        self._invocation: tuple[Mapping[str, Any], Any] | None = None

    def logging(self, handler: Handler) -> Handler:
        """Return ``handler`` with the invocation's ids on every log line."""

        def correlated(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  Lambda's own
            self._invocation = event, context
            return handler(event, context)

        return correlated

    def event(self, event: Event) -> None:
        """See ``ports.Telemetry.event``."""
        line: dict[str, Any] = {
            "level": "INFO",
            "message": event.event,
            "timestamp": _timestamp(time.time()),
            **self._service,
            "function_version": self._version,
            **self._ids(),
            "data": event,
        }
        sys.stdout.write(f"{to_json(line).decode()}\n")
        sys.stdout.flush()  # now: a process that is killed next has said it

    def count(self, counter: Counter, about: str, value: float = 1) -> None:
        """See ``ports.Telemetry.count``."""
        self._about = (counter.dimension, about)
        counts = self._counts[self._about]
        counts[counter] = counts.get(counter, 0) + value

    def warn(self, code: str, error: Exception, about: Sequence[str]) -> None:
        """See ``ports.Telemetry.warn``."""
        self._told().warning(code, extra={"about": list(about), "cause": _story(error)})

    def refused(self, status: int, code: str, error: Exception) -> None:
        """Log an error answer: a fault of ours as an error, a mistake of the caller's as information."""
        if status >= _SERVER_FAULT:
            self._told().error("refused", extra={"status": status, "code": code, "cause": _story(error)})
        else:
            self._told().info("refused", extra={"status": status, "code": code})

    def flush(self, *, latency_ms: float, fault: bool) -> None:
        """Publish the invocation's metrics: its counters, its latency, whether it was a cold start."""
        counts, self._counts = self._counts, defaultdict(dict)
        last, self._about = self._about, _NOBODY
        for about in counts.keys() | {last}:
            published = {name: (value, metrics.COUNT) for name, value in counts.get(about, {}).items()}
            if about == last:
                published["Latency"] = (latency_ms, metrics.MILLISECONDS)
                published["ColdStart"] = (int(self._is_cold_start), metrics.COUNT)
                published["Fault"] = (int(fault), metrics.COUNT)
            dimensions = ({} if about == _NOBODY else dict([about])) | self._service
            at_ms = time.time_ns() // 1_000_000
            sys.stdout.write(f"{metrics.line(self._namespace, dimensions, published, at_ms=at_ms)}\n")
        sys.stdout.flush()
        self._is_cold_start = False

    def _told(self) -> Logger:
        """Return the logger, told which invocation this is: few log anything but events, and need not pay for it."""
        if self._invocation is not None:
            self._logger.inject_lambda_context(_nothing)(*self._invocation)
            self._logger.append_keys(**self._ids())
        return self._logger

    def _ids(self) -> dict[str, Any]:
        """Return what every line says of its invocation."""
        if self._invocation is None:
            return {}
        event, context = self._invocation
        return {
            "cold_start": self._is_cold_start,
            "function_request_id": context.aws_request_id,
            "correlation_id": (event.get("requestContext") or {}).get("requestId"),
        }


def _nothing(_event: Mapping[str, Any], _context: object) -> None:
    """Handle nothing."""


def _timestamp(seconds: float) -> str:
    """Return a moment as Powertools writes it, in UTC."""
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(seconds))},{int(seconds * 1000) % 1000:03}+0000"


def _line(log: Mapping[str, Any]) -> str:
    """Return a log line; pydantic writes an event five times as fast as ``json`` does, without a copy in between."""
    return to_json(log, serialize_unknown=True).decode()


def _story(error: BaseException) -> dict[str, Any]:
    """Type, place and causes of an error; its words only where they are ours."""
    frames = traceback.extract_tb(error.__traceback__)
    cause = error.__cause__
    return {
        "type": type(error).__name__,
        "says": str(error) if isinstance(error, TipbanditError) else None,
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-4:]],
        "cause": None if cause is None else _story(cause),
    }
