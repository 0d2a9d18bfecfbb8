"""In-memory ports, for tests and simulation: the same use cases run on these."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tipbandit.contracts.events import Event
from tipbandit.decisions import KeyRing
from tipbandit.errors import ConflictError
from tipbandit.ports import ABSENT, Counter, Meanwhile, Record, nothing


@dataclass
class MemoryStateStore:
    """``ports.StateStore`` in dictionaries by (user id, policy key).

    Attributes:
        records: what is stored.
        expiries: when tombstones vanish, in Unix milliseconds.
        damaged: the records that were set aside, by the epoch of their tombstone too, and until when they are kept.
    """

    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    expiries: dict[tuple[str, str], int] = field(default_factory=dict)
    damaged: dict[tuple[str, str, int], tuple[Record, int]] = field(default_factory=dict)

    def read(
        self,
        user_id: str,
        policy: str,
        *,
        consistent: bool,  # noqa: ARG002  it always is
        meanwhile: Meanwhile = nothing,  # noqa: ARG002  there is no while
    ) -> Record:
        """See ``ports.StateStore.read``."""
        return self.records.get((user_id, policy), ABSENT)

    def read_all(self, user_id: str) -> Mapping[str, Record]:
        """See ``ports.StateStore.read_all``."""
        return {policy: record for (owner, policy), record in self.records.items() if owner == user_id}

    def replace(self, user_id: str, policy: str, *, old: Record, new: Record) -> None:
        """See ``ports.StateStore.replace``."""
        stored = self.records.get((user_id, policy), ABSENT)
        if (stored.ver, stored.epoch) != (old.ver, old.epoch):
            raise ConflictError("the stored state is not the one that was read")
        self.records[user_id, policy] = new
        self.expiries.pop((user_id, policy), None)

    def bury(self, user_id: str, tombstones: Mapping[str, tuple[Record, Record]], *, expires_at_ms: int) -> None:
        """See ``ports.StateStore.bury``."""
        for policy, (old, _) in tombstones.items():
            stored = self.records.get((user_id, policy), ABSENT)
            if (stored.ver, stored.epoch) != (old.ver, old.epoch):
                raise ConflictError("the stored state is not the one that was read")
        for policy, (_, new) in tombstones.items():
            self.records[user_id, policy] = new
            self.expiries[user_id, policy] = expires_at_ms

    def set_aside(  # noqa: PLR0913  see ports
        self, user_id: str, policy: str, *, old: Record, new: Record, keep_until_ms: int, expires_at_ms: int
    ) -> None:
        """See ``ports.StateStore.set_aside``."""
        self.bury(user_id, {policy: (old, new)}, expires_at_ms=expires_at_ms)
        self.damaged[user_id, policy, new.epoch] = (old, keep_until_ms)

    def expire(self, now_ms: int) -> None:
        """Drop the tombstones whose time has come, as the table's TTL does."""
        for key in [key for key, expiry in self.expiries.items() if expiry <= now_ms]:
            del self.records[key], self.expiries[key]


@dataclass(frozen=True)
class FixedKeys:
    """``ports.Keys`` that never change."""

    fixed: KeyRing

    def ring(self, *, holding: str | None = None) -> KeyRing:  # noqa: ARG002  there is only one
        """See ``ports.Keys.ring``."""
        return self.fixed


@dataclass
class ManualClock:
    """``ports.Clock`` that moves only when told, with reproducible chance."""

    ms: int = 1_790_000_000_000
    seed: int = 0
    drawn: int = 0

    def now_ms(self) -> int:
        """See ``ports.Clock.now_ms``."""
        return self.ms

    def monotonic(self) -> float:
        """See ``ports.Clock.monotonic``."""
        return self.ms / 1000

    def sleep(self, seconds: float) -> None:
        """Move the time on instead of waiting."""
        self.ms += max(1, round(seconds * 1000))

    def entropy(self, size: int) -> bytes:
        """See ``ports.Clock.entropy``."""
        self.drawn += 1
        return hashlib.shake_128(f"{self.seed}/{self.drawn}".encode()).digest(size)


@dataclass
class MemoryTelemetry:
    """``ports.Telemetry`` in lists."""

    events: list[Event] = field(default_factory=list)
    counts: dict[tuple[Counter, str], float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def event(self, event: Event) -> None:
        """See ``ports.Telemetry.event``."""
        self.events.append(event)

    def count(self, counter: Counter, about: str, value: float = 1) -> None:
        """See ``ports.Telemetry.count``."""
        self.counts[counter, about] = self.counts.get((counter, about), 0) + value

    def warn(self, code: str, error: Exception, about: Sequence[str]) -> None:  # noqa: ARG002  the code will do
        """See ``ports.Telemetry.warn``."""
        self.warnings.append(code)
