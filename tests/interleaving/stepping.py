"""Threads of which one runs at a time, and only when told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any, Final

from tests.exactly_once.faults import SkewedClock

_PATIENCE_S: Final = 60.0


class CrashError(BaseException):
    """The environment dies: nothing in it may catch this."""


def _taken() -> Any:  # noqa: ANN401  its class is a function's name in this Python
    """Return a lock that somebody else has to release: a fraction of what a semaphore costs."""
    lock = Lock()
    lock.acquire()
    return lock


@dataclass
class Stepped:
    """Work that stops at every ``wait`` until it is let go on; ``at`` is what it waits at, None once it has ended."""

    work: Callable[[], None]
    at: object = None
    _word: str = ""
    _go: Any = field(default_factory=_taken)
    _back: Any = field(default_factory=_taken)

    def start(self) -> None:
        """Run to the first wait, or to the end."""
        Thread(target=self._run, daemon=True).start()
        self._await()

    def resume(self, word: str) -> None:
        """Say ``word`` to the one waiting, and run to its next wait, or to the end."""
        self._word = word
        self._go.release()
        self._await()

    def wait(self, at: object) -> str:
        """Wait, inside the work; return the word that is said."""
        self.at = at
        self._back.release()
        self._go.acquire()
        self.at = None
        return self._word

    def _await(self) -> None:
        if not self._back.acquire(timeout=_PATIENCE_S):
            raise TimeoutError("a client neither waits nor ends")

    def _run(self) -> None:
        try:
            self.work()
        except CrashError:
            pass
        finally:
            self.at = None
            self._back.release()


@dataclass(frozen=True)
class Sleep:
    """A wait for nothing but time."""

    until_ms: int


@dataclass(frozen=True)
class SteppedClock(SkewedClock):
    """``ports.Clock`` of an environment, in which sleeping is waiting to be let go on."""

    wait: Callable[[object], str]

    def sleep(self, seconds: float) -> None:
        """Wait; by the time it is let go on, at least that much has passed."""
        until_ms = self.true.ms + max(1, round(seconds * 1000))
        if self.wait(Sleep(until_ms)) == "crash":
            raise CrashError
        self.true.ms = max(self.true.ms, until_ms)
