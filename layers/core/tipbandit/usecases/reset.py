"""Forget a user: every policy's state becomes a tombstone, in one transaction."""

from dataclasses import dataclass

from tipbandit.callers import ANYONE, Caller
from tipbandit.contracts.events import ResetEvent
from tipbandit.contracts.reset import ResetRequest, ResetResponse
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import ABSENT, Clock, Record, StateStore, Telemetry
from tipbandit.usecases.attempts import settled
from tipbandit.usecases.learning import SKEW_MS


@dataclass(frozen=True, slots=True)
class Reset:
    """The use case behind POST /reset."""

    store: StateStore
    clock: Clock
    telemetry: Telemetry
    window_ms: int

    def __call__(self, request: ResetRequest, *, within_s: float, caller: Caller = ANYONE) -> ResetResponse:
        """Clear all that any policy has learned about a user, also policies no longer registered.

        A tombstone carries a new epoch, later than any before, so that no decision made earlier can teach the state
        that follows. It may expire once every such decision is older than the reward window.

        Raises:
            ForbiddenError: if the caller may not speak for the user.
            StoreUnavailableError: if the store failed until the deadline and nothing was changed.
            OutcomeUnknownError: if it failed and the transaction may have been committed.
        """
        user_key = caller.key_of(request.user_id)
        policies = settled(self.clock, within_s, lambda _: self._once(user_key))
        return ResetResponse(user_id=request.user_id, policies=policies)

    def _once(self, user_key: str) -> tuple[str, ...]:
        records = self.store.read_all(user_key)
        now_ms = self.clock.now_ms()
        epoch = max([now_ms, *(record.epoch + 1 for record in records.values())])
        policies = tuple(sorted({*POLICIES, *records}))
        olds = {policy: records.get(policy, ABSENT) for policy in policies}
        tombstones = {
            policy: (old, Record(blob=None, ver=old.ver + 1, epoch=epoch, updated_at_ms=now_ms))
            for policy, old in olds.items()
        }
        self.store.bury(user_key, tombstones, expires_at_ms=epoch + self.window_ms + 2 * SKEW_MS)
        self.telemetry.event(ResetEvent(user_id=user_key, epoch=epoch, policies=policies))
        return policies
