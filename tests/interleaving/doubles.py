"""Plausible designs of the write path that are wrong, on the real client: each must be found out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from tests.exactly_once.broken import ForgetfulLearner, resent
from tests.exactly_once.verdicts import WINDOW_MS
from tests.interleaving.designs import SOUND, Design
from tests.interleaving.history import Law
from tipbandit import codec
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.adapters.dynamodb_errors import translated
from tipbandit.codec import Snapshot
from tipbandit.contracts.reset import ResetRequest, ResetResponse
from tipbandit.decisions import Decision
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import State
from tipbandit.ports import ABSENT, Clock, Meanwhile, Record, StateStore, Telemetry, nothing
from tipbandit.usecases.attempts import settled
from tipbandit.usecases.learning import Learner

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Speaking:
    """The low-level client of a double, which says what it likes to one table."""

    table: str
    dynamodb: Any


class ShortLearner(Learner):
    """It looks for the decision, and remembers the last one only."""

    def _recall(self, policy: Policy, decision: Decision, old: Record) -> Snapshot:
        snapshot = super()._recall(policy, decision, old)
        return snapshot._replace(rewarded=snapshot.rewarded[-1:])


class OverwritingStore(DynamoStateStore):
    """Read, change, write: the last writer wins."""

    def _put(self, user_id: str, policy: str, *, old: Record, new: Record) -> dict[str, Any]:
        put = super()._put(user_id, policy, old=old, new=new)
        return {name: put[name] for name in ("TableName", "Item")}


class ResendingStore(DynamoStateStore):
    """An SDK that sends a write again when its answer is lost."""

    def replace(self, user_id: str, policy: str, *, old: Record, new: Record) -> None:
        """See ``resent``."""
        resent(partial(super().replace, user_id, policy, old=old, new=new))


class AddingStore(DynamoStateStore):
    """Counters: what a reward adds is added by the table itself, and nobody remembers for which decision."""

    def __init__(self, table: str, dynamodb: Any) -> None:  # noqa: ANN401  as the original
        super().__init__(table, dynamodb)
        self._plain = Speaking(table, dynamodb)

    def read(
        self,
        user_id: str,
        policy: str,
        *,
        consistent: bool,
        meanwhile: Meanwhile = nothing,  # noqa: ARG002  a hint
    ) -> Record:
        """Return the counters as if they were a state."""
        with translated(writing=False):
            answer = self._plain.dynamodb.get_item(
                TableName=self._plain.table, Key=_key(user_id, policy), ConsistentRead=consistent
            )
        return _from_counters(policy, answer["Item"]) if "Item" in answer else ABSENT

    def replace(self, user_id: str, policy: str, *, old: Record, new: Record) -> None:
        """Add the difference."""
        before, after = _numbers(policy, old), _numbers(policy, new)
        added = {f"c{at}": after[at] - before[at] for at in range(len(after))} | {"ver": 1, "epoch": 0}
        with translated(writing=True):
            self._plain.dynamodb.update_item(
                TableName=self._plain.table,
                Key=_key(user_id, policy),
                AttributeUpdates={name: {"Action": "ADD", "Value": {"N": _text(n)}} for name, n in added.items()},
            )


def _text(number: float) -> str:
    return f"{number:.15f}".rstrip("0").rstrip(".")


def _key(user_id: str, policy: str) -> dict[str, Any]:
    return {"user_id": {"S": user_id}, "kind": {"S": f"state#{policy}"}}


def _numbers(policy: str, record: Record) -> list[float]:
    feature_set = POLICIES[policy].feature_set
    state = (codec.empty(feature_set) if record.blob is None else codec.decode(record.blob, feature_set)).state
    return [state.n, state.reward_sum, *state.b.tolist(), *state.gram.ravel().tolist()]


def _from_counters(policy: str, item: Values) -> Record:
    feature_set = POLICIES[policy].feature_set
    dim = feature_set.dim
    ver, epoch = round(float(item["ver"]["N"])), round(float(item["epoch"]["N"]))
    if "c0" not in item:
        return Record(None, ver, epoch, 0)
    numbers = np.array([float(item[f"c{at}"]["N"]) for at in range(2 + dim + dim * dim)])
    state = State(numbers[2 + dim :].reshape(dim, dim), numbers[2 : 2 + dim], round(numbers[0]), float(numbers[1]))
    return Record(codec.encode(Snapshot(state), feature_set), ver, epoch, 0)


@dataclass(frozen=True)
class WrongReset(ABC):
    """A reset that tries again as the real one does."""

    store: StateStore
    clock: Clock
    telemetry: Telemetry

    def __call__(self, request: ResetRequest, *, within_s: float) -> ResetResponse:
        """Reset a user."""
        return settled(self.clock, within_s, lambda _: self._once(request.user_id))

    @abstractmethod
    def _once(self, user_id: str) -> ResetResponse: ...


class DeletingReset(WrongReset):
    """A reset that leaves nothing behind."""

    def _once(self, user_id: str) -> ResetResponse:
        assert isinstance(self.store, DynamoStateStore)
        table, dynamodb = self.store._table, self.store._dynamodb  # noqa: SLF001  it speaks past the port
        policies = tuple(self.store.read_all(user_id))
        deletes = [{"Delete": {"TableName": table, "Key": _key(user_id, policy)}} for policy in policies]
        if deletes:
            with translated(writing=True):
                dynamodb.transact_write_items(TransactItems=deletes)
        return ResetResponse(user_id=user_id, policies=policies)


class EpochlessReset(WrongReset):
    """A reset whose tombstones do not say when it was."""

    def _once(self, user_id: str) -> ResetResponse:
        records = self.store.read_all(user_id)
        now_ms = self.clock.now_ms()
        olds = {policy: records.get(policy, ABSENT) for policy in sorted({*POLICIES, *records})}
        buried = {policy: (old, Record(None, old.ver + 1, 0, now_ms)) for policy, old in olds.items()}
        self.store.bury(user_id, buried, expires_at_ms=now_ms + WINDOW_MS)
        return ResetResponse(user_id=user_id, policies=tuple(buried))


def _forgetful(store: StateStore, clock: Clock) -> ForgetfulLearner:
    return ForgetfulLearner(store, clock, WINDOW_MS)


def _short(store: StateStore, clock: Clock) -> ShortLearner:
    return ShortLearner(store, clock, WINDOW_MS)


@dataclass(frozen=True)
class Double:
    """A design that is wrong, and the ``laws`` it is known to break."""

    design: Design
    laws: frozenset[Law]


def _double(*laws: Law, **parts: Callable[..., Any]) -> Double:
    return Double(Design(**parts), frozenset(laws))


DOUBLES: Final = {
    "read, change, write": _double(Law.OVERWRITTEN, Law.ONCE, store=OverwritingStore),
    "counters that are added to": _double(Law.ONCE, store=AddingStore),
    "a version, and no decision id": _double(Law.ONCE, learner=_forgetful),
    "a memory of one decision": _double(Law.STATE, Law.ONCE, learner=_short),
    "an SDK that sends writes again": _double(Law.DUPLICATE, store=ResendingStore),
    "a reset that deletes": _double(Law.RESET, reset=DeletingReset),
    "a reset without an epoch": _double(Law.RESET, reset=EpochlessReset),
}


def design_of(wrong: str | None) -> Design:
    """Return the design of a double; the service's own, if none is named."""
    return SOUND if wrong is None else DOUBLES[wrong].design
