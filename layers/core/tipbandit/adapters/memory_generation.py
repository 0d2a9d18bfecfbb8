"""In-memory ports of generation, for tests and simulation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tipbandit.errors import UnknownPromptError
from tipbandit.ports.generation import Ask, Completion
from tipbandit.prompts.prompt import Prompt, load


@dataclass
class MemoryPrompts:
    """``ports.generation.Prompts`` from ``documents`` by version."""

    documents: Mapping[str, bytes]

    def get(self, version: str) -> Prompt:
        """See ``ports.generation.Prompts.get``."""
        if version not in self.documents:
            raise UnknownPromptError(f"no such prompt version; there are {', '.join(sorted(self.documents))}")
        return load(version, self.documents[version])


@dataclass
class MemoryLedger:
    """``ports.generation.TokenLedger`` in a dictionary, by user and day."""

    used: dict[tuple[str, str], int] = field(default_factory=dict)

    def reserve(self, user_id: str, day: str, tokens: int, *, ceiling: int, expires_at_ms: int) -> bool:  # noqa: ARG002
        """See ``ports.generation.TokenLedger.reserve``."""
        used = self.used.get((user_id, day), 0)
        if used + tokens > ceiling:
            return False
        self.used[user_id, day] = used + tokens
        return True

    def settle(self, user_id: str, day: str, difference: int) -> None:
        """See ``ports.generation.TokenLedger.settle``."""
        self.used[user_id, day] = self.used.get((user_id, day), 0) + difference


Line = str | Completion | Exception | Callable[[Ask], str]
"""What a scripted model does when asked: answer a text, a whole completion, raise, or answer as a function says."""


@dataclass
class ScriptedModel:
    """``ports.generation.LanguageModel`` that follows a script and repeats its last line; ``asked`` is what it got."""

    script: Sequence[Line]
    metered: bool = True
    asked: list[Ask] = field(default_factory=list)

    def complete(self, ask: Ask, *, within_s: float) -> Completion:  # noqa: ARG002  it takes no time
        """See ``ports.generation.LanguageModel.complete``."""
        line = self.script[min(len(self.asked), len(self.script) - 1)]
        self.asked.append(ask)
        if isinstance(line, Exception):
            raise line
        if isinstance(line, Completion):
            return line
        text = line if isinstance(line, str) else line(ask)
        return Completion(text, "scripted", input_tokens=100, output_tokens=50)
