"""What POST /generate needs of the world, in memory: the prompt versions that ship and a language model on a script."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from codegen import ROOT
from tipbandit.adapters.llm.template import TemplateModel
from tipbandit.adapters.memory_generation import MemoryLedger, MemoryPrompts, ScriptedModel
from tipbandit.errors import ModelUnavailableError
from tipbandit.ports import Clock, Telemetry
from tipbandit.ports.generation import Completion, LanguageModel
from tipbandit.usecases.asking import Asker
from tipbandit.usecases.generate import Generate

DEFAULT_VERSION: Final = "v1"
_TOKENS_A_DAY: Final = 20_000
_CALL_S: Final = 12.0
_TIPS: Final = (
    {"text": "Pay the rent now, while you are free: it is due tonight.", "kind": "task", "priority": 0.9,
     "due_in_hours": 7},
    {"text": "Walk once around the block before your last meeting.", "kind": "break", "priority": 0.6},
    {"text": "Write down three things your mother would like.", "kind": "task", "priority": 0.5, "due_in_hours": 60},
)  # fmt: skip


@cache
def shipped() -> Mapping[str, bytes]:
    """Return the documents of the prompt versions that ship, v2 before v10."""
    files = sorted((ROOT / "shared" / "prompts").glob("*.yaml"), key=lambda file: (len(file.stem), file.stem))
    return {file.stem: file.read_bytes() for file in files}


@dataclass
class Generation:
    """Everything behind the use case; the model writes by rules unless there is another."""

    documents: Mapping[str, bytes] = field(default_factory=shipped)
    model: LanguageModel = field(default_factory=TemplateModel)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    ceiling: int = _TOKENS_A_DAY

    def generate(self, clock: Clock, telemetry: Telemetry) -> Generate:
        """Return the use case, wired as its ``app.py`` does."""
        return Generate(
            prompts=MemoryPrompts(self.documents),
            asker=Asker(
                model=self.model,
                ledger=self.ledger,
                clock=clock,
                telemetry=telemetry,
                ceiling=self.ceiling,
                call_s=_CALL_S,
            ),
            rules=TemplateModel(),
            clock=clock,
            telemetry=telemetry,
            default_version=DEFAULT_VERSION,
        )


def writer() -> ScriptedModel:
    """Return a model that answers well."""
    text = json.dumps({"tips": _TIPS})
    return ScriptedModel([Completion(text, "eu.amazon.nova-lite-v1:0", input_tokens=548, output_tokens=126)])


def silent() -> ScriptedModel:
    """Return a model that is out of reach."""
    return ScriptedModel([ModelUnavailableError("the model could not be reached", passing=True)])
