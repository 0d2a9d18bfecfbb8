"""The command, on a lake that was filled by simulation."""

import re
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from tipbandit_lab.analytics.command import command
from tipbandit_lab.errors import RunError
from tipbandit_lab.lake import LakeError
from tipbandit_lab.lake.filling import Filling, fill

app = typer.Typer()
app.command()(command)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("lake") / "lake"
    fill(Filling(32, 4, 3, 6, "egreedy/v1", 0), place)
    return place


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_it_writes_the_table_and_the_page_and_says_what_is_in_them(lake: Path, tmp_path: Path) -> None:
    said = run("--lake", str(lake), "--out", str(tmp_path / "out"))
    table = pq.read_table(tmp_path / "out" / "analytics.parquet").to_pylist()
    served = next(r["estimate"] for r in table if (r["by"], r["measure"], r["day"]) == ("all", "served", None))
    assert re.search(rf"all .* {served:,.0f} ", said)
    assert {"all", "policy", "prompt_version", "shadow"} == {row["by"] for row in table}
    assert f"<h1>{served:,.0f} decisions of 32 users</h1>" in (tmp_path / "out" / "analytics.html").read_text("utf-8")


@pytest.mark.slow
def test_days_cut_the_window_and_the_same_days_give_the_same_bytes(lake: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        run("--lake", str(lake), "--out", str(tmp_path / name), "--days", "2026-01-06..2026-01-07")
    rows = pq.read_table(tmp_path / "one" / "analytics.parquet").to_pylist()
    assert {row["day"] for row in rows} == {None, date(2026, 1, 6), date(2026, 1, 7)}
    for file in ("analytics.parquet", "analytics.html"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_lake_that_is_not_there_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="there is no lake at"):
        run("--lake", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_days_that_are_none_are_refused_before_the_lake_is_opened(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"--days is FROM\.\.TO, as .*, not '5 January\.\.'"):
        run("--lake", str(tmp_path / "nowhere"), "--days", "5 January..")
