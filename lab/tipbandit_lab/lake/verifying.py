"""Read every page of every file, and compare the checksums of those that have any: a query may not notice damage."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tipbandit_lab.lake.errors import LakeError
from tipbandit_lab.lake.places import Place
from tipbandit_lab.lake.schema import EVENTS


def verify(root: str | Path) -> int:
    """Return how many files there are, all of them whole.

    Raises:
        LakeError: if there is no lake, or files are damaged; all of them are named.
    """
    place = Place.of(root)
    files = [file for table in EVENTS for each in place.partitions(table).values() for file in each]
    if damaged := list(_damaged(place, files)):
        raise LakeError(f"{len(damaged)} of {len(files)} files are damaged: {', '.join(damaged)}")
    return len(files)


def _damaged(place: Place, files: list[str]) -> Iterator[str]:
    for file in files:
        try:
            with (
                place.files.open_input_file(file.removeprefix(place.scheme)) as opened,
                pq.ParquetFile(opened, page_checksum_verification=True) as parquet,
            ):
                for _ in parquet.iter_batches():
                    pass
        except (OSError, ValueError, pa.ArrowException):
            yield file
