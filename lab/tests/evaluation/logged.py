"""A log as the lake has it: users with known tastes, decided for by real policies, in the lake's views."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import duckdb
import numpy as np

from tipbandit.features.encode import encode_columns
from tipbandit.ids import uuid7
from tipbandit.policies import ridge
from tipbandit.policies.policy import Policy, choose, learn
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation import logs
from tipbandit_lab.evaluation.logs import Moment, Tips
from tipbandit_lab.evaluation.replaying import replayed

START: Final = datetime(2026, 1, 5, tzinfo=UTC)
DAY_MS: Final = 86_400_000
_ALIKE: Final = {
    "decision_id": "VARCHAR",
    "at": "TIMESTAMP",
    "user_id": "VARCHAR",
    "policy": "VARCHAR",
    "epoch": "BIGINT",
    "tip_id": "VARCHAR",
    "propensity": "DOUBLE",
}
COLUMNS: Final[dict[str, dict[str, Any]]] = {
    "decisions": {
        **_ALIKE,
        "state_ver": "BIGINT",
        "prior": "VARCHAR",
        "hour": "DOUBLE",
        "weekday": "INTEGER",
        "profile": {
            "completion_rate": "DOUBLE",
            "dismiss_rate": "DOUBLE",
            "mean_dwell_s": "DOUBLE",
            "preferred_hour": "DOUBLE",
            "tips_30d": "BIGINT",
        },
        "candidates": {
            "tip_id": ["VARCHAR"],
            "priority": ["DOUBLE"],
            "due_in_hours": ["DOUBLE"],
            "age_hours": ["DOUBLE"],
            "prompt_version": ["VARCHAR"],
        },
        "propensities": ["DOUBLE"],
        "degraded": "BOOLEAN",
    },
    "rewards": {**_ALIKE, "reward": "DOUBLE", "delay_ms": "BIGINT"},
    "shadows": {
        "decision_id": "VARCHAR",
        "signal": "VARCHAR",
        "policy": "VARCHAR",
        "ranking": [{"tip_id": "VARCHAR", "score": "DOUBLE", "propensity": "DOUBLE"}],
        "degraded": "BOOLEAN",
        "error": "VARCHAR",
    },
}
"""The columns of the lake's views that evaluation reads."""


@dataclass(frozen=True, slots=True)
class Life:
    """Decisions and rewards as rows, and what each candidate of each decision was worth (K,)."""

    decisions: list[dict[str, Any]]
    rewards: list[dict[str, Any]]
    worth: list[Floats]


def lived(  # noqa: PLR0913 - a world's settings
    policy: Policy | str = "egreedy/v1",
    *,
    users: int = 60,
    moments: int = 40,
    candidates: int = 4,
    seed: int = 1,
    delay_ms: int = 60_000,
    resets: bool = False,
) -> Life:
    """Let a policy decide for users who like what is important or what is new, each for itself.

    A user has four moments a day. With ``resets`` everybody is reset half-way.
    """
    served = POLICIES[policy] if isinstance(policy, str) else policy
    rng = np.random.default_rng(seed)
    life = Life([], [], [])
    for number in range(users):
        taste = rng.normal(0, 0.5, size=2)
        _live(life, served, f"user-{number}", taste, rng, (moments, candidates, delay_ms), resets=resets)
    return life


def _live(  # noqa: PLR0913, PLR0917 - one user's part of ``lived``
    life: Life, policy: Policy, user: str, taste: Floats, rng: np.random.Generator, size: tuple[int, int, int],
    *, resets: bool,
) -> None:  # fmt: skip
    moments, candidates, delay_ms = size
    waiting: list[tuple[int, Floats, float]] = []
    state, epoch, ver = ridge.cold(policy.feature_set.dim), 0, 0
    offset = int(rng.integers(DAY_MS // 8))
    for moment in range(moments):
        at_ms = int(START.timestamp() * 1000) + moment * DAY_MS // 4 + offset
        if resets and moment == moments // 2:
            state, waiting, epoch, ver = ridge.cold(policy.feature_set.dim), [], at_ms - 1, ver + 1
        while waiting and waiting[0][0] <= at_ms:
            _, x, reward = waiting.pop(0)
            state, ver = learn(policy, state, x, reward), ver + 1
        when = Moment(6.0 * (moment % 4) + 1, moment // 4 % 7)
        tips = _tips(rng, moment, candidates)
        x = encode_columns(policy.feature_set, when, tips, None)
        decision_id = uuid7(at_ms, rng.bytes(10))
        choice = choose(policy, state, x, decision_id.bytes)
        worth = _worth(taste, tips)
        reward = 1.0 if rng.random() < (1 + worth[choice.index]) / 2 else -1.0
        life.worth.append(worth)
        shown = choice.propensities, choice.index
        life.decisions.append(_decision(decision_id, at_ms, user, policy, (epoch, ver), when, tips, *shown))
        rewarded = {"user_id": user, "policy": policy.key, "epoch": epoch, "reward": reward, "delay_ms": delay_ms}
        life.rewards.append({"decision_id": str(decision_id), "at": _time(at_ms + delay_ms), **rewarded})
        waiting.append((at_ms + delay_ms, x[choice.index], reward))


def _worth(taste: Floats, tips: Tips) -> Floats:
    worth: Floats = np.tanh(taste @ [np.array(tips.priority) * 2 - 1, np.array(tips.age_hours) / 50 - 1])
    return worth


def _tips(rng: np.random.Generator, moment: int, candidates: int) -> Tips:
    names = [f"tip-{moment}-{k}" for k in range(candidates)]
    return Tips(names, rng.uniform(size=candidates).tolist(), None, rng.uniform(0, 100, size=candidates).tolist())


def _decision(  # noqa: PLR0913, PLR0917 - a row has many columns
    decision_id: UUID,
    at_ms: int,
    user: str,
    policy: Policy,
    state: tuple[int, int],
    when: Moment,
    tips: Tips,
    propensities: Floats,
    index: int,
) -> dict[str, Any]:
    return {
        "decision_id": str(decision_id),
        "at": _time(at_ms),
        "user_id": user,
        "policy": policy.key,
        "epoch": state[0],
        "state_ver": state[1],
        "hour": when.hour,
        "weekday": when.weekday,
        "candidates": {**tips._asdict(), "prompt_version": None},
        "propensities": propensities.tolist(),
        "tip_id": tips.tip_id[index],
        "propensity": float(propensities[index]),
        "degraded": False,
    }


def _time(at_ms: int) -> str:
    return (START + timedelta(milliseconds=at_ms - int(START.timestamp() * 1000))).strftime("%Y-%m-%d %H:%M:%S.%f")


def heard(life: Life, policy: Policy) -> list[dict[str, Any]]:
    """Return what a shadow says that asks a policy which learned from every reward of a life, as the replay has it."""
    with connected(life) as connection:
        decisions = logs.read(connection).decisions
    found = []
    for logged, answer in zip(decisions, replayed(decisions, policy), strict=True):
        rows: list[dict[str, Any]] = [
            {"tip_id": tip, "score": 0.0, "propensity": float(chance)}
            for tip, chance in zip(logged.tips.tip_id, answer.propensities, strict=True)
        ]
        rows.sort(key=lambda row: -row["propensity"])
        name = f"shadow:{policy.key.replace('/', '-')}-shadow"
        said = {"signal": name, "policy": policy.key, "degraded": False, "error": None, "ranking": rows}
        found.append({"decision_id": logged.decision_id, **said})
    return found


def connected(life: Life, signals: Sequence[Mapping[str, Any]] = ()) -> duckdb.DuckDBPyConnection:
    """Return a connection with the columns of the lake's views that are read, made from the rows of a life."""
    connection = duckdb.connect()
    for table, rows in (("decisions", life.decisions), ("rewards", life.rewards), ("shadows", signals)):
        lines = [json.dumps(row) for row in rows]
        given = {"columns": json.dumps(COLUMNS[table]), "lines": lines}
        source = "SELECT unnest(from_json(line, $columns)) FROM (SELECT unnest(CAST($lines AS VARCHAR[])) AS line)"
        connection.execute(f"CREATE TABLE {table} AS {source}", given)
    return connection
