"""A design of the write path: the adapter and the use cases that a schedule sets to work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tests.exactly_once.verdicts import WINDOW_MS
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.contracts.reset import ResetRequest, ResetResponse
from tipbandit.ports import Clock, StateStore, Telemetry
from tipbandit.usecases.learning import Learner
from tipbandit.usecases.reset import Reset


class Resetting(Protocol):
    """The use case behind POST /reset, or a broken one."""

    def __call__(self, request: ResetRequest, *, within_s: float) -> ResetResponse:
        """See ``Reset``."""
        ...


def _learner(store: StateStore, clock: Clock) -> Learner:
    return Learner(store, clock, WINDOW_MS)


def _reset(store: StateStore, clock: Clock, telemetry: Telemetry) -> Resetting:
    return Reset(store, clock, telemetry, WINDOW_MS)


@dataclass(frozen=True)
class Design:
    """What makes the ``store`` from a table's name and an SDK client, what teaches, and what resets."""

    store: Callable[[str, Any], StateStore] = DynamoStateStore
    learner: Callable[[StateStore, Clock], Learner] = _learner
    reset: Callable[[StateStore, Clock, Telemetry], Resetting] = _reset


SOUND = Design()
"""The service's own."""
