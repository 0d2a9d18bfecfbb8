"""The stand-ins that ship with the package: tombstones that expire, a clock that moves when told, what was reported."""

from typing import Final

from tipbandit.adapters.memory import FixedKeys, ManualClock, MemoryStateStore, MemoryTelemetry
from tipbandit.contracts.events import ResetEvent
from tipbandit.decisions import KeyRing
from tipbandit.errors import StoreUnavailableError
from tipbandit.ports import ABSENT, Counter, Record

POLICY: Final = "linucb/v1"
TOMBSTONE: Final = Record(blob=None, ver=1, epoch=5, updated_at_ms=5)
TAUGHT: Final = Record(blob=b"taught", ver=2, epoch=5, updated_at_ms=6)


def test_a_tombstone_vanishes_at_its_time_and_not_before() -> None:
    store = MemoryStateStore()
    store.bury("ann", {POLICY: (ABSENT, TOMBSTONE)}, expires_at_ms=100)
    store.expire(99)
    assert store.read("ann", POLICY, consistent=True) == TOMBSTONE
    store.expire(100)
    assert store.read("ann", POLICY, consistent=True) == ABSENT


def test_a_state_written_over_a_tombstone_does_not_vanish() -> None:
    store = MemoryStateStore()
    store.bury("ann", {POLICY: (ABSENT, TOMBSTONE)}, expires_at_ms=100)
    store.replace("ann", POLICY, old=TOMBSTONE, new=TAUGHT)
    store.expire(1000)
    assert store.read("ann", POLICY, consistent=True) == TAUGHT


def test_a_manual_clock_moves_when_told_and_always_when_it_sleeps() -> None:
    clock = ManualClock(ms=1000)
    assert (clock.now_ms(), clock.monotonic()) == (1000, 1.0)
    clock.sleep(0.25)
    assert clock.now_ms() == 1250
    clock.sleep(0.0)
    assert clock.now_ms() == 1251


def test_manual_chance_is_new_at_each_draw_and_the_same_in_each_run() -> None:
    first, second, other = ManualClock(), ManualClock(), ManualClock(seed=1)
    drawn = [first.entropy(10) for _ in range(100)]
    assert len(set(drawn)) == 100
    assert drawn == [second.entropy(10) for _ in range(100)]
    assert other.entropy(10) not in drawn


def test_fixed_keys_are_always_the_same_ring() -> None:
    ring = KeyRing("k1", {"k1": "k" * 32})
    assert FixedKeys(ring).ring() is ring
    assert FixedKeys(ring).ring(holding="unknown") is ring


def test_what_was_reported_is_kept() -> None:
    telemetry = MemoryTelemetry()
    event = ResetEvent(user_id="ann", epoch=5, policies=(POLICY,))
    telemetry.event(event)
    telemetry.count(Counter.APPLIED, POLICY)
    telemetry.count(Counter.APPLIED, POLICY, 2)
    telemetry.warn("store_unavailable", StoreUnavailableError("down"), [POLICY])
    assert telemetry.events == [event]
    assert telemetry.counts == {(Counter.APPLIED, POLICY): 3}
    assert telemetry.warnings == ["store_unavailable"]
