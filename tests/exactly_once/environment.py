"""One Lambda environment: the use cases with clients, clock and telemetry of their own, on the real adapter."""

from dataclasses import dataclass, field, replace
from typing import Final

from tests.exactly_once.verdicts import WINDOW_MS
from tests.exactly_once.world import KEYS, MORNING, WALK
from tests.support.emulator import TABLE, reached_at
from tipbandit.adapters.aws import Timeouts
from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.adapters.memory import MemoryTelemetry
from tipbandit.codec import Snapshot, decode, empty
from tipbandit.contracts.reset import ResetRequest, ResetResponse
from tipbandit.contracts.reward import RewardRequest, RewardResponse
from tipbandit.contracts.score import ScoreRequest
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import Clock, Record, StateStore
from tipbandit.usecases.learning import Learner
from tipbandit.usecases.reset import Reset
from tipbandit.usecases.reward import Reward
from tipbandit.usecases.score import Score

POLICY: Final = POLICIES["linucb/v1"]
PATIENT: Final = Timeouts(connect_ms=30_000, read_ms=30_000)
"""These tests are about order, not about time: a busy machine must not time out."""
PATIENCE_S: Final = 60.0


@dataclass
class Environment:
    """One Lambda environment."""

    store: StateStore
    clock: Clock = field(default_factory=SystemClock)
    telemetry: MemoryTelemetry = field(default_factory=MemoryTelemetry)

    @classmethod
    def at(cls, endpoint: str) -> "Environment":
        """Return an environment whose table is behind ``endpoint``."""
        with reached_at(endpoint):
            return cls(DynamoStateStore.connect(TABLE, PATIENT))

    def score(self, user_id: str) -> str:
        """Return the token of a new decision."""
        request = ScoreRequest(user_id=user_id, context=MORNING, candidates=[WALK])
        return Score(self.store, KEYS, self.clock, self.telemetry)(POLICY, request).decision

    def reward(self, token: str, r: float = 1.0, *, patience_s: float = PATIENCE_S) -> RewardResponse:
        """Send a reward."""
        learner = Learner(self.store, self.clock, WINDOW_MS)
        reward = Reward(learner, KEYS, self.clock, self.telemetry)
        return reward(None, RewardRequest(decision=token, reward=r), within_s=patience_s)

    def reset(self, user_id: str) -> ResetResponse:
        """Reset a user."""
        reset = Reset(self.store, self.clock, self.telemetry, WINDOW_MS)
        return reset(ResetRequest(user_id=user_id), within_s=PATIENCE_S)

    def damage(self, user_id: str) -> Record:
        """Flip one bit of what is stored; return the record as it then is."""
        old = self.store.read(user_id, POLICY.key, consistent=True)
        assert old.blob is not None
        damaged = replace(old, blob=old.blob[:-1] + bytes([old.blob[-1] ^ 1]))
        self.store.replace(user_id, POLICY.key, old=old, new=damaged)
        return damaged

    def snapshot(self, user_id: str) -> Snapshot:
        """Return what is stored."""
        blob = self.store.read(user_id, POLICY.key, consistent=True).blob
        return empty(POLICY.feature_set) if blob is None else decode(blob, POLICY.feature_set)
