"""What may be answered to one reward: noted before it is sent, held against what then really happened."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import numpy as np

from tests.exactly_once.faults import FaultyStore
from tests.exactly_once.reference import Made, Reading, Reference
from tipbandit.adapters.memory import MemoryTelemetry
from tipbandit.contracts.events import RewardEvent
from tipbandit.contracts.reward import RewardResponse
from tipbandit.errors import (
    DecisionBeforeResetError,
    DecisionExpiredError,
    OutcomeUnknownError,
    StoreUnavailableError,
    TipbanditError,
)
from tipbandit.ports import Clock

WINDOW_MS: Final = 7 * 86_400_000
SKEW_MS: Final = 60_000


@dataclass
class Books:
    """What is kept of all that happened: the ``reference``, what was ``acknowledged``, and when users were reset."""

    reference: Reference = field(default_factory=Reference)
    telemetry: MemoryTelemetry = field(default_factory=MemoryTelemetry)
    acknowledged: set[tuple[UUID, str, int]] = field(default_factory=set)
    last_reset_ms: dict[str, int] = field(default_factory=dict)


class Verdict:
    """What may be answered to one reward."""

    def __init__(self, books: Books, made: Made, clock: Clock, *, by_token: bool, is_calm: bool) -> None:
        """Note how things stand before the reward of ``made`` is sent.

        Args:
            books: what is kept.
            made: the decision.
            clock: of the environment that answers.
            by_token: whether the decision token is sent.
            is_calm: whether nothing goes wrong and nobody else acts; then the answer is certain.
        """
        self._books = books
        self._made = made
        self._clock = clock
        # The token carries what the read saw; without it, or after a read that failed, only the time is known.
        self._saw = made.reading if by_token else Reading.FAILING
        self._is_calm = is_calm
        self._was_in = books.reference.holds(made)
        self._life = books.reference.lives[made.user_id]
        self._was_too_old = clock.now_ms() - made.made_at_ms > WINDOW_MS

    def on_answer(self, answer: RewardResponse, r: float, store: FaultyStore) -> None:
        """Check an answer."""
        made, reference = self._made, self._books.reference
        assert reference.holds(made), "it was answered as taught, and is not in the state"
        assert answer.n == reference.n(made.user_id, made.policy.key)
        if answer.applied:
            self._on_applied(r, store)
        else:
            assert not store.has_written, "a request that taught the state must say so"
        if self._is_calm:
            assert answer.applied == (not self._was_in)
            assert not (answer.applied and self._was_too_old)

    def _on_applied(self, r: float, store: FaultyStore) -> None:
        made = self._made
        assert not self._was_in, "it had been taught before"
        assert store.has_written or store.is_ambiguous
        key = (made.decision_id, made.policy.key, made.life)
        assert key not in self._books.acknowledged or store.is_ambiguous, "it was acknowledged twice"
        self._books.acknowledged.add(key)
        event = self._books.telemetry.events[-1]
        assert isinstance(event, RewardEvent)
        assert (event.decision_id, event.user_id, event.policy) == (made.decision_id, made.user_id, made.policy.key)
        assert event.reward == r
        np.testing.assert_allclose(event.x, made.x, atol=1e-12)

    def on_refusal(self, error: TipbanditError, store: FaultyStore) -> None:
        """Check an error."""
        match error:
            case DecisionBeforeResetError():
                self._on_before_reset(store)
            case DecisionExpiredError():
                assert self._clock.now_ms() - self._made.made_at_ms > WINDOW_MS
                assert not store.has_written, "it was refused, and it taught the state"
            case StoreUnavailableError():
                assert not self._is_calm
                assert not store.has_written
                assert not store.is_ambiguous, "nothing was changed, it was said, and nobody could know"
            case OutcomeUnknownError():
                assert not self._is_calm
                assert store.is_ambiguous
            case _:
                raise AssertionError("an error that nothing here can cause") from error

    def _on_before_reset(self, store: FaultyStore) -> None:
        made, life = self._made, self._books.reference.lives[self._made.user_id]
        assert not store.has_written or life > self._life, "it was refused, and it taught the state"
        if life > made.life:
            return
        # Made after the reset. It may be refused only if it could not know that.
        assert self._saw is not Reading.FRESH, "a decision made after the reset was refused"
        if self._saw is Reading.FAILING:
            assert made.made_at_ms <= self._books.last_reset_ms[made.user_id] + SKEW_MS
