"""One execution environment of POST /generate, in memory, with a model that does as a test says."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tipbandit.adapters.llm.template import TemplateModel
from tipbandit.adapters.memory import ManualClock, MemoryTelemetry
from tipbandit.adapters.memory_generation import MemoryLedger, ScriptedModel
from tipbandit.contracts.generate import GenerateRequest, GenerateResponse
from tipbandit.ports.generation import Ask
from tipbandit.prompts.prompt import Prompt, load
from tipbandit.usecases.asking import Asker
from tipbandit.usecases.generate import Generate

_FOLDER: Final = Path(__file__).parents[2] / "shared" / "prompts"
PROMPTS: Final[Mapping[str, Prompt]] = {
    path.stem: load(path.stem, path.read_bytes()) for path in sorted(_FOLDER.glob("*.yaml"))
}
"""Every shipped prompt version."""
CEILING: Final = 20_000
WITHIN_S: Final = 10.0
QUIET: Final = json.dumps({"tips": [{"text": "Drink a glass of water.", "kind": "habit", "priority": 0.4}]})
"""An answer there is nothing to say against."""

Adversary = Callable[[Ask], str]


@dataclass(frozen=True)
class LoadedPrompts:
    """``ports.generation.Prompts`` that are read already: YAML takes longer than all else here."""

    by_version: Mapping[str, Prompt] = field(default_factory=lambda: PROMPTS)

    def get(self, version: str) -> Prompt:
        """See ``ports.generation.Prompts.get``."""
        return self.by_version[version]


@dataclass
class AttentiveTelemetry(MemoryTelemetry):
    """Telemetry that keeps what warnings say as well: ``said`` holds the error's words, ``about`` the rest."""

    said: list[str] = field(default_factory=list)
    about: list[str] = field(default_factory=list)

    def warn(self, code: str, error: Exception, about: Sequence[str]) -> None:
        """See ``ports.Telemetry.warn``."""
        super().warn(code, error, about)
        self.said.append(str(error))
        self.about += about


class World:
    """The use case with a scripted model."""

    def __init__(self, *script: str | Adversary, prompts: Mapping[str, Prompt] = PROMPTS) -> None:
        """Have the model follow ``script``, and repeat its last line."""
        self.model = ScriptedModel(script or (QUIET,))
        self.ledger = MemoryLedger()
        self.telemetry = AttentiveTelemetry()
        clock = ManualClock()
        asker = Asker(self.model, self.ledger, clock, self.telemetry, ceiling=CEILING, call_s=WITHIN_S)
        self._generate = Generate(
            LoadedPrompts(prompts), asker, TemplateModel(), clock, self.telemetry, default_version="v1"
        )

    def generate(self, request: GenerateRequest) -> GenerateResponse:
        """Answer a request."""
        return self._generate(request, within_s=WITHIN_S)
