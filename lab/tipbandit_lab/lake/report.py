"""What a lake holds, and what is odd about it."""

# ruff: noqa: S608 - what is put into queries are names and conditions of this package, and files that were listed

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb

from tipbandit_lab.lake import lines
from tipbandit_lab.lake.places import Partitions, Place
from tipbandit_lab.lake.reading import SLACK, connect, pruned, readable
from tipbandit_lab.lake.schema import EVENTS

_DAY: Final = timedelta(days=1)
_PARTITION: Final = "CAST(regexp_extract(filename, 'day=([0-9-]+)', 1) AS DATE)"
_ODD: Final = {
    "decisions": {
        "decided over an hour after they were logged: a clock is wrong": (
            f"{lines.DECIDED} > {lines.LOGGED} + INTERVAL 1 HOUR"
        ),
        "logged at a moment that cannot be read": f"{lines.LOGGED} IS NULL",
        "arrived on another day than theirs or a neighbour: not found where days are chosen": (
            f"abs(date_diff('day', CAST({lines.DECIDED} AS DATE), {_PARTITION})) > {SLACK.days}"
        ),
        "without propensity: no evaluation can use them": "propensity IS NULL",
        "without candidates, scores or propensities": (
            "candidates IS NULL OR scores IS NULL OR propensities IS NULL OR len(scores) <> len(candidates.tip_id)"
        ),
    },
    "rewards": {
        "given before their decision: a clock is wrong": "delay_ms < 0",
        "without propensity: they came without the decision's token": "propensity IS NULL",
        "outside [-1, 1]": "reward NOT BETWEEN -1 AND 1",
    },
    "shadows": {"without an answer": "error IS NOT NULL"},
}
_ORPHANS: Final = {
    "rewards of decisions that are not there": "SELECT count(*) FROM rewards ANTI JOIN decisions USING (decision_id)",
    "shadows of decisions that are not there": "SELECT count(*) FROM shadows ANTI JOIN decisions USING (decision_id)",
    "users without any reward": (
        "SELECT count(DISTINCT user_id) FROM decisions ANTI JOIN (SELECT DISTINCT user_id FROM rewards) USING (user_id)"
    ),
}


@dataclass(frozen=True, slots=True)
class Contents:
    """One table.

    Attributes:
        table: its name.
        files: how many.
        days: the days of arrival, in order.
        missing: the days between the first and the last on which nothing arrived.
        lines: all, with what came twice.
        events: each counted once.
        versions: lines by version; None is no version.
        unknown: lines that are no event of a known version.
        differing: events of which different lines arrived.
    """

    table: str
    files: int
    days: Sequence[date]
    missing: Sequence[date]
    lines: int
    events: int
    versions: Mapping[int | None, int]
    unknown: int
    differing: int

    @property
    def again(self) -> int:
        """Lines that came once more."""
        return self.lines - self.unknown - self.events


@dataclass(frozen=True, slots=True)
class Policy:
    """What one policy did: decisions, users, rewards and their mean (None without any), explored, degraded."""

    policy: str
    prior: str | None
    decisions: int
    users: int
    rewards: int
    mean_reward: float | None
    explored: int
    degraded: int


@dataclass(frozen=True, slots=True)
class Report:
    """A lake: its tables, its policies, and how often what is odd occurs, in words; what does not occur is left out."""

    root: str
    tables: Sequence[Contents]
    policies: Sequence[Policy]
    oddities: Sequence[tuple[int, str]]


def examined(root: str | Path, *, days: tuple[date, date] | None = None) -> Report:
    """Look a lake through; lines of unknown versions are counted, not refused.

    Raises:
        LakeError: as from ``connect``, or if a file turns out to be damaged further in.
    """
    place = Place.of(root)
    with connect(root, days=days, skip_unknown=True) as connection, readable(place.name):
        tables = [_contents(connection, table, pruned(table, place.partitions(table), days)) for table in EVENTS]
        odd = [each for table in EVENTS for each in _counted(connection, table)]
        odd += [(_number(connection, query), what) for what, query in _ORPHANS.items()]
        odd += [
            (each.differing, f"{each.table} of which different lines arrived; the first is kept") for each in tables
        ]
        odd += [
            (each.unknown, f"{each.table}, lines of unknown versions or without a UUIDv7; left out") for each in tables
        ]
        return Report(str(root), tables, _policies(connection), [each for each in odd if each[0]])


def _contents(connection: duckdb.DuckDBPyConnection, table: str, partitions: Partitions) -> Contents:
    name, key = lines.LINES.format(table), lines.KEYS[table]
    versions = connection.sql(f"SELECT version, count(*) FROM {name} GROUP BY version ORDER BY version").fetchall()
    unknown = _number(connection, f"SELECT count(*) FROM {name} WHERE NOT {lines.known(table)}")
    differing = _number(
        connection,
        f"SELECT count(*) FROM (SELECT {key} FROM {name} SEMI JOIN "
        f"(SELECT {key} FROM {name} JOIN {lines.LEFT_OUT.format(table)} USING ({lines.PLACE})) USING ({key}) "
        f"WHERE {lines.known(table)} GROUP BY {key} HAVING count(DISTINCT ({lines.TIES[table]})) > 1)",
    )
    arrived = list(partitions)
    span = range((arrived[-1] - arrived[0]).days) if arrived else range(0)
    return Contents(
        table=table,
        files=sum(map(len, partitions.values())),
        days=arrived,
        missing=[day for day in (arrived[0] + number * _DAY for number in span) if day not in partitions],
        lines=sum(count for _, count in versions),
        events=_number(connection, f"SELECT count(*) FROM {table}"),
        versions=dict(versions),
        unknown=unknown,
        differing=differing,
    )


def _counted(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[int, str]]:
    conditions = _ODD[table]
    counts = ", ".join(f"count(*) FILTER ({condition})" for condition in conditions.values())
    (row,) = connection.sql(f"SELECT {counts} FROM {lines.KEPT.format(table)}").fetchall()
    return [(int(count), f"{table} {what}") for count, what in zip(row, conditions, strict=True)]


def _policies(connection: duckdb.DuckDBPyConnection) -> list[Policy]:
    rows = connection.sql(
        """
        SELECT d.policy, d.prior, count(*), count(DISTINCT d.user_id), count(r.reward), avg(r.reward),
            count(*) FILTER (d.explored), count(*) FILTER (d.degraded)
        FROM decisions d LEFT JOIN rewards r USING (decision_id) GROUP BY ALL ORDER BY d.policy, d.prior NULLS FIRST
        """
    ).fetchall()
    return [Policy(*row) for row in rows]


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    (row,) = connection.sql(query).fetchall()
    return int(row[0])
