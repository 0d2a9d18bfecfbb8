"""What exploration cost: how often a tip was shown that was not thought best, and what that lost."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import duckdb
import numpy as np

from tipbandit_lab.arrays import Bools, Floats, Ints
from tipbandit_lab.cards.card import Amount, Exploration
from tipbandit_lab.cards.segments import amount
from tipbandit_lab.evaluation.estimators import Terms
from tipbandit_lab.evaluation.intervals import bootstrap

_QUERY: Final = """
SELECT decisions.policy, decisions.user_id, decisions.explored, rewards.reward
FROM decisions JOIN rewards USING (decision_id)
WHERE decisions.day BETWEEN $first AND $last
ORDER BY decisions.policy, decisions.decision_id
"""


@dataclass(frozen=True, slots=True, eq=False)
class _Served:
    """Rewarded decisions of one policy, each of shape (n,)."""

    explored: Bools
    reward: Floats
    user: Ints


def explorations(
    connection: duckdb.DuckDBPyConnection, days: tuple[date, date] | None, alpha: float
) -> tuple[Exploration, ...]:
    """Return what exploration cost each policy that served.

    An explored decision is one whose tip only exploration can have shown. Whether a decision explores is drawn
    whatever the context, so the difference between the mean rewards of those that did and those that did not estimates
    what exploring one costs; times the share that did, what it costs a decision.

    Args:
        connection: with the views ``decisions`` and ``rewards``.
        days: the first and the last of the decisions; all, if None.
        alpha: intervals have confidence 1 - ``alpha``; users are resampled, the share is taken as it is.
    """
    first, last = days or (date.min, date.max)
    rows = connection.execute(_QUERY, {"first": first, "last": last}).fetchall()
    by_policy: dict[str, list[tuple[str, bool, float]]] = {}
    for policy, user, explored, reward in rows:
        by_policy.setdefault(policy, []).append((user, bool(explored), float(reward)))
    return tuple(_spent(policy, _served(found), alpha) for policy, found in by_policy.items())


def _served(rows: list[tuple[str, bool, float]]) -> _Served:
    users, explored, reward = zip(*rows, strict=True)
    _, user = np.unique(users, return_inverse=True)
    return _Served(np.array(explored, dtype=np.bool_), np.array(reward, dtype=np.float64), user)


def _spent(policy: str, served: _Served, alpha: float) -> Exploration:
    share = float(served.explored.mean())
    count = int(served.explored.sum())
    said = Exploration(policy=policy, decisions=len(served.reward), explored=count, share=share)
    if count in {0, len(served.reward)}:
        return said
    both = bootstrap((_among(served, ~served.explored), _among(served, served.explored)), served.user, alpha)
    best, other, lost = map(amount, both)
    scaled = (None if x is None else x * share for x in (lost.value, lost.low, lost.high))
    return replace(said, best=best, other=other, lost=Amount(*scaled))


def _among(served: _Served, which: Bools) -> Terms:
    weight = which.astype(np.float64)
    return Terms(np.zeros(len(weight)), weight * served.reward, weight)
