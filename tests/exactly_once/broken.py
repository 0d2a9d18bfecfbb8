"""Plausible designs that are wrong: each must be found out, or the tests that pass prove nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.exactly_once.faults import FaultyStore
from tests.exactly_once.verdicts import WINDOW_MS
from tests.exactly_once.world import Resetting, Trouble, World
from tipbandit.adapters.memory import MemoryStateStore
from tipbandit.codec import Snapshot
from tipbandit.contracts.reset import ResetRequest, ResetResponse
from tipbandit.decisions import Decision
from tipbandit.errors import StoreUnavailableError
from tipbandit.policies.policy import Policy
from tipbandit.ports import Clock, Record, StateStore
from tipbandit.usecases.learning import Learner


class OverwritingStore(MemoryStateStore):
    """Read, change, write: the last writer wins."""

    def replace(self, user_id: str, policy: str, *, old: Record, new: Record) -> None:  # noqa: ARG002  that is the fault
        """Write, whatever is there."""
        self.records[user_id, policy] = new


class Overwriting(World):
    """A world without the condition."""

    def __init__(self) -> None:
        super().__init__(stored=OverwritingStore())


class ForgetfulLearner(Learner):
    """A version check alone: it does not look for the decision among those rewarded."""

    def _recall(self, policy: Policy, decision: Decision, old: Record) -> Snapshot:
        return super()._recall(policy, decision, old)._replace(rewarded=())


class Forgetful(World):
    """A world in which the version is checked and the decision is not."""

    def learner(self, store: StateStore, clock: Clock) -> Learner:
        """Return what teaches."""
        return ForgetfulLearner(store, clock, WINDOW_MS)


def resent(write: Callable[[], None]) -> None:
    """Write, and once more where nothing was heard."""
    try:
        write()
    except StoreUnavailableError as error:
        if not error.maybe_committed:
            raise
        write()


class ResendingStore(FaultyStore):
    """A store behind an SDK that sends a write again when its answer is lost."""

    def replace(self, user_id: str, policy: str, *, old: Record, new: Record) -> None:
        """See ``resent``."""
        resent(partial(super().replace, user_id, policy, old=old, new=new))


class Resending(World):
    """A world in which the SDK retries conditional writes."""

    def view(self, clock: Clock, trouble: Trouble, committed: Callable[[], None]) -> FaultyStore:
        """Return the store as one writing request meets it."""
        seen = super().view(clock, trouble, committed)
        return ResendingStore(**{name: getattr(seen, name) for name in FaultyStore.__dataclass_fields__})


@dataclass
class DeletingReset:
    """A reset that leaves nothing behind."""

    store: FaultyStore

    def __call__(self, request: ResetRequest, *, within_s: float) -> ResetResponse:  # noqa: ARG002
        """Delete all records of a user."""
        stored = self.store.disk.stored
        for key in [key for key in stored.records if key[0] == request.user_id]:
            del stored.records[key]
            stored.expiries.pop(key, None)
        self.store.has_written = True
        self.store.committed()
        return ResetResponse(user_id=request.user_id, policies=())


class Deleting(World):
    """A world without tombstones."""

    def resetting(self, store: StateStore, clock: Clock) -> Resetting:  # noqa: ARG002
        """Return what resets."""
        assert isinstance(store, FaultyStore)
        return DeletingReset(store)
