"""What each route answers while a dependency fails: every cell of the table, as it is promised."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.degraded.faults import Fault

AT_ONCE_S: Final = 0.5
"""No time-out runs out, or only those of /score, 0.25 s to connect and 0.1 s to hear."""
ONE_CALL_S: Final = 1.0
"""One time-out of the others, 0.5 s to connect or to hear, or a few slow calls."""
KEYS_S: Final = 3.0
"""2.5 s for the keys, or 2 s for a prompt; the same for three calls of a model, with pauses."""
TRIED_S: Final = 4.0
"""DEADLINE_MS, 3 s, and the last call that was begun by then."""
NO_MODEL_S: Final = 6.0
"""Three times 1 s to connect to a model, with pauses."""
MODEL_S: Final = 26.0
"""DEADLINE_MS of /generate, 25 s."""


@dataclass(frozen=True)
class Outcome:
    """What came of a request.

    Attributes:
        status: of HTTP.
        code: of the error; None where there is none.
        degraded: what the answer says about itself; None where it says nothing.
        applied: the same of a reward.
        retry_after: the header, None where there is none.
        changed: whether anything stored about the user is different now.
    """

    status: int
    code: str | None = None
    degraded: bool | None = None
    applied: bool | None = None
    retry_after: str | None = None
    changed: bool = False

    def __str__(self) -> str:
        said = [name for name, value in (("degraded", self.degraded), ("applied", self.applied)) if value]
        return " ".join([str(self.status), *([f"`{self.code}`"] if self.code else []), *said])


@dataclass(frozen=True)
class Cell:
    """One dependency that fails in one way, one route, and what is promised of its answer.

    Attributes:
        service: the dependency.
        fault: how it fails.
        route: who is asked.
        promised: the answer.
        limit_s: by the service's own deadlines, as they are deployed.
        is_warm: whether the environment had used the dependency before it failed, and what it knows is no longer fresh.
        fallback: whether /generate may have rules write the tips.
    """

    service: str
    fault: Fault
    route: str
    promised: Outcome
    limit_s: float
    is_warm: bool = False
    fallback: bool = True

    @property
    def name(self) -> str:
        """What the cell is called among the tests."""
        how = " warm" * self.is_warm + " without rules" * (not self.fallback)
        return f"{self.route}{how}: {self.service} {self.fault}"


UNAVAILABLE: Final = Outcome(503, "unavailable", retry_after="1")
CORRUPT: Final = Outcome(500, "state_corrupt")
DEGRADED: Final = Outcome(200, degraded=True)
NORMAL: Final = Outcome(200, degraded=False)
APPLIED: Final = Outcome(200, applied=True, changed=True)
RESET: Final = Outcome(200, changed=True)
UNKNOWN: Final = Outcome(503, "outcome_unknown", retry_after="1", changed=True)

_REFUSALS: Final = (Fault.REFUSED, Fault.HANGS_UP, Fault.THROTTLES, Fault.DENIES, Fault.FAILS, Fault.BABBLES)
"""What is heard at once."""
_SILENCES: Final = (Fault.UNREACHABLE, Fault.SILENT)
"""What is heard of by a time-out only."""


def cells() -> tuple[Cell, ...]:
    """Return all of them."""
    return (*_table(), *_keys(), *_prompts(), *_model())


def _table() -> Iterator[Cell]:
    service = "DYNAMODB"
    for fault in (*_REFUSALS, *_SILENCES):
        waits = fault in _SILENCES
        yield Cell(service, fault, "score", DEGRADED, AT_ONCE_S)
        yield Cell(service, fault, "stats", UNAVAILABLE, ONE_CALL_S if waits else AT_ONCE_S)
        yield Cell(service, fault, "reward", UNAVAILABLE, TRIED_S)
        yield Cell(service, fault, "reset", UNAVAILABLE, TRIED_S)
        yield Cell(service, fault, "generate", DEGRADED, ONE_CALL_S if waits else AT_ONCE_S)
    yield Cell(service, Fault.SLOW, "score", DEGRADED, AT_ONCE_S)
    yield Cell(service, Fault.SLOW, "stats", Outcome(200), AT_ONCE_S)
    yield Cell(service, Fault.SLOW, "reward", APPLIED, ONE_CALL_S)
    yield Cell(service, Fault.SLOW, "reset", RESET, ONE_CALL_S)
    yield Cell(service, Fault.SLOW, "generate", NORMAL, ONE_CALL_S)
    yield Cell(service, Fault.LIES, "score", DEGRADED, AT_ONCE_S)
    for route in ("stats", "reward", "reset"):
        yield Cell(service, Fault.LIES, route, CORRUPT, AT_ONCE_S)
    yield Cell(service, Fault.LOSES_WRITES, "reward", APPLIED, ONE_CALL_S)
    yield Cell(service, Fault.LOSES_WRITES, "reset", UNKNOWN, TRIED_S)
    yield Cell(service, Fault.LOSES_WRITES, "generate", DEGRADED, AT_ONCE_S)


def _keys() -> Iterator[Cell]:
    service = "SECRETS_MANAGER"
    for fault in (*_REFUSALS, *_SILENCES, Fault.DRIPPING, Fault.LIES):
        waits = fault in (*_SILENCES, Fault.DRIPPING, Fault.THROTTLES)
        for route in ("score", "reward"):
            yield Cell(service, fault, route, UNAVAILABLE, KEYS_S if waits else AT_ONCE_S)
    for fault in (Fault.SILENT, Fault.FAILS, Fault.DENIES, Fault.HANGS_UP, Fault.THROTTLES):
        yield Cell(service, fault, "score", NORMAL, AT_ONCE_S, is_warm=True)
        yield Cell(service, fault, "reward", APPLIED, AT_ONCE_S, is_warm=True)


def _prompts() -> Iterator[Cell]:
    service = "S3"
    for fault in (*_REFUSALS, *_SILENCES):
        waits = fault in (*_SILENCES, Fault.THROTTLES)
        yield Cell(service, fault, "generate", UNAVAILABLE, KEYS_S if waits else AT_ONCE_S)
    for fault in (Fault.SILENT, Fault.FAILS, Fault.DENIES, Fault.HANGS_UP, Fault.THROTTLES, Fault.BABBLES):
        waits = fault in (Fault.SILENT, Fault.THROTTLES)
        yield Cell(service, fault, "generate", NORMAL, KEYS_S if waits else AT_ONCE_S, is_warm=True)


def _model() -> Iterator[Cell]:
    service = "BEDROCK_RUNTIME"
    for fault in (*_REFUSALS, Fault.UNREACHABLE):
        final = fault in (Fault.DENIES, Fault.BABBLES)
        limit_s = AT_ONCE_S if final else NO_MODEL_S if fault is Fault.UNREACHABLE else KEYS_S
        yield Cell(service, fault, "generate", DEGRADED, limit_s)
    yield Cell(service, Fault.DENIES, "generate", UNAVAILABLE, AT_ONCE_S, fallback=False)
    for fault in (Fault.SILENT, Fault.DRIPPING):
        yield Cell(service, fault, "generate", DEGRADED, MODEL_S)
