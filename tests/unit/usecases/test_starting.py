"""A user keeps the prior they started from; one that cannot be had means the plain ridge, and is reported."""

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import numpy as np
import pytest

from tests.unit.wire import score_body
from tipbandit.adapters.memory import FixedKeys, ManualClock, MemoryStateStore, MemoryTelemetry
from tipbandit.contracts.events import DecisionEvent
from tipbandit.contracts.reset import ResetRequest
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.contracts.stats import StatsRequest
from tipbandit.decisions import KeyRing
from tipbandit.errors import PriorsUnavailableError, PriorUnusableError
from tipbandit.features.encode import encode_columns
from tipbandit.policies.policy import Policy, choose
from tipbandit.policies.prior import Prior
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import cold
from tipbandit.ports import Counter
from tipbandit.usecases.learning import Learner
from tipbandit.usecases.reset import Reset
from tipbandit.usecases.reward import Reward
from tipbandit.usecases.score import Score
from tipbandit.usecases.starting import version_for
from tipbandit.usecases.stats import Stats

_POLICY: Final = POLICIES["linucb/v1"]
_DIM: Final = _POLICY.feature_set.dim
_WINDOW_MS: Final = 86_400_000


def _prior(version: str, weight: float) -> Prior:
    return Prior(version, np.full(_DIM, weight), 3.0 * np.eye(_DIM))


@dataclass
class _Priors:
    """Priors that are, are missing, or cannot be read."""

    now: str | None = None
    known: dict[str, Prior | Exception] = field(default_factory=dict)

    def current(self, policy: Policy) -> str | None:
        return self.now if policy is _POLICY else None

    def get(self, policy: Policy, version: str) -> Prior:  # noqa: ARG002  all are of one
        found = self.known.get(version) or PriorUnusableError(version, ["there is none of that name"])
        if isinstance(found, Exception):
            raise found
        return found


class _Service:
    def __init__(self, priors: _Priors) -> None:
        self.priors, self.store, self.telemetry = priors, MemoryStateStore(), MemoryTelemetry()
        self.clock = ManualClock()
        keys = FixedKeys(KeyRing("k1", {"k1": "x" * 32}))

        named = partial(version_for, priors=priors, telemetry=self.telemetry)
        learner = Learner(self.store, self.clock, _WINDOW_MS, prior_for=named)
        self._score = Score(self.store, keys, self.clock, self.telemetry, priors)
        self._reward = Reward(learner, keys, self.clock, self.telemetry)
        self.stats = Stats(self.store, self.telemetry, priors)
        self.reset = Reset(self.store, self.clock, self.telemetry, _WINDOW_MS)

    def score(self, user: str = "u") -> tuple[ScoreResponse, DecisionEvent]:
        request = ScoreRequest.model_validate({**score_body(), "user_id": user})
        answer = self._score(_POLICY, request)
        event = self.telemetry.events[-1]
        assert isinstance(event, DecisionEvent)
        return answer, event

    def round(self, user: str = "u") -> DecisionEvent:
        answer, event = self.score(user)
        self.clock.sleep(1)
        self._reward(None, RewardRequest(decision=answer.decision, reward=0.5), within_s=1.0)
        return event

    def recorded(self, user: str = "u") -> str | None:
        return self.store.records[user, _POLICY.key].prior


def test_a_new_user_is_decided_for_from_the_prior_and_the_decision_replays() -> None:
    prior = _prior("a", 0.7)
    answer, event = _Service(_Priors("a", {"a": prior})).score()
    x = encode_columns(_POLICY.feature_set, event.context, event.candidates, event.profile_features)
    replayed = choose(_POLICY, cold(_DIM), x, event.decision_id.bytes, prior)
    plain = choose(_POLICY, cold(_DIM), x, event.decision_id.bytes)
    assert event.prior == "a"
    assert event.scores == tuple(replayed.scores.tolist()) != tuple(plain.scores.tolist())
    assert event.propensities == tuple(replayed.propensities.tolist())
    assert event.candidates.tip_id[replayed.index] == answer.tip_id


def test_the_first_reward_records_the_prior_and_later_ones_keep_it() -> None:
    priors = _Priors("a", {"a": _prior("a", 0.7), "b": _prior("b", -0.7)})
    service = _Service(priors)
    service.round()
    assert service.recorded() == "a"
    priors.now = "b"
    assert [service.round().prior for _ in range(2)] == ["a", "a"]
    assert service.recorded() == "a"
    assert service.round("new").prior == "b"
    priors.now = None
    assert (service.round().prior, service.round("newer").prior) == ("a", None)


def test_a_user_who_began_without_a_prior_is_untouched_by_one() -> None:
    priors = _Priors()
    service = _Service(priors)
    service.round()
    priors.now, priors.known = "a", {"a": _prior("a", 0.7)}
    before = service.score()[1]
    assert (before.prior, service.recorded()) == (None, None)
    priors.now = None
    assert service.score()[1].scores == before.scores


def test_after_a_reset_a_user_starts_from_the_prior_of_the_day() -> None:
    priors = _Priors("a", {"a": _prior("a", 0.7), "b": _prior("b", -0.7)})
    service = _Service(priors)
    service.round()
    priors.now = "b"
    service.clock.sleep(1)
    service.reset(ResetRequest(user_id="u"), within_s=1.0)
    service.clock.sleep(120)
    assert service.round().prior == "b"
    assert service.recorded() == "b"


@pytest.mark.parametrize(
    ("failure", "recorded"),
    [(PriorUnusableError("a", ["broken"]), None), (PriorsUnavailableError("S3: SlowDown"), "a")],
)
def test_a_prior_that_cannot_be_had_means_the_plain_ridge_and_is_reported(
    failure: Exception, recorded: str | None
) -> None:
    service, plain = _Service(_Priors("a", {"a": failure})), _Service(_Priors())
    event = service.round()
    assert (event.prior, event.degraded) == (None, False)
    assert event.scores == plain.round().scores
    assert service.recorded() == recorded
    assert "no_prior" in service.telemetry.warnings
    assert service.telemetry.counts[Counter.NO_PRIOR, _POLICY.key] == 2


def test_a_store_that_fails_leaves_the_prior_of_a_new_user_with_true_propensities() -> None:
    prior = _prior("a", 0.7)
    service = _Service(_Priors("a", {"a": prior}))
    service.round()
    record = service.store.records["u", _POLICY.key]
    service.store.records["u", _POLICY.key] = replace(record, blob=b"damaged")
    event = service.score()[1]
    assert (event.degraded, event.prior) == (True, "a")
    assert sum(event.propensities) == pytest.approx(1.0)


def test_stats_show_the_weights_with_the_prior_and_name_it() -> None:
    service = _Service(_Priors("a", {"a": _prior("a", 0.7)}))
    (cold_stats,) = service.stats(_POLICY, StatsRequest(user_id="u")).policies.values()
    assert cold_stats.prior == "a"
    assert cold_stats.theta == pytest.approx(dict.fromkeys(_POLICY.feature_set.names, 0.7))
    service.round()
    (learned,) = service.stats(_POLICY, StatsRequest(user_id="u")).policies.values()
    assert (learned.prior, learned.n) == ("a", 1)
