"""Many rewards for one user at the same time, event by event: the real pauses against a table in simulated time.

What races is what `usecases.attempts.settled` does: read the item, learn, write it if its version is unchanged, pause
after a conflict or a refusal, until the deadline. A call takes a lognormal time and happens, at the table, at a uniform
moment of it. A write is paid by the size of the item, whether its condition holds or not, and a partition carries only
so many units a second: beyond them the table refuses.
"""

import heapq
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from tipbandit.ports import Clock
from tipbandit.usecases.attempts import attempts

DEADLINE_S: Final = 3.0
Rule = Callable[[Clock, float], Iterator[int]]
"""What `attempts` is: yields before each attempt, and pauses by the clock in between."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one call to the table takes: lognormal, and once in a while many times as long.

    Attributes:
        median_s: half of the calls are faster.
        sigma: standard deviation of the logarithm; 0.275 has 95 % of the calls within a factor of 1.7.
        slow: the share of calls that are slow.
        slower: how many times as long those take.
    """

    median_s: float = 0.00346
    sigma: float = 0.275
    slow: float = 0.0
    slower: float = 10.0

    def draw(self, rng: random.Random) -> float:
        """Return the time of one call, in seconds."""
        factor = self.slower if rng.random() < self.slow else 1.0
        return self.median_s * factor * rng.lognormvariate(0.0, self.sigma)


LATENCY: Final = Latency()
"""95 % of the calls within 2 to 6 ms."""
LEARN_S: Final = 0.0005
"""Between the answer of the read and the write: decode, learn, encode, sign."""


UNITS_A_SECOND: Final = 1000
"""Write units that one partition carries, and so one item; what it saved up lasts for a second here."""


@dataclass(slots=True)
class _Partition:
    """What the table has of the item: its version, and the units it may be written with.

    Attributes:
        units: of one write; 1 for each KiB begun.
    """

    units: int
    version: int = 0
    left: float = UNITS_A_SECOND
    at_s: float = 0.0

    def admits(self, now_s: float) -> bool:
        """Take the units of one write, if they are to be had."""
        self.left = min(UNITS_A_SECOND, self.left + (now_s - self.at_s) * UNITS_A_SECOND)
        self.at_s = now_s
        if self.left < self.units:
            return False
        self.left -= self.units
        return True


@dataclass(slots=True)
class _Clock:
    """One writer's ``ports.Clock``: to sleep is to move its own time on."""

    rng: random.Random
    now_s: float

    def now_ms(self) -> int:
        return round(self.now_s * 1000)

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def entropy(self, size: int) -> bytes:
        return self.rng.randbytes(size)


@dataclass(slots=True)
class _Writer:
    """One request: when it came, its clock, its tries, the version it read."""

    began_s: float
    clock: _Clock
    tries: Iterator[int]
    seen: int = 0
    lands_s: float = 0.0
    """When the answer of the write under way arrives."""


@dataclass(slots=True)
class Race:
    """What became of the writers: of each that succeeded its seconds, and the writes that all of them made."""

    writers: int = 0
    writes: int = 0
    refused: int = 0
    """Writes beyond what the partition carries; they cost nothing."""
    seconds: list[float] = field(default_factory=list)

    @property
    def succeeded(self) -> float:
        """The share of the writers that made it in time."""
        return len(self.seconds) / self.writers

    @property
    def writes_each(self) -> float:
        """Conditional writes, failed ones too, for each that was applied: what is paid for one reward."""
        return self.writes / max(1, len(self.seconds))

    def quantile(self, share: float) -> float:
        """Return the time within which a share of those that made it did, in seconds."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    def __iadd__(self, other: "Race") -> Self:
        """Add another race's writers."""
        self.writers, self.writes = self.writers + other.writers, self.writes + other.writes
        self.refused += other.refused
        self.seconds += other.seconds
        return self


def race(  # noqa: PLR0913  what makes a race
    begins: Sequence[float],
    rng: random.Random,
    *,
    units: int = 1,
    rule: Rule = attempts,
    latency: Latency = LATENCY,
    within_s: float = DEADLINE_S,
) -> Race:
    """Let one writer begin at each of some moments, in seconds, all of them on one item of so many ``units``."""
    outcome, item, agenda = Race(writers=len(begins)), _Partition(units), _Agenda(rng, latency)
    for began in begins:
        clock = _Clock(rng, began)
        agenda.add_attempt(_Writer(began, clock, rule(clock, within_s)))
    while agenda.events:
        now_s, writer, is_write = agenda.next()
        if not is_write:
            writer.seen = item.version
            agenda.add_write(writer)
            continue
        writer.clock.now_s = writer.lands_s
        if _is_applied(item, writer, now_s, outcome):
            outcome.seconds.append(writer.lands_s - writer.began_s)
        else:
            agenda.add_attempt(writer)
    return outcome


def _is_applied(item: _Partition, writer: _Writer, now_s: float, outcome: Race) -> bool:
    """Make a conditional write."""
    if not item.admits(now_s):
        outcome.refused += 1
        return False
    outcome.writes += 1
    if writer.seen != item.version:
        return False
    item.version += 1
    return True


@dataclass(slots=True)
class _Agenda:
    """What will happen at the table, in order of time."""

    rng: random.Random
    latency: Latency
    events: list[tuple[float, int, _Writer, bool]] = field(default_factory=list)
    added: int = 0

    def next(self) -> tuple[float, _Writer, bool]:
        """Take the next event: when, whose it is, and whether it is a write."""
        now_s, _, writer, is_write = heapq.heappop(self.events)
        return now_s, writer, is_write

    def add_attempt(self, writer: _Writer) -> None:
        """Have a writer pause, if this is not its first attempt, and read; unless its time is over."""
        if next(writer.tries, None) is not None:
            self._add(writer, is_write=False)

    def add_write(self, writer: _Writer) -> None:
        """Have a writer write what it learned from what it has read."""
        writer.clock.now_s = writer.lands_s + LEARN_S
        self._add(writer, is_write=True)

    def _add(self, writer: _Writer, *, is_write: bool) -> None:
        took = self.latency.draw(self.rng)
        writer.lands_s = writer.clock.now_s + took
        self.added += 1
        heapq.heappush(self.events, (writer.clock.now_s + self.rng.random() * took, self.added, writer, is_write))
