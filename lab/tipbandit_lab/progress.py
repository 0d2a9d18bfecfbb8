"""How far a run is: a bar for who watches a terminal, lines for a log."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Protocol, Self, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

_LINES: Final = 10
"""Of a whole run in a log."""


class Progress(Protocol):
    """Who is told how far a run is; a context that ends with it."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None: ...

    def start(self, *, total: int, done: int, user_rounds: int) -> None:
        """Say how many items there are, how many of them from before, and the user-rounds of each."""
        ...

    def advance(self) -> None:
        """Say that one more item is done."""
        ...


class Silent:
    """Tells nobody."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self, *, total: int, done: int, user_rounds: int) -> None:
        """Say nothing."""

    def advance(self) -> None:
        """Say nothing."""


class Lines:
    """A line at the start, at every tenth and at the end.

    Args:
        stream: where to.
        clock: seconds.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self, *, total: int, done: int, user_rounds: int) -> None:
        """Write the first line."""
        self._total, self._done, self._before, self._user_rounds = total, done, done, user_rounds
        self._started = self._clock()
        self._write(f"{done} of {total} items done before" if done else f"{total} items to play")

    def advance(self) -> None:
        """Write a line if another tenth is done."""
        self._done += 1
        tenths = [count * _LINES // self._total for count in (self._done - 1, self._done)]
        if tenths[0] != tenths[1]:
            self._write(self._pace())

    def _pace(self) -> str:
        taken = max(self._clock() - self._started, 1e-9)
        fresh = self._done - self._before
        left = taken / fresh * (self._total - self._done)
        share = 100 * self._done // self._total
        speed = rate(fresh * self._user_rounds / taken)
        return f"{self._done} of {self._total} items, {share} %, {speed}, {left:.0f} s left"

    def _write(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()


class Bar:
    """A bar with items, share, user-rounds a second and the time left."""

    def __init__(self, console: Console) -> None:
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("items"), TaskProgressColumn())
        self._rich = RichProgress(*columns, TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), console=console)

    def __enter__(self) -> Self:
        self._rich.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._rich.stop()

    def start(self, *, total: int, done: int, user_rounds: int) -> None:
        """Show the bar."""
        self._user_rounds, self._fresh, self._started = user_rounds, 0, time.monotonic()
        self._task: TaskID = self._rich.add_task("", total=total, completed=done, rate="")

    def advance(self) -> None:
        """Move the bar."""
        self._fresh += 1
        pace = self._fresh * self._user_rounds / max(time.monotonic() - self._started, 1e-9)
        self._rich.update(self._task, advance=1, rate=rate(pace))


def rate(user_rounds_a_second: float) -> str:
    """Return a speed in words: decisions of one user a second, all players counted."""
    return f"{user_rounds_a_second:,.0f} user-rounds/s"


def on_stderr() -> Progress:
    """Return a bar if stderr is a terminal, else lines."""
    console = Console(stderr=True)
    return Bar(console) if console.is_terminal else Lines(sys.stderr)
