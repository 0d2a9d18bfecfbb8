"""Write events into a lake, as they would arrive there from the logs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq
from pydantic import BaseModel
from pydantic_core import to_json

from tipbandit_lab.files import replacing
from tipbandit_lab.lake.schema import table_schema

_LEAST_BLOCK: Final = 1 << 20
"""Bytes; a line must fit into a block of what is parsed at once."""


@dataclass(frozen=True, slots=True)
class Line:
    """One log line with its event.

    Attributes:
        logged_at: when it was logged, with its time zone.
        event: an event of the table's contract, or what is to be written in its place.
        function_version: of the function that logged it; None where it was none.
        correlation_id: of the request; None where there was none.
    """

    logged_at: datetime
    event: BaseModel | Mapping[str, Any]
    function_version: str | None = "$LATEST"
    correlation_id: str | None = None

    def to_json(self) -> bytes:
        """Return the row as JSON."""
        return to_json(
            {
                "timestamp": stamp(self.logged_at),
                "function_version": self.function_version,
                "correlation_id": self.correlation_id,
                "data": self.event,
            }
        )


def stamp(moment: datetime) -> str:
    """Return a moment as Powertools' logger writes it, in UTC: 2026-01-05 08:30:00,123+0000."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%d %H:%M:%S},{utc.microsecond // 1000:03d}+0000"


def rows(table: str, lines: Sequence[Line]) -> pa.Table:
    """Return lines as rows of a table.

    Raises:
        ValueError: if an event has a field that the table does not have, or one of another type.
    """
    schema = table_schema(table)
    if not lines:
        return schema.empty_table()
    text = b"\n".join(line.to_json() for line in lines)
    parsing = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    reading = pj.ReadOptions(block_size=max(_LEAST_BLOCK, min(len(text), 1 << 26)))
    return pj.read_json(BytesIO(text), read_options=reading, parse_options=parsing)


def write(root: Path, table: str, day: date, name: str, written: pa.Table) -> Path:
    """Write rows as one file of the partition of a day, whole or not at all, and return where it is."""
    directory = root / table / f"day={day.isoformat()}"
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.parquet"
    with replacing(path) as place:
        pq.write_table(written, place, compression="zstd", write_page_checksum=True)
    return path
