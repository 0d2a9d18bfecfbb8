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
from tipbandit.features.schema import BASE, BASE_ALIGNMENT_WEEKEND, BASE_HOURS, BASE_PROFILE, FeatureSet
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
    "products, weighing and forgetting": Policy(
        key="square/v3", feature_set=BASE_HOURS, epsilon=0.05, square_gamma=4.0, discount=0.9
    ),
    "products with the profile": Policy(
        key="aligned/v1", feature_set=BASE_ALIGNMENT_WEEKEND, epsilon=0.1, alpha=0.5, square_gamma=1.0
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
    shown = told[policy.key]
    assert (shown.epsilon, shown.alpha) == (policy.epsilon, policy.alpha)
    assert (shown.discount, shown.square_gamma) == (policy.discount, policy.square_gamma)
    assert any((told[policy.key].theta or {}).values())


def test_a_discount_and_a_gamma_are_told_where_there_is_one_and_read_either_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A caller that knows of neither goes on reading what is told of the policies that have neither."""
    weighing = _ADDED["products, weighing and forgetting"]
    monkeypatch.setitem(POLICIES, weighing.key, weighing)
    answer = _Service().stats({})
    told = json.loads(answer.model_dump_json())["policies"]
    settings = {"discount": 0.9, "square_gamma": 4.0}
    for key, each in told.items():
        expected = settings if key == weighing.key else {}
        assert {name: each[name] for name in settings if name in each} == expected
    assert StatsResponse.model_validate_json(answer.model_dump_json()) == answer


def test_a_policy_that_forgets_believes_the_later_of_two_rewards_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rewards 1 and -1 for one x: b = 0.9x - x = -0.1x, and the mean reward is 0 all the same.

    With xx' = s and lambda = 1, G = 1.9xx' and theta = -0.1x/(1 + 1.9s). At midnight on a Monday x is 1 in bias,
    hour_cos, priority, freshness, priority*hour_cos and freshness*hour_cos, so s = 6 and each weight is -0.1/12.4.
    """
    policy = _ADDED["products, weighing and forgetting"]
    monkeypatch.setitem(POLICIES, policy.key, policy)
    service, path = _Service(), _path(policy)
    body = score_body(context={"hour": 0, "weekday": 0}, candidates=[{"tip_id": "t", "priority": 1}])
    for reward in (1, -1):
        service.reward(path, {"decision": service.score(path, body).decision, "reward": reward})
    told = service.stats(path).policies[policy.key]
    ones = {"bias", "hour_cos", "priority", "freshness", "priority*hour_cos", "freshness*hour_cos"}
    assert told.theta == pytest.approx({name: -0.1 / 12.4 * (name in ones) for name in BASE_HOURS.names}, abs=1e-15)
    assert (told.n, told.mean_reward) == (2, 0.0)


def test_a_policy_that_weighs_answers_with_its_weights_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """At six in the morning on a Monday, one reward of 1 for priority 1 and age ten years: gamma = 4*sqrt(1).

    Then x is 1 in bias, hour_sin, priority and priority*hour_sin: theta = 1/(1 + 4) there, and of priority 1 and 0
    the scores are 4/5 and 2/5: q = 1/(2 + 4*0.4) = 1/3.6 for the second, and p = 0.05/2 + 0.95q.
    """
    policy = _ADDED["products, weighing and forgetting"]
    monkeypatch.setitem(POLICIES, policy.key, policy)
    service, path = _Service(), _path(policy)
    good, bad = ({"tip_id": f"t{priority}", "priority": priority, "age_hours": 87_600} for priority in (1, 0))
    morning = {"hour": 6, "weekday": 0}
    first = service.score(path, score_body(context=morning, candidates=[good]))
    service.reward(path, {"decision": first.decision, "reward": 1})
    ranking = service.score(path, score_body(context=morning, candidates=[bad, good])).ranking
    assert [each.tip_id for each in ranking] == ["t1", "t0"]
    assert [each.score for each in ranking] == pytest.approx([0.8, 0.4])
    weight = 0.025 + 0.95 / 3.6
    assert [each.propensity for each in ranking] == pytest.approx([1 - weight, weight])


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
