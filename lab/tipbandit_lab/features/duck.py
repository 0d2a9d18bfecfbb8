"""The profiles by DuckDB: in this process, within a bound of memory; what does not fit goes to the disk."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from tipbandit_lab import lake
from tipbandit_lab.errors import RunError
from tipbandit_lab.features import profile_table
from tipbandit_lab.features.definition import NEWEST, QUERY, limits

_ROWS: Final = 1 << 17
"""Of a batch on its way into the file."""


def write(root: str, path: Path, *, as_of: datetime | None, memory_gb: int) -> tuple[datetime, int]:
    """Write the profiles of all users of a lake at one moment as a Parquet file.

    Args:
        root: the lake: a directory, or s3://bucket/prefix.
        path: the file.
        as_of: the moment, with its time zone; that of the lake's newest event if None.
        memory_gb: what DuckDB may hold in memory.

    Returns:
        The moment, and the number of users.

    Raises:
        LakeError: if the lake cannot be read.
        RunError: if the memory, or the room on the disk, does not do.
        OSError: if the file cannot be written.
    """
    try:
        with lake.connect(root) as connection:
            connection.execute(f"SET memory_limit = '{memory_gb}GB'")
            connection.execute("SET preserve_insertion_order = false")
            moment = as_of or newest(connection)
            reader = profiles(connection, moment).to_arrow_reader(_ROWS)
            return moment, profile_table.write(reader, path)
    except duckdb.OutOfMemoryException as error:
        raise RunError(f"{memory_gb} GB do not do for this lake (--memory-gb): {error}") from None


def profiles(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> duckdb.DuckDBPyRelation:
    """Return the profiles of a connection's ``decisions`` and ``rewards``, ordered by user."""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW limits AS {limits(as_of)}")
    return connection.sql(QUERY).order("user_id")


def newest(connection: duckdb.DuckDBPyConnection) -> datetime:
    """Return the moment of the newest event."""
    found: Any = connection.execute(NEWEST).fetchone()
    moment: datetime = found[0]
    return moment.replace(tzinfo=UTC)
