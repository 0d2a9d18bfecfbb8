"""What a reward is learned with is what the decision was made with, whatever has happened since."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.unit.wire import score_body
from tipbandit import codec
from tipbandit.adapters.memory import FixedKeys, ManualClock, MemoryStateStore, MemoryTelemetry
from tipbandit.contracts.events import DecisionEvent, RewardEvent
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.decisions import KeyRing, from_token
from tipbandit.features.encode import encode_columns
from tipbandit.policies.policy import choose
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import State, update
from tipbandit.usecases.learning import Learner
from tipbandit.usecases.reward import Reward
from tipbandit.usecases.score import Score

_RING = KeyRing("k1", {"k1": "x" * 32})
_REGISTERED = pytest.mark.parametrize("key", POLICIES)


@dataclass
class _Service:
    store: MemoryStateStore = field(default_factory=MemoryStateStore)
    clock: ManualClock = field(default_factory=ManualClock)
    telemetry: MemoryTelemetry = field(default_factory=MemoryTelemetry)

    def score(self, key: str, hour: float = 8.5) -> ScoreResponse:
        tips = [{"tip_id": f"t{index}", "priority": index / 4, "age_hours": 10 * index} for index in range(5)]
        profile = {"completion_rate": hour / 24}
        body = score_body(context={"hour": hour, "weekday": 0}, candidates=tips, profile_features=profile)
        use_case = Score(store=self.store, keys=FixedKeys(_RING), clock=self.clock, telemetry=self.telemetry)
        return use_case(POLICIES[key], ScoreRequest.model_validate(body))

    def reward(self, token: str, reward: float) -> None:
        learner = Learner(store=self.store, clock=self.clock, window_ms=86_400_000)
        use_case = Reward(learner=learner, keys=FixedKeys(_RING), clock=self.clock, telemetry=self.telemetry)
        use_case(None, RewardRequest(decision=token, reward=reward), within_s=1.0)

    def state(self, key: str) -> State:
        blob = self.store.read("user-1", key, consistent=True).blob
        assert blob is not None
        return codec.decode(blob, POLICIES[key].feature_set).state

    def decisions(self) -> list[DecisionEvent]:
        return [event for event in self.telemetry.events if isinstance(event, DecisionEvent)]

    def rewards(self) -> list[RewardEvent]:
        return [event for event in self.telemetry.events if isinstance(event, RewardEvent)]


def _propensity_now(service: _Service, key: str, decided: ScoreResponse) -> float:
    """What the state of this moment would give the tip that was shown."""
    event = next(each for each in service.decisions() if each.decision_id == decided.decision_id)
    x = encode_columns(POLICIES[key].feature_set, event.context, event.candidates, event.profile_features)
    choice = choose(POLICIES[key], service.state(key), x, decided.decision_id.bytes)
    return float(choice.propensities[event.candidates.tip_id.index(decided.tip_id)])


@_REGISTERED
def test_a_decision_replays_to_the_last_bit_from_its_logged_event_and_the_stored_state(key: str) -> None:
    service = _Service()
    for step in range(20):
        service.reward(service.score(key, hour=step % 24).decision, 1.0 if step % 3 else -0.25)
    stored = service.store.read("user-1", key, consistent=True).blob
    service.score(key)
    event = DecisionEvent.model_validate_json(service.decisions()[-1].model_dump_json())

    assert stored is not None
    policy = POLICIES[event.policy]
    x = encode_columns(policy.feature_set, event.context, event.candidates, event.profile_features)
    choice = choose(policy, codec.decode(stored, policy.feature_set).state, x, event.decision_id.bytes)
    assert event.candidates.tip_id[choice.index] == event.tip_id
    assert (choice.propensity, choice.explored) == (event.propensity, event.explored)
    assert tuple(x[choice.index].tolist()) == event.x
    assert (tuple(choice.scores.tolist()), tuple(choice.propensities.tolist())) == (event.scores, event.propensities)


@_REGISTERED
def test_the_propensity_of_a_reward_is_the_one_of_the_decision(key: str) -> None:
    """Thirty other rewards come in between, after which the same tip would be shown with another probability."""
    service = _Service()
    decided = service.score(key)
    for step in range(30):
        between = service.score(key, hour=step % 24)
        service.reward(between.decision, -1.0 if between.tip_id == decided.tip_id else 1.0)
    service.reward(decided.decision, 1.0)
    (event,) = (each for each in service.rewards() if each.decision_id == decided.decision_id)
    assert event.propensity == decided.propensity
    assert _propensity_now(service, key, decided) != pytest.approx(decided.propensity)


@_REGISTERED
def test_a_state_learns_exactly_the_x_of_the_decision(key: str) -> None:
    service = _Service()
    late, early = service.score(key, hour=23.0), service.score(key, hour=5.0)
    service.reward(early.decision, -1.0)
    before = service.state(key)
    service.clock.ms += 3_600_000
    service.reward(late.decision, 0.5)
    learned, said = service.state(key), from_token(late.decision, _RING)
    expected = update(before, said.x, 0.5)
    np.testing.assert_array_equal(learned.gram, expected.gram)
    np.testing.assert_array_equal(learned.b, expected.b)
    assert service.rewards()[-1].x == tuple(said.x.tolist())


@_REGISTERED
def test_token_answer_and_event_tell_of_one_decision(key: str) -> None:
    service = _Service()
    for _ in range(50):
        decided = service.score(key)
        carried, event = from_token(decided.decision, _RING), service.decisions()[-1]
        ranked = {each.tip_id: each.propensity for each in decided.ranking}
        assert ranked[decided.tip_id] == decided.propensity == carried.propensity == event.propensity
        assert decided.decision_id == carried.decision_id == event.decision_id
        assert decided.tip_id == carried.tip_id == event.tip_id
        assert tuple(carried.x.tolist()) == event.x


@_REGISTERED
def test_a_logged_decision_replays_from_its_event(key: str) -> None:
    """Candidates, context and profile are in the event; the decision id is the key of the draw."""
    service = _Service()
    for step in range(20):
        service.reward(service.score(key, hour=step).decision, step / 20)
    state = service.state(key)
    decided, event = service.score(key), service.decisions()[-1]
    x = encode_columns(POLICIES[key].feature_set, event.context, event.candidates, event.profile_features)
    replayed = choose(POLICIES[key], state, x, event.decision_id.bytes)
    assert event.candidates.tip_id[replayed.index] == decided.tip_id
    assert replayed.propensity == decided.propensity
    assert sorted(replayed.scores.tolist(), reverse=True) == [each.score for each in decided.ranking]


@_REGISTERED
def test_the_ranking_has_every_candidate_once_the_highest_score_first(key: str) -> None:
    service = _Service()
    for step in range(20):
        service.reward(service.score(key, hour=step).decision, step / 20)
        ranking = service.score(key).ranking
        assert sorted(each.tip_id for each in ranking) == ["t0", "t1", "t2", "t3", "t4"]
        assert [each.score for each in ranking] == sorted((each.score for each in ranking), reverse=True)
        assert sum(each.propensity for each in ranking) == pytest.approx(1.0)
        assert ranking[0].propensity == max(each.propensity for each in ranking)
