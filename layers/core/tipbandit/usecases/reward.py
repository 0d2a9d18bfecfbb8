"""Teach a policy how a decision turned out: one read and one conditional write."""

from dataclasses import dataclass

from tipbandit.callers import ANYONE, Caller
from tipbandit.contracts.events import RewardEvent
from tipbandit.contracts.reward import RewardRequest, RewardResponse
from tipbandit.decisions import Decision, from_token
from tipbandit.errors import (
    DecisionBeforeResetError,
    InvalidFieldsError,
    StateCorruptError,
    StateDamagedError,
    UnknownKeyError,
    Violation,
)
from tipbandit.features.encode import encode
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES, resolve
from tipbandit.ports import Clock, Counter, Keys, Telemetry
from tipbandit.rewards import REWARD_BY_REACTION
from tipbandit.usecases.learning import SKEW_MS, Learner, Outcome


@dataclass(frozen=True, slots=True)
class Reward:
    """The use case behind POST /reward."""

    learner: Learner
    keys: Keys
    clock: Clock
    telemetry: Telemetry

    def __call__(
        self, named: Policy | None, request: RewardRequest, *, within_s: float, caller: Caller = ANYONE
    ) -> RewardResponse:
        """Apply the reward of a request, once, and say whether this request did it.

        Args:
            named: the policy the path names; None where it names none.
            request: the decision (token, or what it was made from) and the reward or reaction.
            within_s: how long to go on trying, in seconds.
            caller: on whose behalf.

        Raises:
            ForbiddenError: if the decision was not made for this caller.
            InvalidFieldsError: if the token is forged, or of another policy, or the decision id lies in the future.
            DecisionBeforeResetError: as from ``Learner.apply``; also where the user's state was found damaged, and was
                set aside.
            TipbanditError: what else ``Learner.apply`` raises; KeysUnavailableError.
        """
        decision = self._decision(named, request, caller)
        policy = _policy_of(decision, named)
        reward = _value(request)
        outcome = self._applied(policy, decision, reward, within_s)
        self._report(request, decision, outcome, reward)
        return RewardResponse(applied=outcome.applied, policy=policy.key, n=outcome.n)

    def _applied(self, policy: Policy, decision: Decision, reward: float, within_s: float) -> Outcome:
        ends = self.clock.monotonic() + within_s
        try:
            return self.learner.apply(policy, decision, reward, within_s=within_s)
        except StateCorruptError as error:
            self.telemetry.count(Counter.CORRUPT, policy.key)
            self.telemetry.warn("state_corrupt", error, [policy.key])
            if not isinstance(error, StateDamagedError):
                raise
            self.learner.set_aside(policy, decision.user_id, within_s=ends - self.clock.monotonic())
            self.telemetry.count(Counter.SET_ASIDE, policy.key)
            raise DecisionBeforeResetError("the user's state was damaged; it was set aside, to start anew") from error

    def _decision(self, named: Policy | None, request: RewardRequest, caller: Caller) -> Decision:
        if request.decision is not None:
            decision = self._from_token(request.decision)
            caller.check(decision.user_id)
        else:
            decision = _from_parts(named or resolve(), request, caller)
        if decision.made_at_ms > self.clock.now_ms() + SKEW_MS:
            raise InvalidFieldsError([Violation("decision_id", "lies in the future")])
        return decision

    def _from_token(self, token: str) -> Decision:
        kid = token.partition(".")[0]
        try:
            return from_token(token, self.keys.ring(holding=kid))
        except UnknownKeyError as error:
            raise InvalidFieldsError([Violation("decision", "is signed with an unknown key")]) from error

    def _report(self, request: RewardRequest, decision: Decision, outcome: Outcome, reward: float) -> None:
        self.telemetry.count(Counter.APPLIED, decision.policy, int(outcome.applied))
        self.telemetry.count(Counter.DUPLICATE, decision.policy, int(not outcome.applied))
        self.telemetry.count(Counter.CONFLICT, decision.policy, outcome.conflicts)
        if not outcome.applied:
            return
        self.telemetry.event(
            RewardEvent(
                decision_id=decision.decision_id,
                user_id=decision.user_id,
                policy=decision.policy,
                epoch=outcome.epoch,
                tip_id=decision.tip_id,
                prompt_version=decision.prompt_version,
                propensity=decision.propensity,
                x=tuple(decision.x.tolist()),
                reward=reward,
                reaction=request.reaction,
                dwell_s=request.dwell_s,
                delay_ms=self.clock.now_ms() - decision.made_at_ms,
                n=outcome.n,
            )
        )


def _value(request: RewardRequest) -> float:
    if request.reaction is not None:
        return REWARD_BY_REACTION[request.reaction]
    assert request.reward is not None  # noqa: S101  the contract has exactly one of the two
    return request.reward


def _policy_of(decision: Decision, named: Policy | None) -> Policy:
    if named is not None and named.key != decision.policy:
        raise InvalidFieldsError([Violation("decision", f"was not made by {named.key}, which the path names")])
    policy = POLICIES.get(decision.policy)
    if policy is None or decision.x.shape != (policy.feature_set.dim,):
        raise InvalidFieldsError([Violation("decision", "was made by a policy that is no longer registered")])
    return policy


def _from_parts(policy: Policy, request: RewardRequest, caller: Caller) -> Decision:
    if not (request.decision_id and request.user_id and request.context and request.candidate):
        raise InvalidFieldsError([Violation("decision", "is required")])
    x = encode(policy.feature_set, request.context, [request.candidate], request.profile_features)
    return Decision(
        decision_id=request.decision_id,
        user_id=caller.key_of(request.user_id),
        policy=policy.key,
        epoch=None,
        tip_id=request.candidate.tip_id,
        prompt_version=request.candidate.prompt_version,
        propensity=None,
        x=x[0],
    )
