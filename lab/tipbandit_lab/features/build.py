"""Compute the profiles of a lake with one engine or the other."""

from datetime import datetime
from pathlib import Path
from typing import Final

ENGINES: Final = ("duckdb", "spark")
LOCAL: Final = "local[*]"


def build(  # noqa: PLR0913 - an engine's own options
    lake: str | Path,
    out: Path,
    *,
    as_of: datetime | None = None,
    engine: str = "duckdb",
    memory_gb: int = 4,
    master: str = LOCAL,
) -> tuple[datetime, int]:
    """Write the profiles of all users of a lake at one moment as a Parquet file: the same one, whatever the engine.

    Args:
        lake: a directory, or s3://bucket/prefix.
        out: the file, with the columns of ``profile_table.SCHEMA``; whole or not there.
        as_of: the moment, with its time zone; that of the newest event if None.
        engine: one of ``ENGINES``.
        memory_gb: what it may hold in memory; of Spark the driver, which in local mode is all there is.
        master: Spark's, such as ``local[2]`` or ``spark://host:7077``.

    Returns:
        The moment, and the number of users.

    Raises:
        LakeError: if the lake cannot be read.
        RunError: if the engine is not there, or fails.
        OSError: if the file cannot be written.
        ValueError: if there is no such engine, or the moment has no time zone.
    """
    if engine == "duckdb":
        from tipbandit_lab.features import duck  # noqa: PLC0415 - one engine is enough

        return duck.write(str(lake), out, as_of=as_of, memory_gb=memory_gb)
    if engine == "spark":
        from tipbandit_lab.features import spark  # noqa: PLC0415

        return spark.write(str(lake), out, as_of=as_of, memory_gb=memory_gb, master=master)
    raise ValueError(f"no engine {engine!r}; there are {', '.join(ENGINES)}")
