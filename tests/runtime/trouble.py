"""What happens to an environment in the middle of a request, made where its DynamoDB answers."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from signal import SIGKILL, SIGSTOP, Signals

from tests.runtime.environment import Environment
from tests.runtime.stack import Stack
from tests.support.wire import forward, serving


@dataclass(frozen=True, slots=True)
class _Fate:
    carried_out: bool
    signal: Signals | None = None
    says: str = ""
    logged: str = ""


class Trouble(Enum):
    """All there is. What DynamoDB answers to the call is lost in each.

    Attributes of a value:
        carried_out: whether DynamoDB does what it is asked to.
        signal: what the process gets that runs the function.
        says: what the caller is told; nothing where the function lives and answers.
        logged: what the platform writes into the log.
    """

    KILLED_BEFORE = _Fate(carried_out=False, signal=SIGKILL, says="signal: killed", logged="exited: signal: killed")
    KILLED_AFTER = _Fate(carried_out=True, signal=SIGKILL, says="signal: killed", logged="exited: signal: killed")
    FROZEN_BEFORE = _Fate(carried_out=False, signal=SIGSTOP, says="timed out", logged="Reset initiated: Timeout")
    FROZEN_AFTER = _Fate(carried_out=True, signal=SIGSTOP, says="timed out", logged="Reset initiated: Timeout")
    CUT_OFF_BEFORE = _Fate(carried_out=False)
    CUT_OFF_AFTER = _Fate(carried_out=True)


@dataclass
class Troubled:
    """An environment, and the troubles that its next calls of one operation will meet; ``met`` says that one came."""

    environment: Environment
    due: deque[Trouble] = field(default_factory=deque)
    met: threading.Event = field(default_factory=threading.Event)

    def expect(self, trouble: Trouble) -> None:
        """Let the next call meet ``trouble``."""
        self.met.clear()
        self.due.append(trouble)

    def meet(self, request: bytes, endpoint: str) -> None:
        """Let a call meet what is due."""
        fate = self.due.popleft().value
        if fate.carried_out:
            forward(request, endpoint)
        if fate.signal is not None:
            self.environment.signal(fate.signal)
        self.met.set()


@contextmanager
def troubled(stack: Stack, name: str, operation: str, *, timeout_s: float) -> Iterator[Troubled]:
    """Run an environment of the function ``name`` that can meet trouble in DynamoDB's ``operation``."""
    target = f"x-amz-target: dynamodb_20120810.{operation}\r\n".lower().encode()
    made: list[Troubled] = []

    def respond(request: bytes) -> bytes | None:
        if target not in request.lower() or not made[0].due:
            return forward(request, stack.endpoint)
        made[0].meet(request, stack.endpoint)
        return None

    with serving(respond) as line, stack.environment(name, dynamodb=line.url, timeout_s=timeout_s) as environment:
        made.append(Troubled(environment))
        yield made[0]
