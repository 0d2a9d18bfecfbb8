"""A processor for the functions alone, as Lambda's have: the emulators, the table and who invokes share the others."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

VARIABLE: Final = "WARM_PROCESSOR"
"""Tells the probe of the table, which imports nothing from here, where to move."""
_MOVE: Final = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])}); os.execv(sys.argv[2], sys.argv[2:])"


def spare() -> int | None:
    """Return the processor that can be the functions' own; None where there is but one, or none can be told."""
    if sys.platform != "linux":
        return None
    mine = os.sched_getaffinity(0)
    return max(mine) if len(mine) > 1 else None


def described() -> str:
    """Say what the functions run on."""
    if spare() is None:
        return "no processor of their own"
    return "a processor of their own, which nobody else may use"


@contextmanager
def apart(processor: int | None) -> Iterator[None]:
    """Keep this process, and those that it starts meanwhile, off a processor."""
    if sys.platform != "linux" or processor is None:
        yield
        return
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, mine - {processor})
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


def on(processor: int | None, command: Sequence[str]) -> list[str]:
    """Return the command, a Python first, that runs another on a processor."""
    if processor is None:
        return list(command)
    return [command[0], "-I", "-S", "-c", _MOVE, str(processor), *command]
