"""What is asked of the functions on the warm path, and of whom: cases, events, users who have learned."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from local import payload
from local.template import Route
from tipbandit import codec
from tipbandit.codec import Snapshot
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.policies.policy import Policy, learn
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import Record

ARMS: Final = (1, 10, 50, 200)
PLAYED: Final = ("linucb/v1", "egreedy/v2")
"""The default policy, D=7, and the one with all features, D=12."""
REMEMBERED: Final = 20
"""Decision ids that a state remembers."""
_REWARDS: Final = 200
_PROFILE: Final = {
    "completion_rate": 0.42,
    "dismiss_rate": 0.18,
    "mean_dwell_s": 12.5,
    "preferred_hour": 18.5,
    "tips_30d": 140,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of request: ``arms`` candidates to score, or none and a reward instead."""

    policy: str
    arms: int = 0

    @property
    def function(self) -> str:
        """Whose request it is."""
        return "score" if self.arms else "reward"

    @property
    def dim(self) -> int:
        """How many features the policy has."""
        return POLICIES[self.policy].feature_set.dim

    @property
    def name(self) -> str:
        """As the tables name it."""
        arms = f"K={self.arms}, " if self.arms else ""
        return f"/{self.function} {arms}D={self.dim}"


CASES: Final = tuple(Case(policy, arms) for policy in PLAYED for arms in (*ARMS, 0))
GOAL: Final = Case("egreedy/v2", 50)
"""The case that the goal is about."""
DONOR: Final = 10
"""The decision that is rewarded was made among so many candidates."""


def scoring(user_id: str, arms: int) -> dict[str, Any]:
    """Return the body of a /score."""
    return {
        "user_id": user_id,
        "context": {"hour": 8.5, "weekday": 0},
        "candidates": [_candidate(number) for number in range(arms)],
        "profile_features": _PROFILE,
    }


def _candidate(number: int) -> dict[str, Any]:
    candidate = {"tip_id": f"tip-{number:016}", "priority": number % 10 / 10, "age_hours": float(number)}
    return {**candidate, "due_in_hours": 2.5 * number} if number % 2 else candidate


def rewarding(token: str) -> dict[str, Any]:
    """Return the body of a /reward."""
    return {"decision": token, "reaction": "completed"}


def event(case: Case, body: Mapping[str, Any]) -> bytes:
    """Return the event, as JSON, that API Gateway makes of a request."""
    route = Route("POST", f"/{case.function}/{{policy}}/{{version}}", case.function)
    text = json.dumps(body).encode()
    request = payload.Request(
        method="POST",
        path=f"/{case.function}/{case.policy}",
        query="",
        protocol="HTTP/1.1",
        headers={"content-type": "application/json", "content-length": str(len(text)), "host": "localhost"},
        body=text,
        source_ip="127.0.0.1",
    )
    policy, version = case.policy.split("/")
    return json.dumps(payload.event(request, route, {"policy": policy, "version": version})).encode()


def learned(policy: Policy, seed: int, now_ms: int) -> Record:
    """Return the record of a user who has had 200 rewards, ``REMEMBERED`` of them of late."""
    rng = np.random.default_rng(seed)
    state = codec.empty(policy.feature_set).state
    for _ in range(_REWARDS):
        state = learn(policy, state, rng.uniform(-1, 1, policy.feature_set.dim), rng.uniform(-1, 1))
    ids = tuple(
        uuid7(now_ms, (seed * REMEMBERED + number).to_bytes(ENTROPY_BYTES, "big")) for number in range(REMEMBERED)
    )
    return Record(codec.encode(Snapshot(state, ids), policy.feature_set), ver=_REWARDS, updated_at_ms=now_ms)
