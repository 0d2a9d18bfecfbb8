"""A store whose calls go wrong as told: one view of it a request, over what is really stored."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tipbandit.adapters.memory import ManualClock, MemoryStateStore
from tipbandit.errors import ConflictError, StoreUnavailableError
from tipbandit.ports import ABSENT, Clock, Meanwhile, Record, nothing

STALE_FOR_MS: Final = 1000
"""How far an eventually consistent read may lag in these tests."""


class Fault(StrEnum):
    """What happens to one write."""

    NONE = "carried out and answered"
    THROTTLED = "refused before anything was done"
    FAILED = "not carried out, but the answer does not say so"
    LOST = "carried out, and the answer lost"
    LATE = "given up by the client, and carried out afterwards"


@dataclass(frozen=True)
class SkewedClock:
    """``ports.Clock`` of an environment whose clock is off by some milliseconds."""

    true: ManualClock
    skew_ms: int

    def now_ms(self) -> int:
        """See ``ports.Clock.now_ms``."""
        return self.true.now_ms() + self.skew_ms

    def monotonic(self) -> float:
        """See ``ports.Clock.monotonic``."""
        return self.true.monotonic()

    def sleep(self, seconds: float) -> None:
        """See ``ports.Clock.sleep``."""
        self.true.sleep(seconds)

    def entropy(self, size: int) -> bytes:
        """See ``ports.Clock.entropy``."""
        return self.true.entropy(size)


@dataclass
class Disk:
    """What is really stored, and the writes still on their way to it."""

    clock: ManualClock
    stored: MemoryStateStore
    late: list[Callable[[], None]] = field(default_factory=list)
    replaced: dict[tuple[str, str], tuple[Record, int]] = field(default_factory=dict)

    def land(self) -> None:
        """Let the late writes arrive."""
        late, self.late = self.late, []
        for write in late:
            write()

    def write(self, user_id: str, policies: Iterable[str], change: Callable[[], None]) -> None:
        """Carry out a change, and remember what it replaced for the reads that lag."""
        old = {policy: self.stored.read(user_id, policy, consistent=True) for policy in policies}
        change()
        self.replaced |= {(user_id, policy): (record, self.clock.now_ms()) for policy, record in old.items()}

    def lagging(self, user_id: str, policy: str) -> Record:
        """Return what a read that lags may see."""
        old, at_ms = self.replaced.get((user_id, policy), (ABSENT, -STALE_FOR_MS))
        if self.clock.now_ms() - at_ms < STALE_FOR_MS:
            return old
        return self.stored.read(user_id, policy, consistent=True)


@dataclass
class FaultyStore:
    """``ports.StateStore`` as one request meets it.

    Attributes:
        disk: what is really stored.
        clock: the clock of the request's environment, which may wait.
        failing_reads: how many reads fail first.
        lags: whether eventually consistent reads lag.
        faults: what happens to the first, second ... write; then all goes well.
        meanwhile: what others do just before the first, second ... write.
        committed: told of each write that is carried out.
        has_written: whether one was carried out while the request waited.
        is_ambiguous: whether the request was left in doubt about a write.
    """

    disk: Disk
    clock: Clock
    committed: Callable[[], None] = lambda: None
    failing_reads: int = 0
    lags: bool = False
    faults: deque[Fault] = field(default_factory=deque)
    meanwhile: deque[Callable[[], object]] = field(default_factory=deque)
    has_written: bool = False
    is_ambiguous: bool = False

    def read(self, user_id: str, policy: str, *, consistent: bool, meanwhile: Meanwhile = nothing) -> Record:
        """See ``ports.StateStore.read``."""
        self._fail_to_read()
        meanwhile()
        if self.lags and not consistent:
            return self.disk.lagging(user_id, policy)
        return self.disk.stored.read(user_id, policy, consistent=consistent)

    def read_all(self, user_id: str) -> Mapping[str, Record]:
        """See ``ports.StateStore.read_all``."""
        self._fail_to_read()
        return self.disk.stored.read_all(user_id)

    def replace(self, user_id: str, policy: str, *, old: Record, new: Record) -> None:
        """See ``ports.StateStore.replace``."""

        def change() -> None:
            self.disk.stored.replace(user_id, policy, old=old, new=new)

        self._write(lambda: self.disk.write(user_id, [policy], change))

    def bury(self, user_id: str, tombstones: Mapping[str, tuple[Record, Record]], *, expires_at_ms: int) -> None:
        """See ``ports.StateStore.bury``."""

        def change() -> None:
            self.disk.stored.bury(user_id, tombstones, expires_at_ms=expires_at_ms)

        self._write(lambda: self.disk.write(user_id, tombstones, change))

    def set_aside(  # noqa: PLR0913  see ports
        self, user_id: str, policy: str, *, old: Record, new: Record, keep_until_ms: int, expires_at_ms: int
    ) -> None:
        """See ``ports.StateStore.set_aside``."""

        def change() -> None:
            self.disk.stored.set_aside(
                user_id, policy, old=old, new=new, keep_until_ms=keep_until_ms, expires_at_ms=expires_at_ms
            )

        self._write(lambda: self.disk.write(user_id, [policy], change))

    def _fail_to_read(self) -> None:
        if self.failing_reads:
            self.failing_reads -= 1
            raise StoreUnavailableError("no answer")

    def _write(self, write: Callable[[], None]) -> None:
        if self.meanwhile:
            self.meanwhile.popleft()()
        fault = self.faults.popleft() if self.faults else Fault.NONE
        if fault is Fault.THROTTLED:
            raise StoreUnavailableError("throttled")
        if fault is Fault.LATE:
            self.disk.late.append(lambda: self._arrive(write))
        elif fault is not Fault.FAILED:
            write()
            self.has_written = True
            self.committed()
        if fault is not Fault.NONE:
            self.is_ambiguous = True
            raise StoreUnavailableError("no answer", maybe_committed=True)

    def _arrive(self, write: Callable[[], None]) -> None:
        try:
            write()
        except ConflictError:
            return  # too late
        self.has_written = True
        self.committed()
