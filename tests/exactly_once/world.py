"""A small world: the real use cases over a store that fails as told, every answer held against the reference."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import pytest

from tests.exactly_once.faults import Disk, Fault, FaultyStore, SkewedClock
from tests.exactly_once.reference import Made, Reading, features
from tests.exactly_once.verdicts import WINDOW_MS, Books, Verdict
from tipbandit.adapters.memory import FixedKeys, ManualClock, MemoryStateStore
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.contracts.reset import ResetRequest, ResetResponse
from tipbandit.contracts.reward import RewardRequest, RewardResponse
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.decisions import KeyRing
from tipbandit.errors import OutcomeUnknownError, StoreUnavailableError, TipbanditError
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import Clock, StateStore
from tipbandit.usecases.learning import Learner
from tipbandit.usecases.reset import Reset
from tipbandit.usecases.reward import Reward
from tipbandit.usecases.score import Score

PATIENCE_S: Final = 3.0
KEYS: Final = FixedKeys(KeyRing("k1", {"k1": "k" * 32}))


@dataclass(frozen=True)
class Trouble:
    """What goes wrong during one request, and how long it goes on trying."""

    failing_reads: int = 0
    faults: tuple[Fault, ...] = ()
    meanwhile: tuple[Callable[[], object], ...] = ()
    patience_s: float = PATIENCE_S

    @property
    def is_none(self) -> bool:
        """Whether all goes well."""
        return not (self.failing_reads or self.faults or self.meanwhile)

    @property
    def is_over_before_patience(self) -> bool:
        """Whether a patient request will get through."""
        return self.patience_s >= PATIENCE_S and self.failing_reads + len(self.faults) < len(OUTAGE)


OUTAGE: Final = (Fault.THROTTLED,) * 1000
"""Writes that fail for longer than anybody waits."""
DOWN: Final = Trouble(failing_reads=len(OUTAGE))

CALM: Final = Trouble()
MORNING: Final = Context(hour=8.0, weekday=0)
WALK: Final = Candidate(tip_id="walk", priority=0.8)


class Resetting(Protocol):
    """The use case behind POST /reset, or a broken one."""

    def __call__(self, request: ResetRequest, *, within_s: float) -> ResetResponse:
        """See ``Reset``."""
        ...


@dataclass
class World:
    """All there is, and what is known of it."""

    stored: MemoryStateStore = field(default_factory=MemoryStateStore)
    clock: ManualClock = field(default_factory=ManualClock)
    books: Books = field(default_factory=Books)
    decisions: list[Made] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.disk = Disk(self.clock, self.stored)

    def learner(self, store: StateStore, clock: Clock) -> Learner:
        """Return what teaches; broken worlds return broken ones."""
        return Learner(store, clock, WINDOW_MS)

    def rewarding(self, store: StateStore, clock: Clock) -> Reward:
        """Return what rewards."""
        return Reward(self.learner(store, clock), KEYS, clock, self.books.telemetry)

    def resetting(self, store: StateStore, clock: Clock) -> Resetting:
        """Return what resets."""
        return Reset(store, clock, self.books.telemetry, WINDOW_MS)

    def view(self, clock: Clock, trouble: Trouble, committed: Callable[[], None]) -> FaultyStore:
        """Return the store as one writing request meets it."""
        return FaultyStore(
            self.disk,
            clock,
            committed,
            failing_reads=trouble.failing_reads,
            faults=deque(trouble.faults),
            meanwhile=deque(trouble.meanwhile),
        )

    def score(  # noqa: PLR0913  one argument a circumstance
        self,
        user_id: str,
        policy: str = "linucb/v1",
        *,
        context: Context = MORNING,
        tips: Sequence[Candidate] = (WALK,),
        profile: ProfileFeatures | None = None,
        reading: Reading = Reading.FRESH,
        skew_ms: int = 0,
    ) -> Made:
        """Make a decision, and check what every decision must be."""
        clock = SkewedClock(self.clock, skew_ms)
        store = FaultyStore(
            self.disk, clock, failing_reads=int(reading is Reading.FAILING), lags=reading is Reading.LAGGING
        )
        request = ScoreRequest(user_id=user_id, context=context, candidates=list(tips), profile_features=profile)
        answer = Score(store, KEYS, clock, self.books.telemetry)(POLICIES[policy], request)
        assert answer.degraded == (reading in {Reading.FAILING, Reading.DAMAGED})
        _check_propensities(answer)
        tip = next(tip for tip in tips if tip.tip_id == answer.tip_id)
        made = Made(
            decision_id=answer.decision_id,
            user_id=user_id,
            policy=POLICIES[policy],
            token=answer.decision,
            context=context,
            tip=tip,
            profile=profile,
            life=self.books.reference.lives[user_id],
            reading=reading,
            x=features(context, tip, profile, POLICIES[policy].feature_set.dim),
        )
        self.decisions.append(made)
        return made

    def reward(
        self, made: Made, r: float = 1.0, *, by_token: bool = True, trouble: Trouble = CALM, skew_ms: int = 0
    ) -> RewardResponse | TipbanditError:
        """Send a reward, hold its answer against what really happened, and return the answer."""
        clock = SkewedClock(self.clock, skew_ms)
        verdict = Verdict(self.books, made, clock, by_token=by_token, is_calm=trouble.is_none)
        store = self.view(clock, trouble, lambda: self.books.reference.teach(made, r))
        reward = self.rewarding(store, clock)
        request = request_of(made, r, by_token=by_token)
        try:
            answer = reward(None if by_token else made.policy, request, within_s=trouble.patience_s)
        except TipbanditError as error:
            verdict.on_refusal(error, store)
            _check_patience(error, trouble)
            return error
        verdict.on_answer(answer, r, store)
        return answer

    def reset(self, user_id: str, *, trouble: Trouble = CALM, skew_ms: int = 0) -> TipbanditError | None:
        """Reset a user; return the error, if it was one."""
        clock = SkewedClock(self.clock, skew_ms)
        store = self.view(clock, trouble, lambda: self._forget(user_id, clock))
        resetting = self.resetting(store, clock)
        error: StoreUnavailableError | OutcomeUnknownError | None = None
        try:
            resetting(ResetRequest(user_id=user_id), within_s=trouble.patience_s)
        except (StoreUnavailableError, OutcomeUnknownError) as raised:
            error = raised
        if error is None:
            assert store.has_written
        else:
            assert store.is_ambiguous == isinstance(error, OutcomeUnknownError)
            _check_patience(error, trouble)
        return error

    def pass_time(self, ms: int) -> None:
        """Let time pass; nothing stays on its way for long."""
        if ms >= 1000:
            self.disk.land()
        self.clock.ms += ms

    def expire(self) -> None:
        """Let the table drop the tombstones whose time has come."""
        self.stored.expire(self.clock.ms)

    def _forget(self, user_id: str, clock: Clock) -> None:
        self.books.reference.reset(user_id)
        self.books.last_reset_ms[user_id] = max(clock.now_ms(), self.books.last_reset_ms.get(user_id, 0) + 1)


def _check_patience(error: TipbanditError, trouble: Trouble) -> None:
    gave_up = isinstance(error, StoreUnavailableError | OutcomeUnknownError)
    assert not (gave_up and trouble.is_over_before_patience), "it gave up too soon"


def _check_propensities(answer: ScoreResponse) -> None:
    assert sum(ranked.propensity for ranked in answer.ranking) == pytest.approx(1.0, abs=1e-12)
    assert answer.propensity == next(each.propensity for each in answer.ranking if each.tip_id == answer.tip_id)


def request_of(made: Made, r: float = 1.0, *, by_token: bool = True) -> RewardRequest:
    """Return the request that rewards a decision: by its token, or by what it was made from."""
    if by_token:
        return RewardRequest(decision=made.token, reward=r)
    return RewardRequest(
        decision_id=made.decision_id,
        user_id=made.user_id,
        context=made.context,
        candidate=made.tip,
        profile_features=made.profile,
        reward=r,
    )
