"""The service of a simulated caller: the use cases themselves in simulated time, and what they would have logged."""

from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

from tipbandit.adapters.memory import FixedKeys, MemoryStateStore, MemoryTelemetry
from tipbandit.contracts.events import DecisionEvent, Event, RewardEvent
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.decisions import KeyRing
from tipbandit.errors import StoreUnavailableError
from tipbandit.ids import unix_ms_of
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import Meanwhile, Record, nothing
from tipbandit.usecases.learning import Learner
from tipbandit.usecases.reward import Reward
from tipbandit.usecases.score import Score
from tipbandit_lab.faithful.stage import entropy_of
from tipbandit_recommender import SHADOWS
from tipbandit_recommender.sinks import ShadowSignal

WINDOW_MS: Final = 7 * 86_400_000
"""For how long a decision can be rewarded, as the template has it."""
DEADLINE_MS: Final = 2_000.0
"""Of a shadow's answer."""

_ANSWERED_MS: Final = 5
"""From the moment of a request to its line in the log."""

_KEYS: Final = FixedKeys(KeyRing("simulated", {"simulated": "simulated" * 4}))
_PATIENCE_S: Final = 10.0


E = TypeVar("E", bound=Event)


@dataclass(slots=True)
class _Clock:
    """``ports.Clock`` of one moment after the other: the next decision gets the id it is given."""

    ms: int = 0
    drawn: bytes = b""

    def cue(self, decision_id: UUID) -> None:
        """Let it be the moment of a decision."""
        self.ms, self.drawn = unix_ms_of(decision_id), entropy_of(decision_id)

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000

    def sleep(self, seconds: float) -> None:
        self.ms += max(1, round(seconds * 1000))

    def entropy(self, size: int) -> bytes:
        return self.drawn[:size]


@dataclass
class _Store(MemoryStateStore):
    """A store that can be unreachable."""

    unreachable: bool = False

    def read(self, user_id: str, policy: str, *, consistent: bool, meanwhile: Meanwhile = nothing) -> Record:
        if self.unreachable:
            raise StoreUnavailableError("simulated")
        return MemoryStateStore.read(self, user_id, policy, consistent=consistent, meanwhile=meanwhile)


@dataclass(frozen=True, slots=True)
class Logged:
    """One event: its table, and the Unix milliseconds of its line."""

    table: str
    at_ms: int
    event: DecisionEvent | RewardEvent | ShadowSignal


@dataclass(frozen=True, slots=True)
class Service:
    """One policy that serves, with states in memory.

    Attributes:
        policy: who decides.
    """

    policy: Policy
    _store: _Store = field(default_factory=_Store)
    _clock: _Clock = field(default_factory=_Clock)
    _telemetry: MemoryTelemetry = field(default_factory=MemoryTelemetry)

    def decide(self, decision_id: UUID, request: ScoreRequest, *, readable: bool) -> tuple[ScoreResponse, Logged]:
        """Return the decision that gets this id, and what is logged; not ``readable``: the state cannot be had."""
        self._clock.cue(decision_id)
        self._store.unreachable = not readable
        answer = self._score(self.policy, request, self._telemetry)
        self._store.unreachable = False
        return answer, Logged("decisions", self._clock.ms + _ANSWERED_MS, self._taken(DecisionEvent))

    def shadow(self, name: str, request: ScoreRequest, shown: ScoreResponse, latency_ms: float) -> Logged:
        """Return what is logged of a shadow's answer beside what was shown just now.

        It is never rewarded and learns nothing.
        """
        policy = POLICIES[SHADOWS[name]]
        about: dict[str, Any] = {
            "signal": f"shadow:{name}",
            "decision_id": shown.decision_id,
            "user_id": request.user_id,
        }
        said: dict[str, Any] = {"latency_ms": DEADLINE_MS, "error": "deadline"}
        if latency_ms < DEADLINE_MS:
            answer = self._score(policy, request, MemoryTelemetry())
            said = {name: getattr(answer, name) for name in ("tip_id", "ranking", "degraded")}
            said |= {"agrees": answer.tip_id == shown.tip_id, "latency_ms": latency_ms}
        signal = ShadowSignal(**about, policy=policy.key, **said)
        return Logged("shadows", self._clock.ms + _ANSWERED_MS + int(said["latency_ms"]), signal)

    def reward(self, at_ms: int, request: RewardRequest) -> Logged:
        """Return what is logged of a reward that comes at a moment."""
        self._clock.ms = at_ms
        learner = Learner(self._store, self._clock, WINDOW_MS)
        Reward(learner, _KEYS, self._clock, self._telemetry)(self.policy, request, within_s=_PATIENCE_S)
        return Logged("rewards", at_ms + _ANSWERED_MS, self._taken(RewardEvent))

    def _score(self, policy: Policy, request: ScoreRequest, telemetry: MemoryTelemetry) -> ScoreResponse:
        return Score(self._store, _KEYS, self._clock, telemetry)(policy, request)

    def _taken(self, kind: type[E]) -> E:
        """Return the one event that was logged just now."""
        (event,) = self._telemetry.events
        self._telemetry.events.clear()
        if not isinstance(event, kind):
            raise TypeError(f"a {event.event} was logged, where {kind.__name__} was due")
        return event
