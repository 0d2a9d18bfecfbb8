"""The table of the arithmetic benchmark: who counts as the fastest, and when a goal is met."""

import importlib
from typing import Any

import pytest

for _library in ("coba", "mabwiser"):
    pytest.importorskip(_library, reason="what the benchmarks race against: the group peers")

arithmetic = importlib.import_module("benchmarks.arithmetic")
jobs = importlib.import_module("benchmarks.arithmetic_jobs")
timing = importlib.import_module("benchmarks.timing")


def _result(goal: float | None, **microseconds: float) -> Any:  # noqa: ANN401
    """A job done in the same time in each of four rounds."""
    names = {"ours": jobs.OURS, "by_hand": jobs.BY_HAND}
    times = {names.get(who, who): timing.Times((taken,) * 4) for who, taken in microseconds.items()}
    return arithmetic.Result(jobs.Job("job", {}, goal), times)


def test_a_row_by_hand() -> None:
    """Ours 10, by hand 8: 1.25. The fastest of the others takes 70: seven times ours."""
    found = _result(7.0, ours=10.0, by_hand=8.0, slow=90.0, fast=70.0)
    assert found.cells() == ["job", "10.0", "0%", "8.0", "1.25", "70", "fast", "7.0", "7", "met"]


def test_a_goal_that_is_nearly_met_is_missed() -> None:
    assert _result(7.0, ours=10.0, by_hand=8.0, fast=69.9).cells()[-1] == "MISSED"


def test_a_job_without_a_goal_has_no_verdict() -> None:
    assert _result(None, ours=10.0, by_hand=8.0, fast=20.0).cells()[-2:] == ["", ""]


def test_the_verdicts_count_what_is_met_and_what_by_hand_would_meet() -> None:
    """Of three goals one is met; of the other two by hand would meet the one where it takes a fifth of ours."""
    results = [
        _result(7.0, ours=10.0, by_hand=10.0, fast=80.0),
        _result(7.0, ours=10.0, by_hand=9.0, fast=60.0),
        _result(7.0, ours=10.0, by_hand=2.0, fast=60.0),
        _result(None, ours=10.0, by_hand=10.0, fast=1.0),
    ]
    said = arithmetic.verdicts(results)
    assert "1 of 3 met; by hand meets 2." in said
    assert "MISSED by job (5.00)" in said


def test_what_a_later_run_is_held_against_is_smaller_where_ours_is_faster() -> None:
    """Ours over by hand, 1.25, and ours over the fastest of the others, 1/7."""
    found = arithmetic.ratios([_result(7.0, ours=10.0, by_hand=8.0, fast=70.0)])
    assert found == {"job / by hand": 1.25, "job / fastest peer": pytest.approx(1 / 7)}


@pytest.fixture(scope="module")
def listed() -> list[Any]:
    return list(jobs.jobs())


def test_every_job_has_its_name_and_can_be_done_by_all(listed: list[Any]) -> None:
    """Each is done twice: a round goes on from where it was."""
    names = [job.name for job in listed]
    assert len(set(names)) == len(names)
    for job in listed:
        assert {jobs.OURS, jobs.BY_HAND} < set(job.pieces)
        for piece in job.pieces.values():
            piece()
            piece()


def test_goals_are_those_that_were_set(listed: list[Any]) -> None:
    """Seven from lists, eleven from arrays, ten for epsilon-greedy, five to learn, sixteen a round, ten to keep."""
    goals = {job.name: job.goal for job in listed}
    for k in (10, 50, 100, 1000):
        assert goals[f"lists, choose linucb, K={k}, D=12"] == 7
        assert goals[f"choose linucb, K={k}, D=12"] == 11
    for dim in (7, 12):
        assert goals[f"choose egreedy, K=10, D={dim}"] == goals[f"round egreedy, K=10, D={dim}"] == 10
        assert (goals[f"learn, D={dim}"], goals[f"round linucb, K=10, D={dim}"]) == (5, 16)
        assert goals[f"dump + load, D={dim}"] == 10
