"""Who takes how much of the machine."""

import os
import time

import pytest

from benchmarks.offered_processes import (
    API,
    DYNALITE,
    GENERATOR,
    MACHINE,
    MOTO,
    Process,
    bottleneck,
    by_role,
    parsed,
    running,
)

_LISTED = [
    Process(10, 1, 5.0, "python -P -m benchmarks.offered_stack 4", "main"),
    Process(11, 10, 7.0, "python -P -m local.emulator 5", "main"),
    Process(12, 10, 2.0, "python -P /x/local/environment.py 6", "score"),
    Process(13, 10, 3.0, "python -P /x/local/environment.py 7", "score"),
    Process(14, 10, 1.0, "python -P /x/local/environment.py 8", "reward"),
    Process(15, 1, 4.0, "node /x/serve.js 9", "dynalite"),
    Process(16, 1, 0.5, "python -P -m benchmarks.offered_generator 3", "main"),
    Process(17, 1, 99.0, "somebody else's", "home"),
    Process(18, 2, 99.0, "python -P -m benchmarks.offered_stack 4", "main"),
]


def test_time_is_put_to_who_took_it_and_environments_of_a_function_are_added_up() -> None:
    """What another process has started, or what is none of ours, does not count."""
    expected = {API: 5.0, MOTO: 7.0, "score": 5.0, "reward": 1.0, DYNALITE: 4.0, GENERATOR: 0.5}
    assert by_role(_LISTED, 1) == expected


def test_the_name_of_a_process_may_hold_brackets_and_blanks() -> None:
    """The fields are counted from the last bracket on: state, parent, ... the 12th and 13th are ticks of CPU."""
    ticks = os.sysconf("SC_CLK_TCK")
    stat = f"42 (a) b (c)) S 7 0 0 0 0 0 0 0 0 0 {3 * ticks} {2 * ticks} 0 0"
    assert parsed(stat) == (7, 5.0)


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="there is no /proc here")  # noqa: PTH110  the same
def test_this_process_is_found_with_the_time_it_has_taken() -> None:
    """As the system itself counts it, in hundredths of a second, user and system apart."""
    before = time.process_time()
    (me,) = (each for each in running() if each.pid == os.getpid())
    assert me.parent == os.getppid()
    assert before - 0.03 <= me.seconds <= time.process_time() + 0.03


def test_a_single_thread_that_is_full_is_named_before_the_machine() -> None:
    """It would be no faster with more processors."""
    assert bottleneck({MOTO: 0.95, API: 0.3, MACHINE: 2.0}, 2) == "the emulator moto: one thread (0.95)"


def test_a_full_machine_says_who_fills_it_and_what_others_take() -> None:
    """Most first; what is next to nothing is left out."""
    said = bottleneck({MOTO: 0.5, "score": 0.6, API: 0.3, "stats": 0.0, MACHINE: 1.85}, 2)
    assert said == "all 2 processors of the machine (score 0.60, moto 0.50, others 0.45, API 0.30)"


def test_where_nothing_is_full_no_cause_is_named() -> None:
    """The most used one is not the cause for being that: it may wait for others."""
    said = bottleneck({MOTO: 0.73, API: 0.2, MACHINE: 1.5}, 2)
    assert said == "nothing that was full (moto 0.73, others 0.57, API 0.20): the figures do not say on what"
