"""Which code a result was computed by: a digest of the sources that decide it, and the commit for those who read."""

import subprocess
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

import tipbandit
import tipbandit_lab
import tipbandit_recommender

_LAB: Final = Path(tipbandit_lab.__file__).parent
_CORE: Final = Path(tipbandit.__file__).parent
_RECOMMENDER: Final = Path(tipbandit_recommender.__file__).parent

SOURCES: Final = (
    (_CORE, "features/**/*.py"),
    (_CORE, "policies/**/*.py"),
    (_CORE, "rewards.py"),
    (_RECOMMENDER, "profile.py"),
    (_LAB, "*.py"),
)
"""Where what decides a result is found. Personas are data, and part of a run's configuration as they are."""

_SHOWN_ONLY: Final = frozenset(
    f"{name}.py"
    for name in ("__main__", "imagined", "persona_cards", "persona_measures", "progress", "results", "summary")
)
"""Modules of the laboratory that show results, or how far they are: changing them changes none."""


@cache
def digest() -> str:
    """Return 16 hex digits that change with any source that decides a result, and with numpy."""
    hashed = sha256(f"numpy {np.__version__}\n".encode())
    for name, path in _files():
        hashed.update(f"{name}\n{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return hashed.hexdigest()[:16]


def commit() -> str | None:
    """Return the commit the laboratory is checked out at; None without Git.

    With "+changed" if files differ, other than the decisions that runs leave behind.
    """
    head = _git("rev-parse", "HEAD")
    if head is None:
        return None
    return head + ("+changed" if _git("status", "--porcelain", "--", ":/", ":(exclude,top)lab/decisions") else "")


def _files() -> Iterator[tuple[str, Path]]:
    for root, pattern in SOURCES:
        for path in sorted(root.glob(pattern)):
            if root != _LAB or path.name not in _SHOWN_ONLY:
                yield f"{root.name}/{path.relative_to(root).as_posix()}", path


def _git(*arguments: str) -> str | None:
    """The answer of Git; None if there is no Git, or no repository."""
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=_LAB, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
