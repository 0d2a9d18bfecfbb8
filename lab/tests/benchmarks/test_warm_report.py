"""What is said of what was measured on the warm path."""

import pytest

from benchmarks.warm import around, own, ratios, staged, verdict
from benchmarks.warm_course import OPERATIONS, Measured, name_of_call
from benchmarks.warm_requests import ARMS, CASES, GOAL, PLAYED, Case

_READ = {"GetItem": [1.0, 2.0, 3.0], "consistent GetItem": [1.0, 1.0, 1.0], "PutItem": [2.0, 2.0, 2.0]}


def _measured(goal: list[float], slowest: float = 5.0) -> Measured:
    return Measured(
        emulator="dynalite",
        invoker={case.name: [4.0, 5.0, slowest] for case in CASES},
        handler={case.name: goal if case == GOAL else [4.0, 4.0, 4.0] for case in CASES},
        bare={Case(PLAYED[-1], arms).name: [0.5, 0.5, 0.5] for arms in ARMS},
        calls={name_of_call(operation, policy): _READ[operation] for operation in OPERATIONS for policy in PLAYED},
        client={},
        astray=0,
    )


def test_a_scores_own_part_is_what_is_left_of_each_round_without_its_read() -> None:
    """1.4 - 1, 2.3 - 2 and 4.5 - 3: 0.4, 0.3, 1.5; the median is 0.4."""
    assert own(_measured([1.4, 2.3, 4.5]), GOAL) == pytest.approx(0.4)


def test_a_rewards_own_part_is_without_a_consistent_read_and_a_write() -> None:
    """4 - 1 - 2."""
    assert own(_measured([1.0, 1.0, 1.0]), Case("egreedy/v2")) == pytest.approx(1.0)


def test_around_a_function_is_what_neither_the_bare_handler_nor_the_function_took() -> None:
    """4 - 0.5 - 4, 5 - 0.5 - 4, 5 - 0.5 - 4: the median is 0.5."""
    assert around(_measured([1.0, 1.0, 1.0]), Case("linucb/v1", 10)) == pytest.approx(0.5)


def test_goals_are_met_up_to_their_bounds() -> None:
    """0.5 ms is met; so is anything below 10 ms."""
    said = verdict(_measured([1.5, 2.5, 3.5], slowest=9.99))
    assert said.count("met") == 2
    assert "MISSED" not in said


def test_a_goal_that_is_missed_says_by_what() -> None:
    """The own part is 0.6; the slowest of three is the 99th percentile."""
    said = verdict(_measured([1.6, 2.6, 3.6], slowest=12.0))
    assert "MISSED, 0.60" in said
    assert "/reward D=7 (12.0, invoker)" in said


def test_another_run_is_compared_by_reads_of_the_same_run() -> None:
    """The own part of 0.4 ms over a read of 2 ms."""
    assert ratios(_measured([1.4, 2.3, 4.5]))["/score K=50, D=12, own / GetItem"] == pytest.approx(0.2)


def test_stages_have_their_share_of_what_was_watched() -> None:
    """30 and 10 of 40; the whole that nobody watched has none."""
    report = staged({"all of it": [38.0], "validation": [30.0], "logging": [10.0]})
    assert [row[-1] for row in report.rows] == ["", "75%", "25%"]
