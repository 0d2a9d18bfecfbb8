"""The lake's tables as views of Spark: the columns that the features are made of, each event once.

What is read, refused and kept of a table is what ``tipbandit_lab.lake.connect`` reads, refuses and keeps of it. What
shadows said is not read: nobody was shown it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tipbandit_lab.lake import LakeError
from tipbandit_lab.lake.places import Place
from tipbandit_lab.lake.schema import VERSIONS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class _Table:
    """How Spark reads one table.

    Attributes:
        event: what is read of an event, beside its version and id.
        shown: the columns of the view, beside the id.
        none: a row of the view in which all is null.
        ties: what decides between different lines about one decision that were logged at the same moment.
        that: which of the events, each of them once by then, are shown.
    """

    event: str
    shown: str
    none: str
    ties: str
    that: str = "TRUE"


_TABLES: Final[Mapping[str, _Table]] = {
    "decisions": _Table(
        event="user_id: STRING, context: STRUCT<hour: DOUBLE>, shadow: BOOLEAN, tip_id: STRING, propensity: DOUBLE",
        shown="event.user_id, event.shadow, decided AS at, event.context.hour AS hour",
        none="NULL",  # a lake without decisions is refused
        ties="event.tip_id, event.propensity",
        that="kept.shadow IS NOT TRUE",  # it is null in events of the first version
    ),
    "rewards": _Table(
        event="reaction: STRING, dwell_s: DOUBLE, delay_ms: BIGINT, n: BIGINT, reward: DOUBLE, tip_id: STRING",
        shown="timestamp_millis(unix_millis(decided) + event.delay_ms) AS at, event.reaction, event.dwell_s",
        none=(
            "CAST(NULL AS STRING) AS decision_id, CAST(NULL AS TIMESTAMP) AS at, CAST(NULL AS STRING) AS reaction, "
            "CAST(NULL AS DOUBLE) AS dwell_s"
        ),
        ties="event.n, event.reward, event.tip_id",
    ),
}
_PART: Final = 1 << 25
"""Bytes of a lake's files, compressed, of which about one column in ten is read."""
_MOST_PARTS: Final = 2_000
_EMPTY: Final = "CREATE OR REPLACE TEMP VIEW {table} AS SELECT {none} WHERE FALSE"
"""A table without files: known to be empty, so that what would be joined with it is not even read."""
_LINES: Final = """
CREATE OR REPLACE TEMP VIEW {table}_lines AS SELECT
    lower(data.decision_id) AS decision_id,
    timestamp_millis(
        CAST(conv(concat(substr(data.decision_id, 1, 8), substr(data.decision_id, 10, 4)), 16, 10) AS BIGINT)
    ) AS decided,
    timestamp,
    try_cast(replace(timestamp, ',', '.') AS TIMESTAMP) AS logged,
    data AS event,
    file_path,
    row_index
FROM {table}_files
"""
_STRANGE: Final = """
SELECT count(*) FROM {table}_files WHERE NOT coalesce(
    data.schema_version IN ({versions})
    AND length(data.decision_id) = 36
    AND length(unhex(replace(data.decision_id, '-', ''))) = 16
    AND substr(data.decision_id, 15, 1) = '7',
    FALSE
)
"""
_ONCE: Final = """
CREATE OR REPLACE TEMP VIEW {table} AS SELECT decision_id, kept.* FROM (
    SELECT
        decision_id,
        min_by(struct({shown}), struct(logged IS NULL, logged, timestamp, {ties}, file_path, row_index)) AS kept
    FROM {table}_lines GROUP BY decision_id
) WHERE {that}
"""


def attach(spark: "SparkSession", root: str) -> None:
    """Make the views ``decisions`` and ``rewards`` of a lake.

    Raises:
        LakeError: if there is no such lake, it holds no decisions or is in S3, or lines are no event of a known
            version.
    """
    place = Place.of(root)
    if place.scheme:
        raise LakeError(f"{root}: Spark reads a lake that is a directory; DuckDB reads it in S3 too (--engine duckdb)")
    files = {table: list(chain.from_iterable(place.partitions(table).values())) for table in _TABLES}
    if not files["decisions"]:
        raise LakeError(f"{root} holds no decisions (decisions/day=YYYY-MM-DD/*.parquet)")
    spark.conf.set("spark.sql.shuffle.partitions", _partitions(spark, chain.from_iterable(files.values())))
    for table, rules in _TABLES.items():
        if not files[table]:
            spark.sql(_EMPTY.format(table=table, none=rules.none))
            continue
        _read(spark, table, files[table], rules.event)
        _refuse(spark, table)
        spark.sql(_LINES.format(table=table))
        spark.sql(_ONCE.format(table=table, shown=rules.shown, ties=rules.ties, that=rules.that))


def _read(spark: "SparkSession", table: str, files: Sequence[str], event: str) -> None:
    """Make the view of what the files hold."""
    schema = f"timestamp STRING, data STRUCT<schema_version: BIGINT, decision_id: STRING, {event}>"
    read: Any = spark.read.schema(schema).parquet(*map(_literal, files))
    read.select("*", "_metadata.file_path", "_metadata.row_index").createOrReplaceTempView(f"{table}_files")


def _literal(path: str) -> str:
    """A path of this machine in which Spark looks for no pattern."""
    return "file://" + re.sub(r"([][{}*?\\,])", r"\\\1", path)


def _partitions(spark: "SparkSession", files: Iterable[str]) -> int:
    """Into how many parts what is grouped is split: as many as processors, and so that one fits into memory."""
    size = sum(Path(file).stat().st_size for file in files)
    return min(max(spark.sparkContext.defaultParallelism, size // _PART), _MOST_PARTS)


def _refuse(spark: "SparkSession", table: str) -> None:
    versions = ", ".join(map(str, VERSIONS[table]))
    (strange,) = spark.sql(_STRANGE.format(table=table, versions=versions)).first() or (0,)
    if strange:
        raise LakeError(f"{table}: {strange:,} lines are no event of a known version ({versions}) about a UUIDv7")
