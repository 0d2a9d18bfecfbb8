"""Weighted rewards summed over clusters of users: all that means, intervals and checks are computed from.

Sums are taken in decimals: they do not depend on the order in which an engine with several threads meets the rows, so
the same events give the same bits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final, NamedTuple

import duckdb
import numpy as np

from tipbandit_lab.arrays import Floats, Ints

_SUM: Final = "CAST(sum(CAST({} AS DECIMAL(38, 10))) AS DOUBLE)"
_KEY: Final = "name, other, cluster"
_SUMMED: Final[Mapping[str, str]] = {
    "gain": _SUM.format("weight * reward"),
    "weight": _SUM.format("weight"),
    "rounds": "CAST(count(*) AS DOUBLE)",
    "squares": _SUM.format("weight * weight"),
    "unsupported": _SUM.format("unsupported"),
    "variance": _SUM.format("variance"),
    "shown": "CAST(count_if(weight > 0) AS DOUBLE)",
    "users": "CAST(count(DISTINCT user_id) FILTER (weight > 0) AS DOUBLE)",
}
_EXTREME: Final[Mapping[str, str]] = {
    "largest": "CAST(max(weight) AS DOUBLE)",
    "possible": "CAST(max(possible) AS DOUBLE)",
    "least": "CAST(min(reward) FILTER (weight > 0) AS DOUBLE)",
    "most": "CAST(max(reward) FILTER (weight > 0) AS DOUBLE)",
}


class Key(NamedTuple):
    """What a cell is about: a group, the kind of it or who it is compared with, and a day, or all of them (None)."""

    name: str
    other: str
    day: date | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cell:
    """Sums over rounds: rewarded decisions that are about something, with weights.

    Attributes:
        gain: of weight times reward, by cluster, shape (C,).
        weight: of weights, by cluster, shape (C,).
        rounds: how many, by cluster, shape (C,).
        squares: of squared weights.
        unsupported: of the target's probability of what could not be shown.
        variance: of the variances that weights have by the logged probabilities.
        shown: rounds that weigh anything: in which the target's tip was shown.
        users: with such rounds.
        largest: the largest weight.
        possible: the largest there could have been.
        least: the least reward among rounds that weigh anything; NaN if there are none.
        most: the greatest.
    """

    gain: Floats
    weight: Floats
    rounds: Floats
    squares: float
    unsupported: float
    variance: float
    shown: int
    users: int
    largest: float
    possible: float
    least: float
    most: float

    @property
    def count(self) -> int:
        """All rounds."""
        return int(self.rounds.sum())

    @property
    def mean(self) -> float:
        """The weighted mean reward: sum(w r)/sum(w), of Hajek 1971; NaN where nothing weighs anything."""
        total = float(self.weight.sum())
        return float(self.gain.sum()) / total if total > 0 else float("nan")

    @property
    def effective(self) -> float:
        """The effective sample size (sum w)^2/sum w^2 (Kish 1965)."""
        return float(self.weight.sum()) ** 2 / self.squares if self.squares > 0 else 0.0


def cells(
    connection: duckdb.DuckDBPyConnection, relation: str, clusters: int, *, daily: bool = True
) -> dict[Key, Cell]:
    """Return the cells of a relation in the order of their keys, those of all days first.

    Args:
        connection: of the staged lake.
        relation: a table with the columns name, other, day, cluster, user_id, reward, weight, unsupported, variance
            and possible.
        clusters: C.
        daily: whether there is also a cell for each day.
    """
    sets = f"({_KEY}), ({_KEY}, day)" if daily else f"({_KEY})"
    day = "day" if daily else "CAST(NULL AS DATE) AS day"
    columns = [f"{how} AS {name}" for name, how in (*_SUMMED.items(), *_EXTREME.items())]
    found = (
        connection.table(relation)
        .aggregate(f"{_KEY}, {day}, {', '.join(columns)}", f"GROUPING SETS ({sets})")
        .order("day NULLS FIRST, name, other, cluster")
        .fetchnumpy()
    )
    return {key: _cell(found, rows, clusters) for key, rows in _blocks(found)}


def _blocks(found: Mapping[str, Any]) -> Iterator[tuple[Key, slice]]:
    """Yield each key and the rows it has."""
    days = np.ma.filled(np.ma.asarray(found["day"]).astype("datetime64[D]"), np.datetime64("NaT"))
    columns = (found["name"], found["other"], days.astype(np.int64))
    if not len(days):
        return
    changes = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), len(days)]
    for start, end in pairwise(edges):
        day = None if np.isnat(days[start]) else days[start].astype(object)
        yield Key(str(found["name"][start]), str(found["other"][start]), day), slice(start, end)


def _cell(found: Mapping[str, Any], rows: slice, clusters: int) -> Cell:
    place: Ints = np.asarray(found["cluster"][rows], dtype=np.int64)

    def by_cluster(name: str) -> Floats:
        sums: Floats = np.bincount(place, weights=found[name][rows], minlength=clusters).astype(np.float64)
        return sums

    def total(name: str) -> float:
        return float(np.sum(found[name][rows]))

    def end(name: str, which: np.ufunc) -> float:
        return float(which.reduce(np.ma.filled(np.ma.asarray(found[name][rows], dtype=np.float64), np.nan)))

    return Cell(
        gain=by_cluster("gain"),
        weight=by_cluster("weight"),
        rounds=by_cluster("rounds"),
        squares=total("squares"),
        unsupported=total("unsupported"),
        variance=total("variance"),
        shown=round(total("shown")),
        users=round(total("users")),
        largest=end("largest", np.fmax),
        possible=end("possible", np.fmax),
        least=end("least", np.fmin),
        most=end("most", np.fmax),
    )
