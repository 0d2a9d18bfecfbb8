"""The table of profiles: its columns, from the schema table, and its file."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tipbandit.features.schema import INPUTS
from tipbandit_lab.features.definition import PROFILE
from tipbandit_lab.files import replacing

_TYPES: Final = {"number": pa.float64(), "integer": pa.int64()}

SCHEMA: Final = pa.schema(
    [
        pa.field("user_id", pa.string(), nullable=False),
        pa.field("as_of", pa.timestamp("us", tz="UTC"), nullable=False),
        *(pa.field(name, _TYPES[INPUTS[name].dtype]) for name in PROFILE),
        pa.field("n_shown", pa.int64(), nullable=False),
    ]
)
"""One row a user, ordered by the user's id in UTF-8: a feature is null where it would mean nothing."""


def write(batches: Iterable[pa.RecordBatch], path: Path) -> int:
    """Write profiles as one Parquet file, whole or not at all, and return how many there are.

    Args:
        batches: rows with the columns of ``SCHEMA``, in its order; the engine's own types are cast, without loss.
        path: the file; directories that are not there are made.

    Raises:
        OSError: if it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    with replacing(path) as place, pq.ParquetWriter(place, SCHEMA, compression="zstd") as writer:
        for batch in batches:
            if batch.num_rows:
                writer.write_table(pa.Table.from_batches([batch]).cast(SCHEMA))
                rows += batch.num_rows
    return rows
