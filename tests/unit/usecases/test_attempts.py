"""Trying again: full jitter, inside a deadline."""

from dataclasses import dataclass, field
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipbandit.adapters.memory import ManualClock
from tipbandit.usecases.attempts import FIRST_PAUSE_S, LONGEST_PAUSE_S, attempts

_CHANCES = st.binary(min_size=1, max_size=4).filter(lambda chance: chance[0] > 0)
"""Not so small that a second holds millions of pauses."""


@dataclass
class _Stopwatch:
    """A clock that writes down its pauses; ``chance`` decides how long each is."""

    chance: bytes
    now_s: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def now_ms(self) -> int:
        return round(self.now_s * 1000)

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_s += seconds

    def entropy(self, size: int) -> bytes:
        return (self.chance * size)[:size]


def test_the_longest_pauses_double_up_to_a_third_of_a_second() -> None:
    """0.02 * 2^k for k = 1, 2, ...: 0.04, 0.08, 0.16, 0.32, and then no longer."""
    clock = _Stopwatch(b"\xff")
    tries = list(attempts(clock, 2.0))
    assert clock.pauses[:6] == pytest.approx([0.04, 0.08, 0.16, 0.32, 0.32, 0.32])
    assert tries == list(range(len(clock.pauses) + 1))


def test_half_the_chance_is_half_the_pause() -> None:
    clock = _Stopwatch(b"\x80\x00\x00\x00")
    list(attempts(clock, 0.2))
    assert clock.pauses == [0.02, 0.04, 0.08]


def test_very_many_short_pauses_in_a_row_do_no_harm() -> None:
    """Two to the power of a thousand and more is no double."""
    tries = islice(attempts(_Stopwatch(b"\x00\x00\x00\x01"), 1.0), 2_000)
    assert list(tries) == list(range(2_000))


@pytest.mark.parametrize("within_s", [0.0, -1.0, 1e-9, FIRST_PAUSE_S])
def test_there_is_one_attempt_even_where_there_is_no_time(within_s: float) -> None:
    clock = _Stopwatch(b"\xff")
    assert list(attempts(clock, within_s)) == [0]
    assert clock.pauses == []


@given(_CHANCES, st.floats(0, 3))
def test_no_attempt_starts_after_the_deadline(chance: bytes, within_s: float) -> None:
    clock = _Stopwatch(chance)
    started = [clock.now_s for _ in attempts(clock, within_s)]
    assert started[0] == 0
    assert all(moment < within_s for moment in started[1:])
    assert clock.now_s <= within_s


@given(_CHANCES, st.floats(0, 3))
def test_a_pause_is_shorter_than_its_bound(chance: bytes, within_s: float) -> None:
    clock = _Stopwatch(chance)
    list(attempts(clock, within_s))
    bounds = [min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(k, 10)) for k in range(1, len(clock.pauses) + 1)]
    assert all(0 <= pause < bound for pause, bound in zip(clock.pauses, bounds, strict=True))


def test_the_time_the_work_takes_counts() -> None:
    """Each attempt takes 0.4 s, the pauses 0.02 and 0.04: at 0, 0.42 and 0.86; a fourth would be after the 1 s."""
    clock, started = _Stopwatch(b"\x80\x00\x00\x00"), []
    for _ in attempts(clock, 1.0):
        started.append(clock.now_s)
        clock.now_s += 0.4
    assert started == pytest.approx([0, 0.42, 0.86])


def test_writers_that_met_once_pause_differently() -> None:
    """They draw from the entropy of their own machine."""
    ends = []
    for seed in range(10):
        clock = ManualClock(seed=seed)
        list(attempts(clock, 0.5))
        ends.append((clock.drawn, clock.ms))
    assert len(set(ends)) > 5
