"""Choose a tip for a user: one read, no write."""

from collections.abc import Sequence
from dataclasses import dataclass

from tipbandit import codec
from tipbandit.callers import ANYONE, Caller
from tipbandit.contracts.events import DecisionEvent
from tipbandit.contracts.inputs import CandidateColumns
from tipbandit.contracts.score import Ranked, ScoreRequest, ScoreResponse
from tipbandit.decisions import Decision, to_token
from tipbandit.errors import StateCorruptError, StoreUnavailableError
from tipbandit.features.encode import encode_columns
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.policies.policy import Choice, Policy, choose
from tipbandit.policies.prior import Prior
from tipbandit.policies.ridge import Array, State, cold
from tipbandit.ports import Clock, Counter, Keys, Meanwhile, Priors, Record, StateStore, Telemetry
from tipbandit.usecases.starting import NO_PRIORS, prior_of


@dataclass(frozen=True, slots=True)
class _Recalled:
    """What was found out about the user; ``record`` is None where it could not be read."""

    state: State
    record: Record | None
    prior: Prior | None
    degraded: bool

    @property
    def epoch(self) -> int | None:
        """The user's epoch; None where it is unknown."""
        return None if self.record is None else self.record.epoch


@dataclass(slots=True)
class _Encoded:
    """The candidates by column and X, made when they are first asked for: while the state is read, if that can be."""

    policy: Policy
    request: ScoreRequest
    made: tuple[CandidateColumns, Array] | None = None

    def __call__(self) -> tuple[CandidateColumns, Array]:
        if self.made is None:
            request, columns = self.request, CandidateColumns.of(self.request.candidates)
            x = encode_columns(self.policy.feature_set, request.context, columns, request.profile_features)
            self.made = columns, x
        return self.made


@dataclass(frozen=True, slots=True)
class Score:
    """The use case behind POST /score."""

    store: StateStore
    keys: Keys
    clock: Clock
    telemetry: Telemetry
    priors: Priors = NO_PRIORS

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
        encoded = _Encoded(policy, request)
        recalled = self._recall(policy, user_key, encoded)
        candidates, x = encoded()
        decision_id = uuid7(self.clock.now_ms(), self.clock.entropy(ENTROPY_BYTES))
        choice = choose(policy, recalled.state, x, decision_id.bytes, recalled.prior)
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
        token = to_token(decision, ring)
        self.telemetry.count(Counter.DEGRADED, policy.key, int(recalled.degraded))
        self.telemetry.count(Counter.EXPLORED, policy.key, int(choice.explored))
        self.telemetry.event(_event(request, candidates, decision, recalled, choice))
        return _answer(decision, recalled, candidates, choice, token)

    def _recall(self, policy: Policy, user_id: str, meanwhile: Meanwhile) -> _Recalled:
        record, state, degraded = None, None, True
        try:
            # Half the price of a consistent read; a decision made from a state that a reset has just
            # replaced carries the old epoch and so can never teach the new one.
            record = self.store.read(user_id, policy.key, consistent=False, meanwhile=meanwhile)
            if record.blob is not None:
                state = codec.decode(record.blob, policy.feature_set).state
            degraded = False
        except StoreUnavailableError as error:
            self.telemetry.warn("store_unavailable", error, [policy.key])
        except StateCorruptError as error:
            self.telemetry.count(Counter.CORRUPT, policy.key)
            self.telemetry.warn("state_corrupt", error, [policy.key])
        prior = prior_of(policy, record, self.priors, self.telemetry)
        return _Recalled(cold(policy.feature_set.dim) if state is None else state, record, prior, degraded)


def _event(
    request: ScoreRequest, candidates: CandidateColumns, decision: Decision, recalled: _Recalled, choice: Choice
) -> DecisionEvent:
    return DecisionEvent(
        decision_id=decision.decision_id,
        user_id=decision.user_id,
        policy=decision.policy,
        epoch=decision.epoch,
        state_ver=None if recalled.record is None else recalled.record.ver,
        prior=None if recalled.prior is None else recalled.prior.version,
        context=request.context,
        profile_features=request.profile_features,
        candidates=candidates,
        scores=tuple(choice.scores.tolist()),
        propensities=tuple(choice.propensities.tolist()),
        tip_id=decision.tip_id,
        prompt_version=decision.prompt_version,
        propensity=choice.propensity,
        x=tuple(decision.x.tolist()),
        explored=choice.explored,
        degraded=recalled.degraded,
        shadow=request.shadow,
    )


def _answer(
    decision: Decision, recalled: _Recalled, candidates: CandidateColumns, choice: Choice, token: str
) -> ScoreResponse:
    return ScoreResponse(
        decision_id=decision.decision_id,
        decision=token,
        policy=decision.policy,
        tip_id=decision.tip_id,
        propensity=choice.propensity,
        ranking=_ranking(candidates.tip_id, choice),
        degraded=recalled.degraded,
    )


def _ranking(tip_ids: Sequence[str], choice: Choice) -> tuple[Ranked, ...]:
    """Return the candidates, best first, equals in the order of the request; the event checks the same numbers."""
    scores, propensities = choice.scores.tolist(), choice.propensities.tolist()
    order = (-choice.scores).argsort(kind="stable").tolist()
    return tuple([Ranked(tip_ids[index], scores[index], propensities[index]) for index in order])
