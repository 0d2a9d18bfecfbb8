"""Put a filled lake in its place: all of it at once.

What is filled is made in a directory beside, ``.<name>.filling``, and renamed when it is complete: no reader ever sees
a part of it. ``_filled.json`` in the lake says what it was made of and which files were written, so that these can be
told from what others brought there.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tipbandit_lab.lake.errors import LakeError
from tipbandit_lab.lake.schema import EVENTS
from tipbandit_lab.lake.writing import write

MANIFEST: Final = "_filled.json"

_FILE_ROWS: Final = 100_000
"""From which on a file is closed."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A directory that is to hold a filled lake.

    Attributes:
        out: the directory, absolute.
        configuration: what it is to be filled with, as JSON.
    """

    out: Path
    configuration: Mapping[str, Any]

    def is_filled(self) -> bool:
        """Tell whether that has been done.

        Raises:
            LakeError: if something else is there.
        """
        if not self.out.exists():
            return False
        if not self.out.is_dir():
            raise LakeError(f"{self.out} is a file, and no directory")
        manifest = self._manifest()
        if manifest is None:
            if any(self.out.iterdir()):
                raise LakeError(f"{self.out} is not empty, and was not filled by simulation; choose another directory")
            return False
        self._check_others()
        found = manifest["configuration"]
        names = sorted(
            name for name in {*found, *self.configuration} if found.get(name) != self.configuration.get(name)
        )
        if names:
            raise LakeError(f"{self.out} was filled with other {', '.join(names)}; --fresh fills it anew")
        if lost := [name for name in manifest["files"] if not (self.out / name).is_file()]:
            raise LakeError(f"{self.out} lacks {len(lost)} files, {lost[0]} first; --fresh fills it anew")
        return True

    @contextmanager
    def staged(self, *, fresh: bool) -> Iterator[Path]:
        """Give a directory to work in, which is gone at the end.

        Raises:
            LakeError: if there is one already, or what lies in the lake was written by somebody else.
        """
        self._check_others()
        staging = self.out.with_name(f".{self.out.name}.filling")
        if fresh:
            shutil.rmtree(staging, ignore_errors=True)
        try:
            staging.mkdir(parents=True)
        except FileExistsError:
            raise LakeError(
                f"{staging} is there: somebody fills {self.out} just now, or was killed; --fresh removes it"
            ) from None
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def publish(self, lake: Path, files: Sequence[str]) -> None:
        """Put a lake in its place, instead of what was filled there before."""
        manifest = {"configuration": self.configuration, "files": files}
        (lake / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        self._check_others()
        if self.out.exists():
            for name in (*(self._manifest() or {"files": []})["files"], MANIFEST):
                (self.out / name).unlink(missing_ok=True)
            for directory in sorted(self.out.rglob("*"), reverse=True):
                directory.rmdir()
            self.out.rmdir()
        lake.rename(self.out)

    def _check_others(self) -> None:
        if not self.out.exists():
            return
        manifest = self._manifest()
        if manifest is None:
            self.is_filled()
            return
        ours = {*manifest["files"], MANIFEST}
        there = (each.relative_to(self.out).as_posix() for each in self.out.rglob("*") if not each.is_dir())
        if others := sorted(set(there) - ours):
            raise LakeError(
                f"{self.out} holds {len(others)} files that no filling wrote, {others[0]} first; "
                "choose another directory"
            )

    def _manifest(self) -> dict[str, Any] | None:
        try:
            found = json.loads((self.out / MANIFEST).read_bytes())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and {"configuration", "files"} <= found.keys() else None


def compact(parts: Path, lake: Path) -> list[str]:
    """Write the files of all blocks as few, in the order of time, and return their names."""
    written = []
    for table in EVENTS:
        for partition in sorted((parts / table).glob("day=*")):
            day = date.fromisoformat(partition.name.removeprefix("day="))
            for number, rows in enumerate(_gathered(sorted(partition.glob("*.parquet")))):
                path = write(lake, table, day, f"filled-{number:04d}", rows)
                written.append(path.relative_to(lake).as_posix())
    return written


def _gathered(files: Sequence[Path]) -> Iterator[pa.Table]:
    gathered: list[pa.Table] = []
    for place, file in enumerate(files):
        gathered.append(pq.read_table(file, partitioning=None))
        if sum(map(len, gathered)) >= _FILE_ROWS or place == len(files) - 1:
            yield pa.concat_tables(gathered).sort_by([("timestamp", "ascending"), ("correlation_id", "ascending")])
            gathered = []
