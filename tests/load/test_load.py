"""Real processes, real contention: the service's promise over HTTP, with an API that dies on the way."""

from pathlib import Path

import pytest

from tests.load.__main__ import main
from tests.load.broken_environment import FORGETS, OVERWRITES
from tests.load.plan import plan
from tests.load.run import CRASHES, Account, lose_store, play
from tests.load.stack import BROKEN, Stack

PROCESSES = 3


def _broken(state: Path, fault: str) -> Account:
    return play(plan(1, 200), Stack(state, PROCESSES, (*BROKEN, fault)), processes=PROCESSES, faults={})


@pytest.mark.slow
def test_every_decision_is_learned_once_over_a_crash(tmp_path: Path) -> None:
    planned = plan(1, 200)
    account = play(planned, Stack(tmp_path, PROCESSES), processes=PROCESSES, faults={0.5: CRASHES[0.5]})
    assert account.verdict.problems == ()
    assert len(account.told) == len(planned.sends)
    assert account.answers["200"] == len(planned.sends)
    assert account.answers.total() > len(planned.sends), "nobody noticed the crash"


@pytest.mark.deep
@pytest.mark.parametrize("users", [1, 1_000])
def test_ten_thousand_rewards_are_learned_once_over_crashes(tmp_path: Path, users: int) -> None:
    account = play(plan(users, 10_000), Stack(tmp_path, 8), processes=16, faults=CRASHES)
    assert account.verdict.problems == ()
    assert account.verdict.distinct == 8_000


@pytest.mark.deep
def test_a_store_that_forgets_what_it_acknowledged_is_found_out(tmp_path: Path) -> None:
    account = play(plan(1, 200), Stack(tmp_path, PROCESSES), processes=PROCESSES, faults={0.5: lose_store})
    assert account.verdict.lost > 0
    assert not account.verdict.is_exact


@pytest.mark.deep
def test_a_learner_that_forgets_decisions_is_found_out(tmp_path: Path) -> None:
    account = _broken(tmp_path, FORGETS)
    assert account.verdict.doubled > 0
    assert not account.verdict.is_exact


@pytest.mark.deep
def test_a_store_whose_last_writer_wins_is_found_out(tmp_path: Path) -> None:
    account = _broken(tmp_path, OVERWRITES)
    assert account.verdict.lost > 0
    assert not account.verdict.is_exact


def test_a_run_that_cannot_succeed_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rewards", "30000"]) == 2
    assert capsys.readouterr().err == "error: a state remembers 4096 rewards: fewer rewards, or more users\n"


@pytest.mark.parametrize("wrong", [["--rewards", "0"], ["--users", "x"], ["--broken", "x"]])
def test_a_wrong_option_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(wrong)
    assert caught.value.code == 2
    assert wrong[0] in capsys.readouterr().err
