"""A model and a ledger that do as a test says and take the time it says, and who asks them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.unit.generation import DOCUMENTS, RICH, RICH_PROFILE, SHIPPED, answer, context, document, draft, question
from tipbandit.adapters.llm.template import TemplateModel
from tipbandit.adapters.memory import ManualClock, MemoryTelemetry
from tipbandit.adapters.memory_generation import MemoryLedger, MemoryPrompts
from tipbandit.contracts.generate import GenerateRequest, GenerateResponse
from tipbandit.contracts.generation_event import GenerationEvent
from tipbandit.errors import ModelUnavailableError
from tipbandit.ports import Counter
from tipbandit.ports.generation import Ask, Completion
from tipbandit.usecases.asking import Asker, Spent, most_tokens
from tipbandit.usecases.generate import Generate

ASK: Final = question(SHIPPED["v1"], context())
RESERVED: Final = most_tokens(ASK)
USED: Final = 120 + 30
ANSWER: Final = Completion("{}", "m", input_tokens=120, output_tokens=30, cost_usd=0.25)
BUSY: Final = ModelUnavailableError("busy", passing=True)
LOST: Final = ModelUnavailableError("no answer in time", passing=True, maybe_charged=True)
REFUSED: Final = ModelUnavailableError("no access")
WITHHELD: Final = ModelUnavailableError("content filtered", maybe_charged=True)
CALL_S: Final = 12.0
WITHIN_S: Final = 25.0
START_MS: Final = 1_790_000_000_000
GOOD: Final = answer(draft("Walk."), draft("Rest."), draft("Read."))
HASTY: Final = document(
    version="hasty", user="{% for task in tasks %}{{ task.due_in_hours }}{% endfor %}", placeholders=["tasks"]
)
"""A prompt version that takes for granted that every task has a due time."""


@dataclass
class SlowModel:
    """Follows a script, and repeats its last line; each call takes ``takes_s`` of the clock's time.

    ``within`` is how much time each call was given, ``asked`` what it was asked.
    """

    clock: ManualClock
    script: tuple[str | Completion | Exception, ...]
    takes_s: float = 0.0
    metered: bool = True
    within: list[float] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)

    def complete(self, ask: Ask, *, within_s: float) -> Completion:
        """See ``ports.generation.LanguageModel.complete``."""
        line = self.script[min(len(self.within), len(self.script) - 1)]
        self.within.append(within_s)
        self.asked.append(ask)
        if self.takes_s:
            self.clock.sleep(min(self.takes_s, within_s))
        if isinstance(line, Exception):
            raise line
        return (
            line if isinstance(line, Completion) else Completion(line, "scripted", input_tokens=100, output_tokens=50)
        )


@dataclass
class FrankLedger(MemoryLedger):
    """A ledger that writes down what it is told, takes its time, and fails if it is to."""

    clock: ManualClock = field(default_factory=ManualClock)
    takes_s: float = 0.0
    reserving: Exception | None = None
    settling: Exception | None = None
    reserved: list[tuple[str, int, int]] = field(default_factory=list)
    settled: list[tuple[str, int]] = field(default_factory=list)

    def reserve(self, user_id: str, day: str, tokens: int, *, ceiling: int, expires_at_ms: int) -> bool:
        """See ``ports.generation.TokenLedger.reserve``."""
        self.reserved.append((day, tokens, expires_at_ms))
        if self.takes_s:
            self.clock.sleep(self.takes_s)
        if self.reserving is not None:
            raise self.reserving
        return super().reserve(user_id, day, tokens, ceiling=ceiling, expires_at_ms=expires_at_ms)

    def settle(self, user_id: str, day: str, difference: int) -> None:
        """See ``ports.generation.TokenLedger.settle``."""
        self.settled.append((day, difference))
        if self.settling is not None:
            raise self.settling
        super().settle(user_id, day, difference)


class AskingUser:
    """One user's questions, and all there is to see of what became of them."""

    def __init__(
        self, *script: Completion | Exception, takes_s: float = 0.0, ceiling: int = 100_000, ms: int = START_MS
    ) -> None:
        """Have the model follow ``script``, or answer well."""
        self.clock = ManualClock(ms=ms)
        self.model = SlowModel(self.clock, script or (ANSWER,), takes_s)
        self.ledger = FrankLedger(clock=self.clock)
        self.telemetry = MemoryTelemetry()
        self.spent = Spent()
        self._asker = Asker(self.model, self.ledger, self.clock, self.telemetry, ceiling=ceiling, call_s=CALL_S)

    def ask(self, within_s: float = WITHIN_S) -> Completion:
        """Ask ``ASK``."""
        ends = self.clock.monotonic() + within_s
        return self._asker.ask("u-1", ASK, about="v1", ends=ends, spent=self.spent)

    @property
    def used(self) -> int:
        """What the ledger has counted in all."""
        return sum(self.ledger.used.values())


@dataclass
class WordyTelemetry(MemoryTelemetry):
    """Keeps the words of warnings as well."""

    said: list[str] = field(default_factory=list)

    def warn(self, code: str, error: Exception, about: Sequence[str]) -> None:
        """See ``ports.Telemetry.warn``."""
        super().warn(code, error, about)
        self.said += [str(error), *about]


class GeneratingUser:
    """The use case, and all there is to see of what it did."""

    def __init__(
        self, *script: str | Completion | Exception, takes_s: float = 0.0, ceiling: int = 100_000, ms: int = START_MS
    ) -> None:
        """Have the model follow ``script``, or answer well."""
        self.clock = ManualClock(ms=ms)
        self.model = SlowModel(self.clock, script or (GOOD,), takes_s)
        self.ledger = FrankLedger(clock=self.clock)
        self.telemetry = WordyTelemetry()
        asker = Asker(self.model, self.ledger, self.clock, self.telemetry, ceiling=ceiling, call_s=CALL_S)
        prompts = MemoryPrompts({**DOCUMENTS, "broken": b"{", "hasty": HASTY})
        self._generate = Generate(prompts, asker, TemplateModel(), self.clock, self.telemetry, default_version="v2")

    def generate(self, **changed: Any) -> GenerateResponse:  # noqa: ANN401  any JSON
        """Generate for a rich moment, with some of the request changed."""
        request = {"user_id": "u-1", "signals": RICH, "profile_features": RICH_PROFILE, **changed}
        return self._generate(GenerateRequest.model_validate(request), within_s=WITHIN_S)

    @property
    def event(self) -> GenerationEvent:
        """The one event that was logged."""
        (event,) = self.telemetry.events
        assert isinstance(event, GenerationEvent)
        return event

    def count(self, counter: Counter, version: str = "v2") -> float:
        """Return what was counted about a prompt version."""
        return self.telemetry.counts.get((counter, version), 0)
