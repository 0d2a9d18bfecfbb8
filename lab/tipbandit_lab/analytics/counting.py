"""What was served and what came back: counts, reward coverage and mean rewards, for all ways to group them."""

from collections.abc import Iterator
from typing import Any, Final

import duckdb

from tipbandit.rewards import REWARD_BY_REACTION
from tipbandit_lab.analytics.cells import cells
from tipbandit_lab.analytics.estimating import described
from tipbandit_lab.analytics.measures import Measure

REACTIONS: Final = tuple(REWARD_BY_REACTION)
NUMBER: Final = "number"
"""Rewards that came as a number, without a reaction."""
COUNTS: Final = ("served", "rewarded", *REACTIONS, NUMBER, "explored", "degraded")

_COUNTED: Final = {
    "served": "count(*)",
    "rewarded": "count(reward)",
    **{each: f"count(*) FILTER (reaction = '{each}')" for each in REACTIONS},
    NUMBER: "count(*) FILTER (reward IS NOT NULL AND reaction IS NULL)",
    "explored": "count(*) FILTER (explored)",
    "degraded": "count(*) FILTER (degraded)",
    "users": "count(DISTINCT user_id)",
}


def counted(connection: duckdb.DuckDBPyConnection) -> Iterator[Measure]:
    """Yield the counts of a staged lake, for each group and each day of it."""
    columns = ", ".join(f"{how} AS {name}" for name, how in _COUNTED.items())
    found = (
        connection.table("grouped")
        .aggregate(f"kind, name, day, {columns}", "GROUPING SETS ((kind, name), (kind, name, day))")
        .order("kind, day NULLS FIRST, name")
    )
    for row in found.fetchall():
        yield from _counts(dict(zip(found.columns, row, strict=True)))
    for name in _never_shown(connection):
        nothing = dict.fromkeys(_COUNTED, 0)
        yield from _counts({"kind": "prompt_version", "name": name, "day": None, **nothing})


def averaged(connection: duckdb.DuckDBPyConnection, clusters: int) -> Iterator[Measure]:
    """Yield reward coverage and mean rewards with their intervals, for each group and each day of it."""
    for relation, measure in (("covered", "coverage"), ("rewarded", "mean_reward")):
        found = cells(connection, relation, clusters)
        for key, estimate in zip(found, described(list(found.values())), strict=True):
            yield Measure.of(estimate, by=key.other, group=key.name, day=key.day, measure=measure)


def _counts(row: dict[str, Any]) -> Iterator[Measure]:
    for measure in COUNTS:
        yield Measure(
            by=row["kind"],
            group=row["name"],
            day=row["day"],
            measure=measure,
            estimate=float(row[measure]),
            decisions=row["served"],
            users=row["users"],
        )


def _never_shown(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the prompt versions of candidates of which none was ever shown."""
    found = connection.execute(
        "SELECT DISTINCT unnest(versions) AS name FROM asked EXCEPT SELECT version FROM asked ORDER BY name"
    ).fetchall()
    return [name for (name,) in found]
