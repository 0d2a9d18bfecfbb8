"""Apply one reward to one state exactly once, under any fault of the store.

The state remembers the ids of the decisions it was rewarded for, and state and ids are replaced together by one
conditional write. So a duplicate finds its id, a concurrent writer loses the race and reads again, and a writer whose
answer was lost finds its own id on the next look.

A state that fails its check cannot say what it was rewarded for. It is set aside whole, and a tombstone takes its place
as after a reset: decisions made before teach nothing any more, or one of them might be learned twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tipbandit import codec
from tipbandit.codec import Remembered, Snapshot
from tipbandit.decisions import Decision
from tipbandit.errors import DecisionBeforeResetError, DecisionExpiredError, StateDamagedError, TooManyRewardsError
from tipbandit.policies.policy import Policy, learn
from tipbandit.ports import Clock, Record, StateStore
from tipbandit.usecases.attempts import Tries, settled

SKEW_MS: Final = 60_000
"""How far apart the clocks of two environments may be without an id being forgotten while it can still be used."""
MAX_REMEMBERED: Final = 4096
"""Decision ids a state may hold: 64 KiB of the 400 KiB an item may have; 585 rewards a day for a week."""

KEEP_DAMAGED_MS: Final = 90 * 86_400_000
"""How long a damaged state is kept for whoever looks into it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went.

    Attributes:
        applied: true if this call taught the state; false if the decision was already among the rewarded ones.
        n: rewards the state has learned.
        epoch: the epoch of the state.
        conflicts: writes lost to somebody else on the way.
    """

    applied: bool
    n: int
    epoch: int
    conflicts: int


def _its_own(_: Policy, record: Record) -> str | None:
    return record.prior


@dataclass(frozen=True, slots=True)
class Learner:
    """Teaches states, one reward at a time."""

    store: StateStore
    clock: Clock
    window_ms: int
    prior_for: Callable[[Policy, Record], str | None] = _its_own
    """Names the prior of the next record, from the one before; see ``starting.version_for``."""

    def apply(self, policy: Policy, decision: Decision, reward: float, *, within_s: float) -> Outcome:
        """Apply ``reward`` in [-1, 1] to the state of the decision's user, once.

        Raises:
            RewardRefusedError: if the decision is too old, or was made before a reset.
            TooManyRewardsError: if the state can remember no more decisions for now.
            StateDamagedError: if the stored state fails its check.
            StateCorruptError: if another version of this service wrote it.
            StoreUnavailableError: if the store failed until the deadline and nothing was changed.
            OutcomeUnknownError: if it failed and the last write may have been committed.
        """
        sent: list[Record] = []
        return settled(self.clock, within_s, lambda tries: self._once(policy, decision, reward, tries, sent))

    def set_aside(self, policy: Policy, user_id: str, *, within_s: float) -> None:
        """Move a state that fails its check to a key of its own, unless that has been done; the user starts anew.

        Raises:
            StoreUnavailableError: if the store failed until the deadline and nothing was changed.
            OutcomeUnknownError: if it failed and the transaction may have been committed.
        """
        settled(self.clock, within_s, lambda _: self._set_aside_once(policy, user_id))

    def _set_aside_once(self, policy: Policy, user_id: str) -> None:
        old = self.store.read(user_id, policy.key, consistent=True)
        try:
            if old.blob is not None:
                codec.decode(old.blob, policy.feature_set)
        except StateDamagedError:
            now_ms = self.clock.now_ms()
            epoch = max(now_ms, old.epoch + 1)
            self.store.set_aside(
                user_id,
                policy.key,
                old=old,
                new=Record(blob=None, ver=old.ver + 1, epoch=epoch, updated_at_ms=now_ms),
                keep_until_ms=epoch + KEEP_DAMAGED_MS,
                expires_at_ms=epoch + self.window_ms + 2 * SKEW_MS,
            )

    def _once(self, policy: Policy, decision: Decision, reward: float, tries: Tries, sent: list[Record]) -> Outcome:
        old = self.store.read(decision.user_id, policy.key, consistent=True)
        snapshot = self._recall(policy, decision, old)
        if decision.decision_id in snapshot.rewarded:
            # Found after a write of our own whose answer was lost: that write was it, unless another's has its version.
            applied = tries.maybe_committed and not _is_anothers(old, sent[-1])
            return Outcome(applied, snapshot.state.n, old.epoch, tries.conflicts)
        new, n = self._next(policy, decision, reward, old=old, snapshot=snapshot)
        sent.append(new)
        self.store.replace(decision.user_id, policy.key, old=old, new=new)
        return Outcome(applied=True, n=n, epoch=new.epoch, conflicts=tries.conflicts)

    def _recall(self, policy: Policy, decision: Decision, old: Record) -> Snapshot:
        if _precedes(decision, old.epoch):
            raise DecisionBeforeResetError("the decision was made before the user was reset")
        return codec.empty(policy.feature_set) if old.blob is None else codec.decode(old.blob, policy.feature_set)

    def _next(
        self, policy: Policy, decision: Decision, reward: float, *, old: Record, snapshot: Snapshot
    ) -> tuple[Record, int]:
        now_ms = self.clock.now_ms()
        # Only here: while its id is remembered, a decision of any age is known to have been rewarded.
        if now_ms - decision.made_at_ms > self.window_ms:
            raise DecisionExpiredError("the decision is older than the reward window")
        kept = Remembered.of(snapshot.rewarded).since(now_ms - self.window_ms - SKEW_MS)
        if len(kept) >= MAX_REMEMBERED:
            raise TooManyRewardsError(f"a user can have {MAX_REMEMBERED} rewards within the reward window")
        state = learn(policy, snapshot.state, decision.x, reward)
        blob = codec.encode(Snapshot(state, kept.and_then(decision.decision_id)), policy.feature_set)
        # A decision whose epoch is ahead saw a tombstone that has expired since. The record must not take that epoch:
        # decisions made after the tombstone would be refused, and the record could pass for the tombstone in a write.
        prior = self.prior_for(policy, old)
        return Record(blob=blob, ver=old.ver + 1, epoch=old.epoch, updated_at_ms=now_ms, prior=prior), state.n


def _is_anothers(found: Record, sent: Record) -> bool:
    return found.ver == sent.ver and found.blob != sent.blob


def _precedes(decision: Decision, epoch: int) -> bool:
    """Whether a decision was made before the reset that started ``epoch``.

    Where the decision does not know its epoch its time decides, on the safe side of any clock skew.
    """
    if decision.epoch is None:
        return epoch > 0 and decision.made_at_ms <= epoch + SKEW_MS
    return decision.epoch < epoch
