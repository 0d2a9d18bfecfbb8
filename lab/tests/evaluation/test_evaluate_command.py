"""The command: what it prints, what it writes, how it ends."""

import json
from pathlib import Path

import pytest
import typer
from tests.evaluation.logged import Life, connected, heard, lived
from typer.testing import CliRunner

from tipbandit.policies.registry import POLICIES
from tipbandit_lab import lake
from tipbandit_lab.errors import RunError
from tipbandit_lab.evaluation.command import command

app = typer.Typer()
app.command()(command)


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Life:
    """A log, in the place of any lake."""
    lived_so = lived(users=40, moments=30)
    monkeypatch.setattr(lake, "connect", lambda _: connected(lived_so))
    return lived_so


def run(*options: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["linucb/v1", "--against", "egreedy/v1", "--lake", "anywhere", *options])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


@pytest.mark.usefixtures("life")
def test_every_estimator_is_shown_with_what_it_rests_on(tmp_path: Path) -> None:
    code, text = run("--json", str(tmp_path / "found.json"))
    assert code == 0
    for word in ("DM", "IPS", "SNIPS", "DR", "SNDR", "Switch-DR", "DRos", "replay", "at all times"):
        assert f"│ {word}" in text
    assert "1,200 decisions of 40 users, 2026-01-05 to 2026-01-12: 1,200 by egreedy/v1" in text
    assert "effective sample size" in text
    assert "replaying egreedy/v1: 1,200 decisions, 100.0% of 1,200 the same" in text
    assert "is not shown to be better than egreedy/v1" in text
    assert "2,400 decisions replayed, both policies counted" in text
    assert json.loads((tmp_path / "found.json").read_text())["candidate"] == "linucb/v1"


@pytest.mark.usefixtures("life")
def test_where_there_is_no_number_the_reason_is_said_and_the_exit_code_is_3(tmp_path: Path) -> None:
    code, text = run("--days", "2026-01-05..2026-01-05", "--json", str(tmp_path / "found.json"))
    assert code == 3
    assert "no number: there are 160 rounds, and 200 are needed" in text
    assert "│ IPS" not in text
    assert json.loads((tmp_path / "found.json").read_text())["estimates"] == []


@pytest.mark.usefixtures("life")
def test_days_that_are_none_are_refused() -> None:
    with pytest.raises(RunError, match=r"--days is FROM\.\.TO, as .*, not 'yesterday'"):
        run("--days", "yesterday")


@pytest.mark.usefixtures("life")
def test_another_treatment_is_refused() -> None:
    with pytest.raises(RunError, match="--unrewarded is drop or ignored, not zero"):
        run("--unrewarded", "zero")


def test_a_shadow_is_a_candidate_by_the_name_of_its_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    life = lived(users=40, moments=20)
    signals = heard(life, POLICIES["linucb/v1"])
    monkeypatch.setattr(lake, "connect", lambda _: connected(life, signals))
    done = CliRunner().invoke(app, ["shadow:linucb-v1-shadow", "--against", "egreedy/v1", "--lake", "anywhere"])
    assert done.exit_code == 0
    said = " ".join(done.output.split())
    assert "shadow:linucb-v1-shadow asked linucb/v1: of 800 decisions of its time 800 can be used, 0 of them" in said
    assert "800 decisions replayed" in said
