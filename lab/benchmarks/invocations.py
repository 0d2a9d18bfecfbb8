"""Score and reward as Lambda would invoke them, on memory: ready to be called again and again."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np
from pydantic import BaseModel

from tipbandit import codec
from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.memory import FixedKeys, MemoryStateStore
from tipbandit.codec import Snapshot
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest
from tipbandit.decisions import KeyRing
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.policies.policy import Policy, learn
from tipbandit.policies.registry import resolve
from tipbandit.ports import Record
from tipbandit.runtime.endpoint import endpoint
from tipbandit.runtime.http import Request
from tipbandit.runtime.telemetry import Handler, LambdaTelemetry
from tipbandit.usecases.learning import Learner
from tipbandit.usecases.reward import Reward
from tipbandit.usecases.score import Score

REMEMBERED: Final = 20
_REWARDS: Final = 200
_WINDOW_MS: Final = 7 * 86_400_000
_USER: Final = "00000000-0000-0000-0000-000000000001"
_PROFILE: Final = {
    "completion_rate": 0.42,
    "dismiss_rate": 0.18,
    "mean_dwell_s": 12.5,
    "preferred_hour": 18.5,
    "tips_30d": 140,
}

Call = Callable[[], dict[str, Any]]


@dataclass
class Context:
    """What is asked of Lambda's context."""

    function_name: str = "benchmark"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn"
    aws_request_id: str = "id"

    def get_remaining_time_in_millis(self) -> int:
        """As if the invocation had just begun."""
        return 5000


@dataclass
class Invocations:
    """One user who has learned, and the functions wired as their ``app.py`` does, on memory."""

    policy: Policy
    store: MemoryStateStore = field(default_factory=MemoryStateStore)
    keys: FixedKeys = field(default_factory=lambda: FixedKeys(KeyRing("k1", {"k1": "k" * 64})))
    clock: SystemClock = field(default_factory=SystemClock)
    telemetry: LambdaTelemetry = field(default_factory=LambdaTelemetry)

    def __post_init__(self) -> None:
        self.store.records[_USER, self.policy.key] = _learned(self.policy, self.clock.now_ms())

    def score(self, candidates: int) -> Call:
        """Return a call that scores so many candidates."""
        score = Score(self.store, self.keys, self.clock, self.telemetry)

        @endpoint(self.telemetry)
        def handler(request: Request) -> BaseModel:
            return score(request.named_policy() or resolve(), request.json(ScoreRequest))

        body = {
            "user_id": _USER,
            "context": {"hour": 8.5, "weekday": 0},
            "candidates": [_candidate(number) for number in range(candidates)],
            "profile_features": _PROFILE,
        }
        return self._call(handler, "score", body)

    def reward(self) -> Call:
        """Return a call that applies a reward; the state is each time the one it was."""
        learner = Learner(self.store, self.clock, _WINDOW_MS)
        reward = Reward(learner, self.keys, self.clock, self.telemetry)

        @endpoint(self.telemetry)
        def handler(request: Request) -> BaseModel:
            return reward(request.named_policy(), request.json(RewardRequest), within_s=request.remaining_s)

        decision = json.loads(self.score(1)()["body"])["decision"]
        before = dict(self.store.records)
        call = self._call(handler, "reward", {"decision": decision, "reaction": "completed"})

        def for_the_first_time() -> dict[str, Any]:
            self.store.records.update(before)
            return call()

        if not json.loads(for_the_first_time()["body"])["applied"]:
            raise RuntimeError("the reward is not applied each time")
        return for_the_first_time

    def _call(self, handler: Handler, route: str, body: object) -> Call:
        name, version = self.policy.key.split("/")
        event = {
            "version": "2.0",
            "routeKey": f"POST /{route}/{{policy}}/{{version}}",
            "pathParameters": {"policy": name, "version": version},
            "requestContext": {"requestId": "JKJaXmPLvHcESHA="},
            "body": json.dumps(body),
            "isBase64Encoded": False,
        }
        call = partial(handler, event, Context())
        if call()["statusCode"] != 200:  # noqa: PLR2004
            raise RuntimeError(f"/{route} answers {call()}")
        return call


def _candidate(number: int) -> dict[str, Any]:
    candidate = {"tip_id": f"tip-{number:016}", "priority": number % 10 / 10, "age_hours": float(number)}
    return {**candidate, "due_in_hours": 2.5 * number} if number % 2 else candidate


def _learned(policy: Policy, now_ms: int) -> Record:
    rng = np.random.default_rng(0)
    state = codec.empty(policy.feature_set).state
    for _ in range(_REWARDS):
        state = learn(policy, state, rng.uniform(-1, 1, policy.feature_set.dim), rng.uniform(-1, 1))
    ids = tuple(uuid7(now_ms, number.to_bytes(ENTROPY_BYTES, "big")) for number in range(REMEMBERED))
    blob = codec.encode(Snapshot(state, ids), policy.feature_set)
    return Record(blob, ver=_REWARDS, updated_at_ms=now_ms)


@contextmanager
def in_lambda() -> Iterator[None]:
    """Set Powertools' variables, and let what it prints go nowhere."""
    os.environ.update(POWERTOOLS_SERVICE_NAME="benchmark", POWERTOOLS_METRICS_NAMESPACE="tipbandit")
    with redirect_stdout(_nowhere()):
        yield


@cache
def _nowhere() -> TextIO:
    """Open for good: a logger made inside keeps the stream it found."""
    return Path(os.devnull).open("w")
