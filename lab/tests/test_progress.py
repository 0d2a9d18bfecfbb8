"""How far a run is: what is written, and what a terminal shows."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from tipbandit_lab.personas import personas
from tipbandit_lab.plan import Plan
from tipbandit_lab.progress import Bar, Lines, Progress, on_stderr
from tipbandit_lab.runs import run
from tipbandit_lab.world import Setting

NEW = next(each.name for each in personas().values() if not each.past_days)
PLAN = Plan.named(["random"], [NEW], seeds=range(3), setting=Setting(users=2, days=1, moments_a_day=2, candidates=3))


class Ticking:
    """A clock that has gone on by two seconds whenever it is looked at."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        self._now += 2.0
        return self._now


def told(total: int, done: int) -> list[str]:
    stream = io.StringIO()
    with Lines(stream, Ticking()) as lines:
        lines.start(total=total, done=done, user_rounds=600)
        for _ in range(total - done):
            lines.advance()
    return stream.getvalue().splitlines()


def test_lines_say_how_much_is_done_how_fast_and_how_long_it_takes() -> None:
    """Two seconds an item of 600 user-rounds."""
    assert told(4, 0) == [
        "4 items to play",
        "1 of 4 items, 25 %, 300 user-rounds/s, 6 s left",
        "2 of 4 items, 50 %, 300 user-rounds/s, 4 s left",
        "3 of 4 items, 75 %, 300 user-rounds/s, 2 s left",
        "4 of 4 items, 100 %, 300 user-rounds/s, 0 s left",
    ]


def test_what_was_done_before_is_no_speed_of_this_run() -> None:
    assert told(4, 2) == [
        "2 of 4 items done before",
        "3 of 4 items, 75 %, 300 user-rounds/s, 2 s left",
        "4 of 4 items, 100 %, 300 user-rounds/s, 0 s left",
    ]


def test_a_long_run_takes_ten_lines_of_a_log() -> None:
    lines = told(270, 0)
    assert len(lines) == 11
    assert lines[-1].startswith("270 of 270 items, 100 %")


def test_a_terminal_shows_items_share_and_speed(tmp_path: Path) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=100, color_system=None)
    run(PLAN, tmp_path, progress=Bar(console))
    assert "3/3 items" in shown.getvalue()
    assert "100%" in shown.getvalue()
    assert "user-rounds/s" in shown.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_stderr_gets_a_bar_only_if_it_is_a_terminal(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    told: Progress = on_stderr()
    assert isinstance(told, Bar if terminal else Lines)
