"""The profiles by Spark: on this machine, or on a cluster that sees the lake at the same path.

Spark reads the lake's files itself; what they are read as is what ``tipbandit_lab.lake`` makes of them.
"""

import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow.dataset as ds

from tipbandit_lab.errors import RunError
from tipbandit_lab.features import profile_table
from tipbandit_lab.features.build import LOCAL
from tipbandit_lab.features.definition import NEWEST, QUERY, limits
from tipbandit_lab.features.spark_lake import attach

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ROWS: Final = 1 << 17
_CHARACTERS: Final = 500
"""Of what Spark says is wrong."""
_TRACE: Final = re.compile(r"JVM stacktrace|Driver stacktrace|\n\s*at ")
_SETTINGS: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # a sum that overflows is an error, not another number
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",  # files are known by name: no job to find them
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",  # what goes wrong is raised
}
_ALONE: Final = {"spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1"}
"""In local mode nobody else is talked to."""


def write(
    root: str, path: Path, *, as_of: datetime | None, memory_gb: int, master: str = LOCAL
) -> tuple[datetime, int]:
    """Write the profiles of all users of a lake at one moment as a Parquet file.

    Args:
        root: the lake, a directory that every machine of the cluster sees.
        path: the file; beside it, for a while, what the machines write: they must see that too.
        as_of: the moment, with its time zone; that of the lake's newest event if None.
        memory_gb: of the driver, which in local mode is all there is.
        master: Spark's, such as ``local[2]`` or ``spark://host:7077``.

    Returns:
        The moment, and the number of users.

    Raises:
        LakeError: if the lake cannot be read.
        RunError: if Spark or Java is not there, or Spark fails.
        OSError: if the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        session(master, memory_gb) as spark,
        tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as place,
        _failures(),
    ):
        attach(spark, root)
        moment = as_of or newest(spark)
        parts = Path(place, "parts").absolute()
        profiles(spark, moment).write.parquet(f"file://{parts}")
        return moment, profile_table.write(ds.dataset(parts).to_batches(batch_size=_ROWS), path)


def profiles(spark: "SparkSession", as_of: datetime) -> "DataFrame":
    """Return the profiles of a session's ``decisions`` and ``rewards``, ordered by user."""
    spark.sql(f"CREATE OR REPLACE TEMP VIEW limits AS {limits(as_of)}")
    return spark.sql(QUERY).orderBy("user_id")


def newest(spark: "SparkSession") -> datetime:
    """Return the moment of the newest event."""
    (text,) = spark.sql(f"SELECT CAST(({NEWEST}) AS STRING)").first() or (None,)
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)


@contextmanager
def session(master: str = LOCAL, memory_gb: int = 4) -> Iterator["SparkSession"]:
    """Start Spark for the length of a ``with`` block.

    Raises:
        RunError: if it is not installed, there is no Java, or it does not start.
    """
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra that most runs do without
    except ImportError as error:
        hint = "uv sync --project lab --extra spark"
        raise RunError(f"--engine spark needs the extra of that name: {hint} ({error})") from None
    if java() is None:
        raise RunError("--engine spark needs Java 17 or newer: none on PATH, nor where JAVA_HOME points")
    settings = _SETTINGS | {"spark.driver.memory": f"{memory_gb}g"} | (_ALONE if master.startswith("local") else {})
    builder: Any = SparkSession.builder
    builder = builder.master(master).appName("tipbandit-lab features")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with _failures(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of pandas, which is not used here
        spark = builder.getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()


def java() -> str | None:
    """Return where Java is, or None: where Spark's own scripts look for it."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which(str(Path(home, "bin", "java")) if home else "java")


@contextmanager
def _failures() -> Iterator[None]:
    """Say what Spark says in one sentence; the rest is the trace of its Java."""
    from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]  # noqa: PLC0415 - see session
    from pyspark.errors import PySparkException  # noqa: PLC0415

    try:
        yield
    except PySparkException as error:
        raise RunError(_said(str(error))) from None
    except Py4JJavaError as error:
        raise RunError(_said(str(error.java_exception.getMessage()))) from None


def _said(message: str) -> str:
    return f"Spark failed: {_TRACE.split(message)[0].strip()[:_CHARACTERS]}"
