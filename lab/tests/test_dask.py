"""A run on a Dask cluster leaves what a run on one machine leaves."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from distributed import LocalCluster

from tipbandit_lab.clusters import Dask
from tipbandit_lab.errors import RunError
from tipbandit_lab.personas import personas
from tipbandit_lab.plan import Plan
from tipbandit_lab.players import PlayerFactory
from tipbandit_lab.results import load
from tipbandit_lab.runs import run
from tipbandit_lab.tables import TABLES
from tipbandit_lab.world import Setting

NEW = next(each.name for each in personas().values() if not each.past_days)
SETTING = Setting(users=2, days=2, moments_a_day=2, candidates=3)
UNABLE = cast("PlayerFactory", partial(int, "seven"))


def planned(seeds: Sequence[int] = range(4)) -> Plan:
    return Plan.named(["egreedy/v2", "random"], [NEW], seeds=seeds, setting=SETTING)


@pytest.fixture(scope="module", params=["threads", pytest.param("processes", marks=pytest.mark.slow)])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the scheduler of a small cluster."""
    processes = request.param == "processes"
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, processes=processes, dashboard_address=None, host="tcp://127.0.0.1"
    ) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_plays_the_same_tables(address: str, tmp_path: Path) -> None:
    run(planned(), tmp_path / "here")
    run(planned(), tmp_path / "cluster", executor=Dask(address))
    here, there = load(tmp_path / "here"), load(tmp_path / "cluster")
    assert all(getattr(here, name).equals(getattr(there, name)) for name in TABLES)
    files = sorted(path.relative_to(tmp_path / "here") for path in (tmp_path / "here").glob("*/*.parquet"))
    assert files
    assert all((tmp_path / "here" / name).read_bytes() == (tmp_path / "cluster" / name).read_bytes() for name in files)


def test_a_failing_item_is_named(address: str, tmp_path: Path) -> None:
    broken = replace(planned([0]), players={"broken": UNABLE})
    with pytest.raises(RunError, match=rf"{NEW}, seed 0, block 0: ValueError: invalid literal"):
        run(broken, tmp_path, executor=Dask(address))


def test_an_address_of_nobody_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipbandit_lab.clusters._TIMEOUT_S", 1)
    with pytest.raises(RunError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        run(planned(), tmp_path, executor=Dask("tcp://127.0.0.1:9"))
    with pytest.raises(RunError, match="no Dask scheduler answers at nonsense://x"):
        run(planned(), tmp_path, executor=Dask("nonsense://x"))
