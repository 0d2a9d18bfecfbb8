"""Wherever the items of a run are played, the tables are the same, and what goes wrong is said once."""

import multiprocessing
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from tipbandit_lab.errors import RunError
from tipbandit_lab.personas import personas
from tipbandit_lab.plan import Plan
from tipbandit_lab.players import PlayerFactory
from tipbandit_lab.results import load
from tipbandit_lab.runs import run
from tipbandit_lab.tables import TABLES
from tipbandit_lab.workers import Processes, WorkError, work
from tipbandit_lab.world import Setting

SETTING = Setting(users=2, days=2, moments_a_day=2, candidates=3)
NEW = next(each.name for each in personas().values() if not each.past_days)

# Every process can import these.
UNABLE = cast("PlayerFactory", partial(int, "seven"))
DEADLY = cast("PlayerFactory", os._exit)


def planned(seeds: Sequence[int] = (0, 1, 2)) -> Plan:
    return Plan.named(["egreedy/v2", "random"], [NEW], seeds=seeds, setting=SETTING)


def test_processes_play_the_same_and_are_gone_afterwards(tmp_path: Path) -> None:
    run(planned(), tmp_path / "here")
    run(planned(), tmp_path / "there", executor=Processes(2))
    here, there = load(tmp_path / "here"), load(tmp_path / "there")
    assert all(getattr(here, name).equals(getattr(there, name)) for name in TABLES)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("factory", "message"),
    [(UNABLE, "ValueError: invalid literal for int"), (DEADLY, "a worker process died")],
)
def test_a_worker_that_fails_or_dies_ends_the_run_with_one_error(
    tmp_path: Path, factory: PlayerFactory, message: str
) -> None:
    broken = replace(planned(), players={"broken": factory})
    with pytest.raises(RunError, match=message):
        run(broken, tmp_path, executor=Processes(2))


def test_a_worker_of_other_code_plays_nothing() -> None:
    with pytest.raises(WorkError, match="the worker's code is not that of the run"):
        work(planned(), planned().items[0], "0123456789abcdef")


def test_workers_do_not_change_the_environment_of_who_started_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "3")
    run(planned([0]), tmp_path, executor=Processes(1))
    assert "OMP_NUM_THREADS" not in os.environ
    assert os.environ["MKL_NUM_THREADS"] == "3"
