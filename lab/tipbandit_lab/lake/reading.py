"""Read a lake: its tables as views of DuckDB, all events of one version and each of them once.

Nothing is held in memory but the places of the lines that are left out: each query streams the columns it needs from
the files.
"""

# ruff: noqa: S608 - what is put into queries are names and conditions of this package, and files that were listed

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import gettempdir
from typing import Final

import duckdb

from tipbandit_lab.lake import lines
from tipbandit_lab.lake.errors import LakeError
from tipbandit_lab.lake.places import Partitions, Place
from tipbandit_lab.lake.schema import EVENTS
from tipbandit_lab.lake.upgrading import columns

SLACK: Final = timedelta(days=1)
"""By how much the day of arrival may differ from that of the decision, either way: buffers, retries, clocks."""

_AT: Final = {
    "decisions": lines.DECIDED,
    "rewards": f"{lines.DECIDED} + delay_ms * INTERVAL 1 MILLISECOND",
    "shadows": lines.DECIDED,
}


def connect(
    root: str | Path, *, days: tuple[date, date] | None = None, skip_unknown: bool = False
) -> duckdb.DuckDBPyConnection:
    """Open a lake.

    Args:
        root: a directory, or s3://bucket/prefix.
        days: the first and the last UTC day, of the *decisions*: their rewards and shadows are those of these
            decisions, whenever they came. Only the partitions that can hold them are read. All, if None.
        skip_unknown: whether to leave out lines that are no event of a known version.

    Returns:
        A connection with the views ``decisions``, ``rewards`` and ``shadows``. The rows of a view are in no order.
        Files that come later are not seen. ``at`` is a reserved word of DuckDB: write ``"at"``, or ``d.at``.

        ``decisions``
            decision_id VARCHAR, at TIMESTAMP (UTC, of the id), day DATE (of ``at``), user_id, policy, epoch, state_ver,
            prior, hour, weekday, profile STRUCT, candidates STRUCT of lists, scores and propensities (in the order of
            the candidates), tip_id, prompt_version, propensity, x, explored, degraded.
        ``rewards``
            decision_id, at (the decision's time and the delay), day (of ``at``), user_id, policy, epoch, tip_id,
            prompt_version, propensity, x, reward, reaction, dwell_s, delay_ms, n.
        ``shadows``
            decision_id, at, day (both of the decision that was shown), signal, user_id, policy, tip_id, ranking,
            agrees, degraded, latency_ms, error.

        Of lines about one decision (and one signal) the one that was logged first is kept.

    Raises:
        LakeError: if there is no such lake, it has no decisions in these days, a file is damaged or of another kind, or
            lines are no event of a known version.
    """
    if days is not None and days[0] > days[1]:
        raise LakeError(f"the first day, {days[0]}, is after the last, {days[1]}")
    place = Place.of(root)
    partitions = {table: place.partitions(table) for table in EVENTS}
    wanted = {table: pruned(table, partitions[table], days) for table in EVENTS}
    if not wanted["decisions"]:
        raise LakeError(_nothing(place, partitions["decisions"], days))
    connection = _connection(place)
    try:
        for table, files in wanted.items():
            lines.attach(connection, table, [file for each in files.values() for file in each])
            lines.leave_out(connection, table, skip_unknown=skip_unknown)
            _show(connection, table, days)
    except BaseException:
        connection.close()
        raise
    return connection


def pruned(table: str, partitions: Partitions, days: tuple[date, date] | None) -> Partitions:
    """Return the partitions that can hold what belongs to the decisions of some days; a reward may come any day."""
    if days is None:
        return partitions
    last = date.max if table == "rewards" else days[1]
    return {day: files for day, files in partitions.items() if days[0] <= day + SLACK and day - SLACK <= last}


_THAT: Final = {"decisions": "WHERE shadow IS NOT TRUE"}
"""What a shadow was asked was shown to nobody."""
_UNSAID: Final = ("decision_id", "shadow")


@contextmanager
def readable(root: str) -> Iterator[None]:
    """Turn what DuckDB says of files it cannot read, inside a ``with`` block, into an error of the lake.

    Raises:
        LakeError: if it says something.
    """
    try:
        yield
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise LakeError(f"{root} cannot be read: {said}; `lake show --verify` names files that are damaged") from error


def _connection(place: Place) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"temp_directory": str(Path(gettempdir()) / "tipbandit-lake")})
    connection.execute("SET TimeZone = 'UTC'")
    place.attach(connection)
    return connection


def _show(connection: duckdb.DuckDBPyConnection, table: str, days: tuple[date, date] | None) -> None:
    """Make the view of a table. Dates are the only values in its text."""
    events = ", ".join(name for name in columns(table) if name not in _UNSAID)
    within = "" if days is None else f"WHERE CAST({lines.DECIDED} AS DATE) BETWEEN '{days[0]}' AND '{days[1]}'"
    connection.execute(
        f"CREATE TEMP VIEW {table} AS "
        f'SELECT decision_id, "at", CAST("at" AS DATE) AS day, {events} FROM '
        f'(SELECT *, {_AT[table]} AS "at" FROM {lines.KEPT.format(table)} {within}) {_THAT.get(table, "")}'
    )


def _nothing(place: Place, partitions: Partitions, days: tuple[date, date] | None) -> str:
    if not partitions:
        return f"{place.name} holds no decisions (decisions/day=YYYY-MM-DD/*.parquet)"
    there = f"its days are {min(partitions)} to {max(partitions)}"
    assert days is not None  # noqa: S101 - all partitions are wanted otherwise
    return f"{place.name} holds no decisions of {days[0]} to {days[1]}; {there}"
