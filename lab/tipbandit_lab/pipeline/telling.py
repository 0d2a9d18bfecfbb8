"""How far a run of the pipeline is: a spinner for who watches a terminal, and a line for each step."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.markup import escape

_OWN: Final = frozenset({"gate"})
"""Steps that show how far they are themselves."""


class Telling(Protocol):
    """Who is told."""

    def begun(self, step: str, number: int, total: int) -> None:
        """Say that a step has begun."""

    def ended(self, step: str, said: str, *, before: bool) -> None:
        """Say what it found, and whether that was known before."""


class Silent:
    """Tells nobody."""

    def begun(self, step: str, number: int, total: int) -> None:
        """Say nothing."""

    def ended(self, step: str, said: str, *, before: bool) -> None:
        """Say nothing."""


class Lines:
    """A line for each step; in a terminal a spinner while it works."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("") if console.is_terminal else None
        self._place, self._begun = "", 0.0

    def begun(self, step: str, number: int, total: int) -> None:
        """Show that a step has begun."""
        self._place, self._begun = f"{number}/{total} {step}", time.monotonic()
        if self._status is not None and step not in _OWN:
            self._status.update(self._place)
            self._status.start()

    def ended(self, step: str, said: str, *, before: bool) -> None:  # noqa: ARG002 - as the protocol has it
        """Write the step's line."""
        self.stop()
        took = "done before" if before else f"{time.monotonic() - self._begun:.1f} s"
        self._console.print(escape(f"{self._place}: {said} ({took})"), highlight=False, soft_wrap=True)

    def stop(self) -> None:
        """Stop the spinner."""
        if self._status is not None:
            self._status.stop()


@contextmanager
def on_stderr() -> Iterator[Telling]:
    """Give who is told on stderr."""
    lines = Lines(Console(stderr=True))
    try:
        yield lines
    finally:
        lines.stop()
