"""What a result was made from: the files of a lake, named by one fingerprint."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyarrow as pa

from tipbandit_lab.lake.errors import LakeError
from tipbandit_lab.lake.places import Place
from tipbandit_lab.lake.publishing import MANIFEST
from tipbandit_lab.lake.reading import pruned
from tipbandit_lab.lake.schema import EVENTS

Days = tuple[date, date]

_FOOTER: Final = 1 << 16
"""Bytes read of each file: the end of a Parquet file says where everything is and between which values it lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """The part of a lake that was read.

    Attributes:
        lake: its root, as it was given.
        fingerprint: 16 hex digits; another file, another size or another end of one give others.
        first: the first day whose arrivals were read, ISO 8601.
        last: the last.
        files: how many.
        bytes: of all of them.
        simulated: whether `lake fill` made it.
    """

    lake: str
    fingerprint: str
    first: str
    last: str
    files: int
    bytes: int
    simulated: bool


def lineage(root: str, days: Days | None) -> Lineage:
    """Return what is read of a lake for decisions of some days.

    Raises:
        LakeError: if there is no lake, no partition of these days, or a file cannot be read.
    """
    place = Place.of(root)
    wanted = {table: pruned(table, place.partitions(table), days) for table in EVENTS}
    read = sorted({day for each in wanted.values() for day in each})
    if not wanted["decisions"]:
        raise LakeError(f"{root} holds no decisions" + (f" of {days[0]} to {days[1]}" if days else ""))
    described = list(_described(place, [file for each in wanted.values() for files in each.values() for file in files]))
    text = "\n".join(f"{name} {size} {digest}" for name, size, digest in described)
    return Lineage(
        lake=root,
        fingerprint=sha256(text.encode()).hexdigest()[:16],
        first=read[0].isoformat(),
        last=read[-1].isoformat(),
        files=len(described),
        bytes=sum(size for _, size, _ in described),
        simulated=not place.scheme and (Path(place.base) / MANIFEST).exists(),
    )


def _described(place: Place, files: list[str]) -> Iterator[tuple[str, int, str]]:
    """Yield the name within the lake, the size, and a digest of the end of each file."""
    for file in sorted(files):
        path = file.removeprefix(place.scheme)
        try:
            with place.files.open_input_file(path) as opened:
                size = opened.size()
                opened.seek(max(0, size - _FOOTER))
                end = opened.read()
        except (OSError, pa.ArrowException) as error:
            raise LakeError(f"{file} cannot be read: {error}") from None
        yield path.removeprefix(f"{place.base}/"), size, sha256(end).hexdigest()
