"""``lake show`` and ``lake fill``: what is said of a lake."""

from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console
from tests.lake.events import (
    DAY,
    NOON,
    decision,
    first_decision,
    lay,
    lay_as_it_is,
    logged,
    reward,
    signal,
)  # fmt: skip
from typer.testing import CliRunner

from tipbandit_lab.lake import LakeError
from tipbandit_lab.lake.command import app
from tipbandit_lab.lake.report import examined
from tipbandit_lab.lake.showing import show
from tipbandit_lab.lake.verifying import verify
from tipbandit_lab.lake.writing import Line


def test_a_lake_is_filled_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    sizes = ("--users", "3", "--days", "2", "--moments", "2", "--candidates", "2", "--workers", "1")
    out = tmp_path / "lake"
    first = CliRunner().invoke(app, ["fill", *sizes, "--policy", "egreedy/v1", "--out", str(out)])
    assert first.exit_code == 0, first.output
    assert f"the lake is in {out}" in first.stderr
    again = CliRunner().invoke(app, ["fill", *sizes, "--policy", "egreedy/v1", "--out", str(out)])
    assert "the lake is there already" in again.stderr
    shown = CliRunner().invoke(app, ["show", "--lake", str(out), "--verify", "--since", "2026-01-05"])
    assert shown.exit_code == 0, shown.output
    assert "egreedy/v1" in shown.stdout
    assert "2026-01-05" in shown.stdout
    assert "files are whole" in shown.stderr


def test_what_is_odd_is_counted(tmp_path: Path) -> None:
    week = DAY + timedelta(days=7)
    lay(tmp_path, "decisions", *logged(decision(1), decision(2), decision(2, explored=True, tip_id="c")))
    lay(tmp_path, "decisions", Line(NOON - timedelta(hours=2), decision(3, user_id="bob")), file="early")
    lay(tmp_path, "decisions", *logged(decision(4)), day=week)
    lay_as_it_is(tmp_path, "decisions", first_decision(5))
    newer = decision(6).model_dump(mode="json")
    lay_as_it_is(tmp_path, "decisions", {**newer, "schema_version": 9}, file="newer")
    lay_as_it_is(tmp_path, "decisions", {**newer, "propensity": None, "propensities": None}, file="lost")
    lay(tmp_path, "rewards", *logged(reward(1), reward(2, delay_ms=-5), reward(7, propensity=None, reward=1.5)))
    lay(tmp_path, "shadows", *logged(signal(1), signal(1), signal(8)))
    report = examined(tmp_path)
    odd = {what: count for count, what in report.oddities}
    for said in (
        "decisions decided over an hour after they were logged",
        "decisions arrived on another day",
        "decisions without propensity",
        "decisions without candidates, scores or propensities",
        "decisions of which different lines arrived",
        "decisions, lines of unknown versions",
        "rewards given before their decision",
        "rewards without propensity",
        "rewards outside [-1, 1]",
        "rewards of decisions that are not there",
        "shadows of decisions that are not there",
        "users without any reward",
    ):
        assert [count for what, count in odd.items() if what.startswith(said)] == [1], said
    decisions = report.tables[0]
    assert (decisions.lines, decisions.again, decisions.unknown, decisions.events) == (8, 1, 1, 6)
    assert decisions.versions == {1: 1, 2: 6, 9: 1}
    assert decisions.missing == [DAY + timedelta(days=days) for days in range(1, 7)]
    assert [(each.decisions, each.users, each.rewards) for each in report.policies] == [(6, 2, 2)]


def test_all_of_it_is_printed(tmp_path: Path) -> None:
    lay(tmp_path, "decisions", *logged(decision(1)))
    lay(tmp_path, "decisions", *logged(decision(4)), day=DAY + timedelta(days=9))
    console = Console(record=True, width=120)
    show(examined(tmp_path), console)
    printed = console.export_text()
    for said in ("nothing of decisions arrived on 2026-01-06", "and 3 more days", "linucb/v1", "1 users without any"):
        assert said in printed


def test_a_lake_without_oddities_has_none(tmp_path: Path) -> None:
    lay(tmp_path, "decisions", *logged(decision(1)))
    lay(tmp_path, "rewards", *logged(reward(1)))
    assert examined(tmp_path).oddities == []


def test_damage_that_a_query_may_not_notice_is_found(tmp_path: Path) -> None:
    path = lay(tmp_path, "decisions", *logged(*map(decision, range(500))))
    lay(tmp_path, "rewards", *logged(reward()))
    assert verify(tmp_path) == 2
    damaged = bytearray(path.read_bytes())
    damaged[path.stat().st_size // 20] ^= 0xFF
    path.write_bytes(damaged)
    with pytest.raises(LakeError, match=r"1 of 2 files are damaged: .*some\.parquet"):
        verify(tmp_path)
