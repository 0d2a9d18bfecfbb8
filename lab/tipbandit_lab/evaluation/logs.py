"""Decisions of the lake with their rewards, in the order of time."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import duckdb
import numpy as np

from tipbandit_lab.arrays import Floats

_QUERY: Final = """
SELECT d.decision_id, epoch_ms(d."at") AS at_ms, d.user_id, d.policy, d.epoch, d.state_ver, d.prior, d.hour, d.weekday,
       d.profile, d.candidates, d.propensities, d.tip_id, d.propensity, d.degraded,
       r.reward, epoch_ms(r."at") AS rewarded_ms, r.epoch AS rewarded_epoch
FROM decisions AS d LEFT JOIN rewards AS r USING (decision_id)
ORDER BY d."at", d.decision_id
"""
_BATCH: Final = 10_000


class Moment(NamedTuple):
    """When a decision was made: the context."""

    hour: float
    weekday: int


class Tips(NamedTuple):
    """The candidates of a decision, by column; a column is None where no candidate has a value."""

    tip_id: Sequence[str]
    priority: Sequence[float | None] | None
    due_in_hours: Sequence[float | None] | None
    age_hours: Sequence[float | None] | None


class Profile(NamedTuple):
    """What was known of the user."""

    completion_rate: float | None
    dismiss_rate: float | None
    mean_dwell_s: float | None
    preferred_hour: float | None
    tips_30d: int | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """What became of a decision: the ``reward``, when it came in Unix ms, and the epoch of the state that learned."""

    reward: float
    at_ms: int
    epoch: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Logged:
    """One decision, with all that another policy needs to make it anew.

    ``shown`` is the index of the tip that was shown among the candidates, ``propensities`` (K,) is in their order.
    ``outcome`` is None where no reward came.
    """

    decision_id: str
    at_ms: int
    user_id: str
    policy: str
    epoch: int | None
    state_ver: int | None
    prior: str | None
    moment: Moment
    profile: Profile | None
    tips: Tips
    propensities: Floats
    shown: int
    propensity: float
    degraded: bool
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """Decisions in the order of time, and how many were left out for which reason."""

    decisions: tuple[Logged, ...]
    left_out: Mapping[str, int]


def read(connection: duckdb.DuckDBPyConnection) -> Log:
    """Return all decisions of a lake that can be evaluated.

    Args:
        connection: with the views ``decisions`` and ``rewards`` of the lake.
    """
    decisions, left_out = [], Counter[str]()
    for row in _rows(connection):
        if wrong := _wrong(row):
            left_out[wrong] += 1
        else:
            decisions.append(_logged(row))
    return Log(tuple(decisions), dict(left_out))


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[Mapping[str, Any]]:
    found = connection.execute(_QUERY)
    names = [column[0] for column in found.description or ()]
    while batch := found.fetchmany(_BATCH):
        for row in batch:
            yield dict(zip(names, row, strict=True))


def _wrong(row: Mapping[str, Any]) -> str | None:
    """Return why a decision cannot be evaluated, if it cannot."""
    propensities, candidates = row["propensities"], row["candidates"]
    if row["propensity"] is None or not propensities or None in propensities:
        return "no propensity"
    if not candidates or row["tip_id"] not in candidates["tip_id"]:
        return "the tip that was shown is no candidate"
    if len(propensities) != len(candidates["tip_id"]):
        return "not one propensity a candidate"
    return None


def _logged(row: Mapping[str, Any]) -> Logged:
    candidates, profile = row["candidates"], row["profile"]
    return Logged(
        decision_id=str(row["decision_id"]),
        at_ms=row["at_ms"],
        user_id=row["user_id"],
        policy=row["policy"],
        epoch=row["epoch"],
        state_ver=row["state_ver"],
        prior=row["prior"],
        moment=Moment(row["hour"], row["weekday"]),
        profile=None if profile is None else Profile(**{name: profile[name] for name in Profile._fields}),
        tips=Tips(**{name: candidates[name] for name in Tips._fields}),
        propensities=np.array(row["propensities"], dtype=np.float64),
        shown=candidates["tip_id"].index(row["tip_id"]),
        propensity=row["propensity"],
        degraded=bool(row["degraded"]),
        outcome=_outcome(row),
    )


def _outcome(row: Mapping[str, Any]) -> Outcome | None:
    if row["reward"] is None:
        return None
    return Outcome(reward=row["reward"], at_ms=row["rewarded_ms"], epoch=row["rewarded_epoch"] or 0)
