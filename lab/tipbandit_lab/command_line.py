"""What the commands share: where they print, and what they make of common options."""

import os
from collections.abc import Sequence

from rich.console import Console


def stdout(width: int = 120) -> Console:
    """Return the console of standard output; ``width`` is that of tables that go to a file or a pipe."""
    console = Console()
    return console if console.is_terminal else Console(width=width)


def names_of(given: Sequence[str]) -> list[str]:
    """Return the names of an option that may be given several times, and with several names at a time."""
    return [name.strip() for each in given for name in each.split(",") if name.strip()]


def processors() -> int:
    """Return how many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
