"""Lakes small enough to compute by hand: the views that a lake has, over tables in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import duckdb
import pyarrow as pa

FIRST = date(2026, 1, 5)


@dataclass(frozen=True, kw_only=True)
class Tip:
    """A candidate, and the probability with which it was shown."""

    tip_id: str
    propensity: float | None
    version: str | None = None


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """What one shadow said: its propensities by tip."""

    signal: str = "shadow:other"
    policy: str = "egreedy/v2"
    target: dict[str, float] = field(default_factory=dict)
    tip_id: str | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One decision of a small lake, and what came of it."""

    tips: Sequence[Tip]
    shown: str
    user: str = "ada"
    day: int = 0
    policy: str = "linucb/v1"
    reward: float | None = None
    reaction: str | None = None
    shadows: Sequence[Shadow] = ()
    propensity: float | None = None
    propensities: Sequence[float | None] | None = None

    @property
    def of_shown(self) -> Tip:
        """The candidate that was shown."""
        return next(each for each in self.tips if each.tip_id == self.shown)


def two(p: float, *, shown: str = "a", **rest: Any) -> Decision:  # noqa: ANN401 - of any field
    """Return a decision between a, of v1 with probability p, and b, of v2."""
    tips = (Tip(tip_id="a", propensity=p, version="v1"), Tip(tip_id="b", propensity=1 - p, version="v2"))
    return Decision(tips=tips, shown=shown, **rest)


def lake(decisions: Sequence[Decision], *, strays: int = 0) -> duckdb.DuckDBPyConnection:
    """Return a connection with the views of a lake.

    Args:
        decisions: their ids are their places.
        strays: rewards and signals of decisions that are not there.
    """
    numbered = list(enumerate(decisions))
    rewards = [_reward(f"d{place}", each) for place, each in numbered if each.reward is not None]
    rewards += [_reward(f"s{place}", two(0.5, reward=1.0)) for place in range(strays)]
    signals = [_signal(f"d{place}", each, shadow) for place, each in numbered for shadow in each.shadows]
    connection = duckdb.connect()
    for name, rows, schema in (
        ("decisions", [_decision(f"d{place}", each) for place, each in numbered], _DECISIONS),
        ("rewards", rewards, _REWARDS),
        ("shadows", signals, _SHADOWS),
    ):
        connection.register(f"{name}_rows", pa.Table.from_pylist(rows, schema=schema))
        connection.table(f"{name}_rows").create(name)
    return connection


_TEXT, _NUMBER, _YES = pa.string(), pa.float64(), pa.bool_()
_DECISIONS = pa.schema({
    "decision_id": _TEXT, "at": pa.timestamp("us"), "day": pa.date32(), "user_id": _TEXT, "policy": _TEXT,
    "candidates": pa.struct({"tip_id": pa.list_(_TEXT), "prompt_version": pa.list_(_TEXT)}),
    "propensities": pa.list_(_NUMBER), "tip_id": _TEXT, "prompt_version": _TEXT, "propensity": _NUMBER,
    "explored": _YES, "degraded": _YES,
})  # fmt: skip
_REWARDS = pa.schema({"decision_id": _TEXT, "reward": _NUMBER, "reaction": _TEXT})
_RANKED = pa.struct({"tip_id": _TEXT, "score": _NUMBER, "propensity": _NUMBER})
_SHADOWS = pa.schema({
    "decision_id": _TEXT, "signal": _TEXT, "policy": _TEXT, "ranking": pa.list_(_RANKED), "agrees": _YES,
    "error": _TEXT, "latency_ms": _NUMBER,
})  # fmt: skip


def _decision(decision_id: str, each: Decision) -> dict[str, Any]:
    versions = [tip.version for tip in each.tips]
    day = FIRST + timedelta(days=each.day)
    logged = [tip.propensity for tip in each.tips] if each.propensities is None else list(each.propensities)
    return {
        "decision_id": decision_id,
        "at": datetime.combine(day, time(12), UTC).replace(tzinfo=None),
        "day": day,
        "user_id": each.user,
        "policy": each.policy,
        "candidates": {
            "tip_id": [tip.tip_id for tip in each.tips],
            "prompt_version": versions if any(versions) else None,
        },
        "propensities": logged,
        "tip_id": each.shown,
        "prompt_version": each.of_shown.version,
        "propensity": each.of_shown.propensity if each.propensity is None else each.propensity,
        "explored": False,
        "degraded": False,
    }


def _reward(decision_id: str, each: Decision) -> dict[str, Any]:
    return {"decision_id": decision_id, "reward": each.reward, "reaction": each.reaction}


def _signal(decision_id: str, each: Decision, shadow: Shadow) -> dict[str, Any]:
    said = {"decision_id": decision_id, "signal": shadow.signal, "policy": shadow.policy, "error": shadow.error}
    if shadow.error is not None:
        return said | {"latency_ms": 2000.0}
    ranking = [{"tip_id": tip, "score": p, "propensity": p} for tip, p in shadow.target.items()]
    chosen = shadow.tip_id or max(shadow.target, key=shadow.target.__getitem__)
    return said | {"ranking": ranking, "agrees": chosen == each.shown, "latency_ms": 12.0}
