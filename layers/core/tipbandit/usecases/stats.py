"""Show what the policies have learned about a user."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tipbandit import codec
from tipbandit.callers import ANYONE, Caller
from tipbandit.contracts.stats import Condition, PolicyStats, StatsRequest, StatsResponse
from tipbandit.errors import StateCorruptError
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import estimate
from tipbandit.ports import ABSENT, Counter, Priors, Record, StateStore, Telemetry
from tipbandit.usecases.starting import NO_PRIORS, prior_of


@dataclass(frozen=True, slots=True)
class Stats:
    """The use case behind GET /stats."""

    store: StateStore
    telemetry: Telemetry
    priors: Priors = NO_PRIORS

    def __call__(self, named: Policy | None, request: StatsRequest, *, caller: Caller = ANYONE) -> StatsResponse:
        """Return the statistics of the policy the path names, or of all.

        Raises:
            ForbiddenError: if the caller may not speak for the user.
            StoreUnavailableError: if the store fails or times out.
        """
        user_key = caller.key_of(request.user_id)
        if named is None:
            records = self.store.read_all(user_key)
            policies = list(POLICIES.values())
        else:
            records = {named.key: self.store.read(user_key, named.key, consistent=True)}
            policies = [named]
        found = {each.key: self._of(each, records.get(each.key, ABSENT)) for each in policies}
        return StatsResponse(user_id=request.user_id, policies=found)

    def _of(self, policy: Policy, record: Record) -> PolicyStats:
        condition, snapshot = _condition(record), codec.empty(policy.feature_set)
        try:
            if record.blob is not None:
                snapshot = codec.decode(record.blob, policy.feature_set)
        except StateCorruptError as error:
            condition = "corrupt"
            self.telemetry.count(Counter.CORRUPT, policy.key)
            self.telemetry.warn("state_corrupt", error, [policy.key])
        state = snapshot.state
        prior = prior_of(policy, record, self.priors, self.telemetry)
        theta = estimate(state, policy.ridge_lambda, prior).theta.tolist()
        updated = record.updated_at_ms
        return PolicyStats(
            state=condition,
            n=state.n,
            mean_reward=state.reward_sum / state.n if state.n else None,
            theta=None if condition == "corrupt" else dict(zip(policy.feature_set.names, theta, strict=True)),
            epsilon=policy.epsilon,
            alpha=policy.alpha,
            discount=policy.discount,
            square_gamma=policy.square_gamma,
            prior=None if prior is None else prior.version,
            updated_at=None if updated is None else datetime.fromtimestamp(updated / 1000, UTC),
        )


def _condition(record: Record) -> Condition:
    if record.blob is not None:
        return "learned"
    return "reset" if record.epoch else "cold"
