"""When the load is too much, and what is said of it."""

from dataclasses import replace

from benchmarks.offered import verdict
from benchmarks.offered_generator import Answered
from benchmarks.offered_load import Step
from benchmarks.offered_processes import MACHINE, MOTO

_GOOD = Answered("score", ms=10.0, lag_ms=1.0, came="200", degraded=False)


def _step(answered: list[Answered], *, rate: float = 100.0, window_s: float = 1.0) -> Step:
    return Step(rate, rate, answered, window_s, {MOTO: 0.9, MACHINE: 1.5}, [1.0])


def test_a_stack_that_answers_all_in_time_keeps_up() -> None:
    """100 a second, for a second."""
    step = _step([_GOOD] * 100)
    assert step.achieved == 100
    assert not step.is_saturated


def test_answers_that_take_long_after_the_last_arrival_are_too_few_a_second() -> None:
    """100 in 1.1 s are 91 a second of 100: under 95 %."""
    assert _step([_GOOD] * 100, window_s=1.1).is_saturated


def test_two_slow_answers_in_a_hundred_are_too_many() -> None:
    """The 99th percentile is the slower one of them."""
    slow = replace(_GOOD, ms=1500.0)
    assert not _step([_GOOD] * 99 + [slow]).is_saturated
    assert _step([_GOOD] * 98 + [slow] * 2).is_saturated


def test_degraded_decisions_and_errors_are_wrong_and_more_than_one_in_a_hundred_is_too_much() -> None:
    """They are counted by what came; a degraded decision was answered, though."""
    degraded, failed = replace(_GOOD, degraded=True), replace(_GOOD, came="503")
    step = _step([_GOOD] * 99 + [degraded])
    assert step.wrong == {"degraded": 1}
    assert not step.is_saturated
    assert _step([_GOOD] * 98 + [degraded, failed]).is_saturated


def test_the_verdict_names_the_last_rate_that_was_kept_up_with_and_what_is_full() -> None:
    """Of two steps the second was too much."""
    last = replace(_step([_GOOD] * 50, rate=200.0), reads=[8.0])
    said = verdict([_step([_GOOD] * 100), last], 2)
    assert said.startswith(
        "- It keeps up with 100 requests a second. At 200 it saturates on the emulator moto: one thread"
    )
    assert "a read of the table takes 8.0 ms (p50); at 100 it took 1.0." in said


def test_a_load_that_never_was_too_much_says_so() -> None:
    """It is a lower bound then."""
    assert "did not saturate" in verdict([_step([_GOOD] * 100)], 2)
