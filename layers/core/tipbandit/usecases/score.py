"""Choose a tip for a user: one read, no write."""

from dataclasses import dataclass

from tipbandit import codec
from tipbandit.callers import ANYONE, Caller
from tipbandit.codec import Snapshot
from tipbandit.contracts.events import DecisionEvent
from tipbandit.contracts.score import Ranked, ScoreRequest, ScoreResponse
from tipbandit.decisions import Decision, to_token
from tipbandit.errors import StateCorruptError, StoreUnavailableError
from tipbandit.features.encode import encode
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.policies.policy import Choice, Policy, choose
from tipbandit.ports import Clock, Counter, Keys, Record, StateStore, Telemetry


@dataclass(frozen=True, slots=True)
class _Recalled:
    """What was found out about the user; ``record`` is None where the state could not be read."""

    snapshot: Snapshot
    record: Record | None
    degraded: bool = False

    @property
    def epoch(self) -> int | None:
        """The user's epoch; None where it is unknown."""
        return None if self.record is None else self.record.epoch


@dataclass(frozen=True, slots=True)
class Score:
    """The use case behind POST /score."""

    store: StateStore
    keys: Keys
    clock: Clock
    telemetry: Telemetry

    def __call__(self, policy: Policy, request: ScoreRequest, *, caller: Caller = ANYONE) -> ScoreResponse:
        """Return the decision for a request.

        If the state cannot be read in time, or is corrupt, the answer comes from the cold prior, with true
        propensities, and says ``degraded``.

        Raises:
            ForbiddenError: if the caller may not speak for the user.
            KeysUnavailableError: if the decision cannot be signed.
        """
        user_key = caller.key_of(request.user_id)
        ring = self.keys.ring()
        recalled = self._recall(policy, user_key)
        x = encode(policy.feature_set, request.context, request.candidates, request.profile_features)
        decision_id = uuid7(self.clock.now_ms(), self.clock.entropy(ENTROPY_BYTES))
        choice = choose(policy, recalled.snapshot.state, x, decision_id.bytes)
        shown = request.candidates[choice.index]
        decision = Decision(
            decision_id=decision_id,
            user_id=user_key,
            policy=policy.key,
            epoch=recalled.epoch,
            tip_id=shown.tip_id,
            prompt_version=shown.prompt_version,
            propensity=choice.propensity,
            x=x[choice.index],
        )
        return self._answer(request, decision, recalled, choice, to_token(decision, ring))

    def _recall(self, policy: Policy, user_id: str) -> _Recalled:
        prior = codec.empty(policy.feature_set)
        record = None
        try:
            # Half the price of a consistent read; a decision made from a state that a reset has just
            # replaced carries the old epoch and so can never teach the new one.
            record = self.store.read(user_id, policy.key, consistent=False)
            if record.blob is None:
                return _Recalled(prior, record)
            return _Recalled(codec.decode(record.blob, policy.feature_set), record)
        except StoreUnavailableError as error:
            self.telemetry.warn("store_unavailable", error, [policy.key])
        except StateCorruptError as error:
            self.telemetry.count(Counter.CORRUPT, policy.key)
            self.telemetry.warn("state_corrupt", error, [policy.key])
        return _Recalled(prior, record, degraded=True)

    def _answer(
        self, request: ScoreRequest, decision: Decision, recalled: _Recalled, choice: Choice, token: str
    ) -> ScoreResponse:
        ranking = _ranking(request, choice)
        self.telemetry.count(Counter.DEGRADED, decision.policy, int(recalled.degraded))
        self.telemetry.count(Counter.EXPLORED, decision.policy, int(choice.explored))
        self.telemetry.event(_event(request, decision, recalled, choice, ranking))
        return ScoreResponse(
            decision_id=decision.decision_id,
            decision=token,
            policy=decision.policy,
            tip_id=decision.tip_id,
            propensity=choice.propensity,
            ranking=ranking,
            degraded=recalled.degraded,
        )


def _event(
    request: ScoreRequest,
    decision: Decision,
    recalled: _Recalled,
    choice: Choice,
    ranking: tuple[Ranked, ...],
) -> DecisionEvent:
    return DecisionEvent(
        decision_id=decision.decision_id,
        user_id=decision.user_id,
        policy=decision.policy,
        epoch=decision.epoch,
        state_ver=None if recalled.record is None else recalled.record.ver,
        context=request.context,
        profile_features=request.profile_features,
        candidates=tuple(request.candidates),
        ranking=ranking,
        tip_id=decision.tip_id,
        prompt_version=decision.prompt_version,
        propensity=choice.propensity,
        x=tuple(decision.x.tolist()),
        explored=choice.explored,
        degraded=recalled.degraded,
    )


def _ranking(request: ScoreRequest, choice: Choice) -> tuple[Ranked, ...]:
    scores, propensities = choice.scores.tolist(), choice.propensities.tolist()
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    return tuple(
        Ranked(tip_id=request.candidates[index].tip_id, score=scores[index], propensity=propensities[index])
        for index in order
    )
