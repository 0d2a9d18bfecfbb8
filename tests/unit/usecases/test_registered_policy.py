"""Adding a policy is one registry entry: no route, handler, contract or use case changes."""

import json
from typing import Any, Final

import pytest

from tests.unit.wire import score_body
from tipbandit.adapters.memory import FixedKeys, ManualClock, MemoryStateStore, MemoryTelemetry
from tipbandit.contracts.reset import ResetRequest
from tipbandit.contracts.reward import RewardRequest, RewardResponse
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.contracts.stats import StatsRequest, StatsResponse
from tipbandit.decisions import KeyRing
from tipbandit.errors import UnknownPolicyError
from tipbandit.features.schema import BASE, BASE_PROFILE, FeatureSet
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES, resolve
from tipbandit.runtime.http import Request
from tipbandit.usecases.learning import Learner
from tipbandit.usecases.reset import Reset
from tipbandit.usecases.reward import Reward
from tipbandit.usecases.score import Score
from tipbandit.usecases.stats import Stats

_ADDED: Final = {
    "another reading of both sets": Policy(
        key="optimist/v7", feature_set=BASE_PROFILE, ridge_lambda=4.0, epsilon=0.3, alpha=2.0
    ),
    "its own feature set": Policy(
        key="mornings/v1", feature_set=FeatureSet("mornings", (BASE.features[0], BASE.features[4])), epsilon=0.2
    ),
}


class _Service:
    """The four functions as their ``app.py`` wire them, on memory instead of DynamoDB."""

    def __init__(self) -> None:
        store, keys = MemoryStateStore(), FixedKeys(KeyRing("k1", {"k1": "x" * 32}))
        clock, telemetry = ManualClock(), MemoryTelemetry()
        learner = Learner(store=store, clock=clock, window_ms=86_400_000)
        self._score = Score(store=store, keys=keys, clock=clock, telemetry=telemetry)
        self._reward = Reward(learner=learner, keys=keys, clock=clock, telemetry=telemetry)
        self._stats = Stats(store=store, telemetry=telemetry)
        self._reset = Reset(store=store, clock=clock, telemetry=telemetry, window_ms=86_400_000)

    def score(self, path: dict[str, str], body: dict[str, Any]) -> ScoreResponse:
        request = _request(path, body)
        return self._score(request.named_policy() or resolve(), request.json(ScoreRequest))

    def reward(self, path: dict[str, str], body: dict[str, Any]) -> RewardResponse:
        request = _request(path, body)
        return self._reward(request.named_policy(), request.json(RewardRequest), within_s=1.0)

    def stats(self, path: dict[str, str]) -> StatsResponse:
        request = Request({"pathParameters": path, "queryStringParameters": {"user_id": "user-1"}}, 1.0)
        return self._stats(request.named_policy(), request.query(StatsRequest))

    def reset(self) -> tuple[str, ...]:
        return self._reset(_request({}, {"user_id": "user-1"}).json(ResetRequest), within_s=1.0).policies


def _request(path: dict[str, str], body: dict[str, Any]) -> Request:
    return Request({"pathParameters": path, "body": json.dumps(body), "isBase64Encoded": False}, 1.0)


def _path(policy: Policy) -> dict[str, str]:
    name, version = policy.key.split("/")
    return {"policy": name, "version": version}


@pytest.mark.parametrize("policy", _ADDED.values(), ids=_ADDED)
def test_a_registered_policy_is_served_by_every_route(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(POLICIES, policy.key, policy)
    service, path = _Service(), _path(policy)
    decided = service.score(path, score_body(candidates=[{"tip_id": "a"}, {"tip_id": "b", "priority": 1}]))
    assert decided.policy == policy.key
    assert sum(each.propensity for each in decided.ranking) == pytest.approx(1.0)
    rewarded = service.reward(path, {"decision": decided.decision, "reward": 1})
    assert (rewarded.applied, rewarded.policy, rewarded.n) == (True, policy.key, 1)
    told = service.stats(path).policies
    assert set(told) == {policy.key}
    assert (told[policy.key].n, told[policy.key].mean_reward) == (1, 1.0)
    assert tuple(told[policy.key].theta or ()) == policy.feature_set.names
    assert (told[policy.key].epsilon, told[policy.key].alpha) == (policy.epsilon, policy.alpha)
    assert any((told[policy.key].theta or {}).values())


@pytest.mark.parametrize("policy", _ADDED.values(), ids=_ADDED)
def test_a_registered_policy_is_among_all(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token routes its reward by itself; stats without a policy tells of it; reset clears it."""
    monkeypatch.setitem(POLICIES, policy.key, policy)
    service = _Service()
    decided = service.score(_path(policy), score_body())
    assert service.reward({}, {"decision": decided.decision, "reaction": "completed"}).policy == policy.key
    assert service.stats({}).policies[policy.key].n == 1
    assert set(service.reset()) == set(POLICIES)
    assert service.stats({}).policies[policy.key].state == "reset"


@pytest.mark.parametrize("policy", _ADDED.values(), ids=_ADDED)
def test_the_other_policies_learn_nothing_from_it(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(POLICIES, policy.key, policy)
    service = _Service()
    decided = service.score(_path(policy), score_body())
    service.reward({}, {"decision": decided.decision, "reward": -1})
    assert {key: told.n for key, told in service.stats({}).policies.items()} == {
        key: int(key == policy.key) for key in POLICIES
    }


@pytest.mark.parametrize("policy", _ADDED.values(), ids=_ADDED)
def test_until_it_is_registered_no_route_knows_it(policy: Policy) -> None:
    service, path = _Service(), _path(policy)
    for call in (
        lambda: service.score(path, score_body()),
        lambda: service.reward(path, {"decision": "x", "reward": 1}),
        lambda: service.stats(path),
    ):
        with pytest.raises(UnknownPolicyError):
            call()
