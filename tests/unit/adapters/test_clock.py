"""The system's time and chance."""

import time

from tipbandit.adapters.clock import SystemClock


def test_now_is_the_unix_time_in_milliseconds() -> None:
    before = int(time.time() * 1000)
    now = SystemClock().now_ms()
    assert before <= now <= int(time.time() * 1000) + 1


def test_monotonic_time_does_not_run_backwards_and_passes_while_sleeping() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0.001)
    assert clock.monotonic() > before


def test_entropy_is_new_each_time_and_as_long_as_asked() -> None:
    clock = SystemClock()
    drawn = {clock.entropy(10) for _ in range(1000)}
    assert len(drawn) == 1000
    assert {len(each) for each in drawn} == {10}
