"""Small lakes with rewards that follow a population, and lakes in which something is wrong."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from tests.lake.events import NOON, decision, lay, logged, reward

from tipbandit.contracts.inputs import Candidate, CandidateColumns, Context, ProfileFeatures
from tipbandit.features.encode import encode
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.arrays import Floats

TASTE = np.array([0.1, 0.0, 0.0, 0.0, 0.5, -0.2, 0.1])
"""The mean weights of ``linucb/v1``'s features."""


def lay_lake(root: Path, *, users: int = 25, rewards: int = 16, policy: str = "linucb/v1", **changed: object) -> Path:
    """Lay decisions and their rewards of some users, an hour after the other; ``changed`` is said of every reward."""
    draw = np.random.default_rng(users)
    decisions, given = [], []
    for user in range(users):
        theta = TASTE + 0.3 * draw.standard_normal(len(TASTE))
        for number in range(rewards):
            at = NOON + timedelta(hours=number)
            made = _asked(draw, policy)
            value = float(np.clip(made.pop("base") @ theta + 0.3 * draw.standard_normal(), -1, 1))
            of = {"user_id": f"user-{user:03d}", "policy": policy}
            place = user * rewards + number
            decisions.append(decision(place, at, **made, **of))
            x = {"x": made["x"], "reward": value, "tip_id": made["tip_id"]}
            given.append(reward(place, at, **{**of, **x, **changed}))
    for table, events in (("decisions", decisions), ("rewards", given)):
        lay(root, table, *logged(*events), day=NOON.date())
    return root


def _asked(draw: np.random.Generator, policy: str) -> dict[str, Any]:
    """Candidates with and without numbers, one of which is shown."""
    tips = [
        Candidate(
            tip_id=name,
            priority=None if draw.random() < 0.2 else float(draw.random()),
            due_in_hours=None if draw.random() < 0.5 else float(draw.exponential(20)),
            age_hours=float(draw.exponential(30)),
        )
        for name in ("a", "b", "c")
    ]
    context = Context(hour=float(draw.uniform(0, 24)), weekday=int(draw.integers(7)))
    profile = ProfileFeatures(completion_rate=float(draw.random()), preferred_hour=9.0) if draw.random() < 0.7 else None
    shown = int(draw.integers(3))
    x: Floats = encode(POLICIES[policy].feature_set, context, tips, profile)[shown]
    base: Floats = encode(POLICIES["linucb/v1"].feature_set, context, tips, profile)[shown]
    return {
        "context": context,
        "profile_features": profile,
        "candidates": CandidateColumns.of(tips),
        "tip_id": tips[shown].tip_id,
        "x": tuple(x.tolist()),
        "base": base,
    }


def later(hours: float) -> datetime:
    """A moment that is not far from the others."""
    return NOON + timedelta(hours=hours)
