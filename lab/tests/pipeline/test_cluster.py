"""The pipeline with its simulation on a Dask cluster, from the command line: what the plain run makes, byte by byte."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster
from tests.pipeline.small import fill_lake

from tipbandit_lab import __main__ as command_line

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # MLflow's libraries warn about each other
    pytest.mark.xdist_group("mlflow"),
]
SIMULATED = 2
"""Items of the gate's simulation: one persona, two seeds."""


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    """A small cluster, whose workers are processes."""
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="tcp://127.0.0.1"
    ) as found:
        yield found


def files(root: Path) -> dict[str, bytes]:
    """What the steps and the simulation left, by name."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_the_pipeline_on_a_cluster_makes_the_same_version(
    cluster: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = fill_lake(tmp_path / "lake")

    def run(name: str, *options: str) -> tuple[str, str]:
        same = ("--decisions", tmp_path / "decisions", "--registry", f"sqlite:///{tmp_path / 'mlflow.db'}")
        size = ("--personas", "dismisser", "--seeds", SIMULATED, "--gate-users", 2, "--gate-days", 5)
        asked = ("pipeline", "--lake", lake, *size, *same, "--engine", "plain", "--out", tmp_path / name, *options)
        monkeypatch.setattr(sys, "argv", ["tipbandit_lab", *map(str, asked)])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        out, err = capsys.readouterr()
        assert not ended.value.code, err
        return out, err

    here, _ = run("here", "--workers", "1")
    there, told = run("cluster", "--dask", cluster.scheduler_address)
    assert cluster.scheduler is not None
    assert "work" in cluster.scheduler.task_prefixes
    assert f"{SIMULATED} of {SIMULATED} items, 100 %" in told
    assert "(done before)" not in told.partition("7/7 register")[0]
    assert there.splitlines()[0] == here.splitlines()[0] == "linucb/v2:1 is registered; the gate says hold"
    assert files(tmp_path / "cluster") == files(tmp_path / "here")
