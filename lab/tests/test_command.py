"""The command line: what it prints, what it keeps, and how it fails."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tipbandit_lab import __main__ as command
from tipbandit_lab import persona_cards
from tipbandit_lab.gate import command as gate
from tipbandit_lab.personas import holdout, personas
from tipbandit_lab.results import load
from tipbandit_lab.roster import BASELINES
from tipbandit_lab.tables import Results

NEW = next(each.name for each in personas().values() if not each.past_days)
SMALL = ("--users", "2", "--days", "2", "--moments", "2", "--candidates", "3", "--workers", "1")
LONG = ("--users", "2", "--days", "20", "--seeds", "2000", "--workers", "2")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command line with these arguments; its exit code, stdout and stderr."""
    monkeypatch.setattr(command, "LAB", tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tipbandit_lab", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            command.main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return int(ended.value.code or 0), out, err

    return run


def test_simulate_prints_a_line_for_each_player_and_keeps_the_run(cli: Run, tmp_path: Path) -> None:
    players = ("egreedy/v2", "random", "oracle")
    code, out, err = cli("simulate", *players, "--personas", NEW, "--seeds", 3, *SMALL, "--out", tmp_path / "run")
    assert code == 0
    assert all(player in out for player in (*players, NEW, "regret to the oracle"))
    assert "3 of 3 items, 100 %" in err
    assert f"the run is kept in {tmp_path / 'run'}\n" in err
    assert set(load(tmp_path / "run").days["player"].to_pylist()) == set(players)


def test_options_say_what_is_run(cli: Run, tmp_path: Path) -> None:
    options = ("--personas", f"erratic, {NEW}", "--personas", "night_owl", "--seeds", 2, "--first-seed", 7)
    code, *_ = cli("simulate", "random", *options, *SMALL, "--out", tmp_path / "run")
    assert code == 0
    config = load(tmp_path / "run").config
    assert [each["name"] for each in config["personas"]] == ["erratic", NEW, "night_owl"]
    assert config["seeds"] == [7, 8]
    setting = {name: value for name, value in config["setting"].items() if name != "type"}
    assert setting == {"users": 2, "days": 2, "moments_a_day": 2, "candidates": 3}


def test_by_default_a_run_has_a_place_of_its_own_and_is_gone_on_with(cli: Run, tmp_path: Path) -> None:
    for seeds in (1, 2, 2):
        code, _, err = cli("simulate", "random", "--personas", NEW, "--seeds", seeds, *SMALL)
        assert code == 0
    assert len(list((tmp_path / "results").glob("simulate-*"))) == 2
    assert "2 of 2 items done before" in err


def test_another_run_in_the_same_place_wants_fresh(cli: Run, tmp_path: Path) -> None:
    arguments = ("simulate", "random", "--personas", NEW, *SMALL, "--out", tmp_path / "run")
    assert cli(*arguments, "--seeds", 1)[0] == 0
    code, out, err = cli(*arguments, "--seeds", 2)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "--fresh" in err
    assert cli(*arguments, "--seeds", 2, "--fresh")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("simulate", "best/v1"), "no such player: best/v1; there are random, urgent, popular, oracle, linucb/v1"),
        (("simulate", "random", "--personas", "nobody"), "no such persona: nobody; there are main, holdout, all"),
        (("gate", "best/v1", "--against", "linucb/v1"), "no such player: best/v1; there are"),
        (("gate", "linucb/v1", "--against", "egreedy/v1", "--alpha", "2"), "alpha must lie in (0, 1)"),
        (("simulate", "random", "--first-seed", 1 << 31), "a run cannot have seeds outside"),
        (("simulate", "random", "--dask", "nonsense://x"), "no Dask scheduler answers at nonsense://x"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(cli: Run, arguments: tuple[object, ...], message: str) -> None:
    code, out, err = cli(*arguments)
    last = err.splitlines()[-1]
    assert (code, out) == (1, "")
    assert last.startswith("error: ")
    assert message in last


def test_where_an_error_came_from_is_shown_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPBANDIT_LAB_TRACEBACK", "1")
    monkeypatch.setattr(sys, "argv", ["tipbandit_lab", "simulate", "best/v1"])
    with pytest.raises(ValueError, match="no such player"):
        command.main()


@pytest.mark.parametrize("arguments", [("simulate",), ("simulate", "random", "--users", "0"), ("gate", "linucb/v1")])
def test_wrong_usage_is_exit_code_2(cli: Run, arguments: tuple[str, ...]) -> None:
    assert cli(*arguments)[0] == 2


def test_without_dask_the_extra_is_named(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "tipbandit_lab.clusters", raising=False)
    code, _, err = cli("simulate", "random", "--dask", "tcp://127.0.0.1:8786")
    assert code == 1
    assert "uv sync --project lab --extra dask" in err


def test_the_gate_judges_a_run_of_both_policies_and_all_baselines(
    cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def decide(results: Results, **options: object) -> int:
        asked.update(options, results=results)
        return gate.HOLD

    monkeypatch.setattr(gate, "decide", decide)
    options = ("--seeds", 1, "--margin", 0.5, "--alpha", 0.04, "--harm-alpha", 0.03, "--look", 2)
    code, *_ = cli("gate", "egreedy/v2", "--against", "linucb/v1", *options, *SMALL, "--out", tmp_path / "decisions")
    assert code == 3
    assert (asked["candidate"], asked["incumbent"], asked["look"]) == ("egreedy/v2", "linucb/v1", 2)
    assert (asked["criteria"].margin, asked["criteria"].alpha, asked["criteria"].harm_alpha) == (0.5, 0.04, 0.03)
    assert asked["out"] == tmp_path / "decisions"
    assert list(asked["results"].config["players"]) == ["egreedy/v2", "linucb/v1", *BASELINES]
    assert {each["name"] for each in asked["results"].config["personas"]} == {*personas(), *holdout()}
    assert len(list((tmp_path / "results").glob("gate-egreedy-v2-against-linucb-v1-*"))) == 1


def test_the_gate_holds_what_was_hardly_tried_and_records_it(cli: Run, tmp_path: Path) -> None:
    code, out, _ = cli("gate", "egreedy/v2", "--against", "linucb/v1", "--seeds", 2, *SMALL)
    assert code == gate.HOLD
    assert "hold" in out
    assert len(list((tmp_path / "decisions").glob("*.json"))) == 1


def test_personas_are_shown_and_drawn_where_asked(cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persona_cards, "show", lambda console: console.print("the cards"))
    monkeypatch.setattr(persona_cards, "draw", lambda path: path.write_text("the picture"))
    assert cli("personas") == (0, "the cards\n", "")
    assert not list(tmp_path.iterdir())
    assert cli("personas", "--picture", tmp_path / "personas.svg")[0] == 0
    assert (tmp_path / "personas.svg").read_text() == "the picture"
    code, _, err = cli("personas", "--picture", tmp_path / "nowhere" / "personas.svg")
    assert code == 1
    assert err.startswith("error: ")


def test_help_is_there_from_anywhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tipbandit_lab", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "simulate" in done.stdout
    assert "gate" in done.stdout


def started(out: Path) -> subprocess.Popen[str]:
    """A long run in two processes, of which something is done; the leader of a process group."""
    arguments = ["simulate", "random", "--personas", NEW, *LONG, "--out", str(out)]
    program = [sys.executable, "-m", "tipbandit_lab", *arguments]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0)
    until(lambda: any(out.glob("weights/*.parquet")) or process.poll() is not None)
    return process


def until(holds: Callable[[], bool]) -> None:
    """Wait; a minute and a half is for machines that have much else to do."""
    deadline = time.monotonic() + 90
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def nobody_left(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.slow
def test_ctrl_c_leaves_whole_parts_and_says_how_to_go_on(tmp_path: Path) -> None:
    process = started(tmp_path / "run")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=90)
    assert process.returncode == 130
    assert err.splitlines()[-1].startswith("error: stopped with ")
    assert "of 2000 items done; the same command goes on from there" in err
    assert "Traceback" not in err
    until(lambda: nobody_left(process.pid))
    assert not list((tmp_path / "run").rglob(".*"))


@pytest.mark.slow
def test_workers_end_with_a_run_that_is_killed(tmp_path: Path) -> None:
    process = started(tmp_path / "run")
    process.kill()
    process.communicate(timeout=90)
    until(lambda: nobody_left(process.pid))
