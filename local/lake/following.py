"""Reading logs that others are writing, from where reading stopped the last time."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Place = tuple[int, int]
"""Of which file (its inode: a new one has another), and up to which byte."""


class Follower:
    """The lines of the logs in a directory that nobody has read yet; where it is, it keeps in the file `places`."""

    def __init__(self, logs: Path, places: Path) -> None:
        self._logs = logs
        self._file = places
        self._places: dict[str, Place] = dict(_saved(places))

    def lines(self, log: str) -> Iterator[bytes]:
        """The lines that were completed in `log` since; a line that is still being written is for the next time."""
        try:
            file = (self._logs / log).open("rb")
        except FileNotFoundError:
            return
        with file:
            status = os.fstat(file.fileno())
            inode, place = self._places.get(log, (status.st_ino, 0))
            if inode != status.st_ino or place > status.st_size:
                place = 0
            file.seek(place)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                place += len(line)
                self._places[log] = (status.st_ino, place)
                yield line

    def remember(self) -> None:
        """Write down where it is.

        Raises:
            OSError: that cannot be written; what was written before is untouched.
        """
        temporary = self._file.with_suffix(".tmp")
        temporary.write_text(json.dumps(self._places), "utf-8")
        temporary.replace(self._file)


def _saved(file: Path) -> Mapping[str, Place]:
    """What was written down; what is unreadable counts as nothing: everything is read once more, which readers bear."""
    try:
        saved: Any = json.loads(file.read_text("utf-8"))
        return {str(log): (int(inode), int(place)) for log, (inode, place) in saved.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
