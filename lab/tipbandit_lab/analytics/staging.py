"""The tables that the analytics are made from, in the connection of a lake; the SQL beside this module says how."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from importlib.resources import files
from typing import Final

import duckdb

NOTHING: Final = "(none)"
"""The prompt version of tips that no prompt has made."""
CLUSTERS: Final = 2_000
"""The most that intervals are drawn by: with more users than these, those of one hash are one cluster."""

_SCRIPTS: Final = ("staging", "plain", "versions", "policies", "shadows")
_USED: Final[Mapping[str, str]] = {
    "decisions": "decision_id, day, user_id, policy, tip_id, prompt_version, propensity, candidates.tip_id, "
    "candidates.prompt_version, propensities, explored, degraded",
    "rewards": "decision_id, reward, reaction",
    "shadows": "decision_id, signal, policy, ranking, agrees, error, latency_ms",
}
"""The columns of each view that have to do with what is said."""
_WHOLE: Final = (
    "SELECT min(day), max(day), count(DISTINCT day), count(*), count(reward), count(DISTINCT user_id), "
    "count_if(impossible), coalesce(max(cluster) + 1, 0) FROM asked"
)
_FLAWS: Final = (
    "SELECT flaw, count(*) FROM asked WHERE flaw IS NOT NULL AND reward IS NOT NULL GROUP BY flaw ORDER BY flaw"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a lake holds, as a whole.

    Attributes:
        fingerprint: 16 hex digits that other events do not share; files and their order do not matter.
        window: the first and the last day of its decisions.
        days: how many days have decisions.
        decisions: how many.
        rewarded: how many have a reward.
        users: how many.
        clusters: how many of them are drawn from.
        flaws: why rewarded decisions take no part in what is weighted by propensities, and how many.
        strays: rewards of no decision that is there.
        impossible: rewards that are none, outside [-1, 1].
        unanswered: signals of shadows about no decision that is there.
    """

    fingerprint: str
    window: tuple[date, date]
    days: int
    decisions: int
    rewarded: int
    users: int
    clusters: int
    flaws: Mapping[str, int]
    strays: int
    impossible: int
    unanswered: int

    @property
    def flawed(self) -> float:
        """The share of rewarded decisions that take no part in what is weighted by propensities."""
        return sum(self.flaws.values()) / self.rewarded if self.rewarded else 0.0


def stage(connection: duckdb.DuckDBPyConnection, clusters: int = CLUSTERS) -> Facts:
    """Make the tables, and say what is there.

    Args:
        connection: with the views ``decisions``, ``rewards`` and ``shadows`` of a lake.
        clusters: the most there may be.

    Raises:
        ValueError: if there are no decisions.
    """
    connection.execute("SET VARIABLE clusters = ?", [clusters])
    for name in _SCRIPTS:
        connection.execute(files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8"))
    first, last, days, decisions, rewarded, users, impossible, drawn = _row(connection, _WHOLE)
    if not decisions:
        raise ValueError("there are no decisions to say anything about")
    return Facts(
        fingerprint=_fingerprint(connection),
        window=(first, last),
        days=days,
        decisions=decisions,
        rewarded=rewarded,
        users=users,
        clusters=drawn,
        flaws=dict(connection.execute(_FLAWS).fetchall()),
        strays=_row(connection, "SELECT count(*) FROM rewards ANTI JOIN decisions USING (decision_id)")[0],
        impossible=impossible,
        unanswered=_row(connection, "SELECT count(*) FROM said WHERE decision_id IS NULL")[0],
    )


def _fingerprint(connection: duckdb.DuckDBPyConnection) -> str:
    said = []
    for view, columns in _USED.items():
        rows = f"concat_ws(chr(31), {columns.replace(', ', ', chr(30), ')})"  # what is null leaves its separator
        said.append((view, *_row(connection, f"SELECT count(*), bit_xor(md5_number({rows})) FROM {view}")))  # noqa: S608 - of the table above
    return sha256(repr(said).encode()).hexdigest()[:16]


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple:  # type: ignore[type-arg]
    (row,) = connection.execute(query).fetchall()
    return row
