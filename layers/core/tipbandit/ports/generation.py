"""What generating tips needs of the world beside ``ports``: prompts, a language model, a ledger of tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tipbandit.context.model import PromptContext
from tipbandit.prompts.prompt import Prompt
from tipbandit.prompts.template import OutputSchema, Sampling


class Prompts(Protocol):
    """Where prompt versions are published."""

    def get(self, version: str) -> Prompt:
        """Return a prompt version, checked and ready to render.

        Raises:
            UnknownPromptError: if there is none of that name; the message lists those there are.
            InvalidPromptError: if what is published under that name cannot be used.
            PromptsUnavailableError: if the registry fails or times out, and no earlier copy is at hand.
        """
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation with the model."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a language model is asked.

    Attributes:
        system: the instructions.
        turns: the conversation so far; the last turn is the user's.
        sampling: temperature, most tokens to write, and so on.
        schema: what the answer, one JSON object, has to look like.
        n: how many tips.
        context: what the last prompt was rendered from, for a back end that reads no prompts.
    """

    system: str
    turns: tuple[Turn, ...]
    sampling: Sampling
    schema: OutputSchema
    n: int
    context: PromptContext

    def json_schema(self) -> Mapping[str, Any]:
        """Return ``schema`` as JSON Schema."""
        return self.schema.model_dump(by_alias=True, exclude_none=True)


@dataclass(frozen=True, slots=True)
class Completion:
    """What a language model answered.

    Attributes:
        text: the answer, as it came.
        model: the model that answered.
        input_tokens: tokens read; both are 0 where the back end does not count.
        output_tokens: tokens written.
        cost_usd: what it cost, in US dollars; None where the back end does not say.
    """

    text: str
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: float | None = None


class LanguageModel(Protocol):
    """Something that writes."""

    @property
    def metered(self) -> bool:
        """Whether its tokens count against the user's ceiling."""
        ...

    def complete(self, ask: Ask, *, within_s: float) -> Completion:
        """Return the answer; one attempt, which ends within ``within_s`` seconds whatever the other side does.

        Raises:
            ModelUnavailableError: if there is none; it says whether another attempt may help.
        """
        ...


class TokenLedger(Protocol):
    """How many of the language model's tokens each user has used, by day."""

    def reserve(self, user_id: str, day: str, tokens: int, *, ceiling: int, expires_at_ms: int) -> bool:
        """Add ``tokens`` to what the user has used on ``day`` (UTC, YYYY-MM-DD) if that stays within ``ceiling``.

        One conditional write, so that the ceiling holds whoever else is writing. The entry vanishes by itself some
        time after ``expires_at_ms``. Returns whether there was room.

        Raises:
            StoreUnavailableError: if the store fails or times out; the tokens may then be counted all the same.
        """
        ...

    def settle(self, user_id: str, day: str, difference: int) -> None:
        """Correct what was reserved by ``difference`` tokens: used minus reserved.

        Raises:
            StoreUnavailableError: if the store fails or times out; what was reserved may then stay counted.
        """
        ...
