"""The event that each generation is logged as: ids and numbers, no text."""

from typing import Literal
from uuid import UUID

from tipbandit.contracts.events import Event
from tipbandit.contracts.fields import Identifier, UserKey, Wire
from tipbandit.contracts.generate import Usage
from tipbandit.contracts.tip import Kind, PromptVersion


class GeneratedTip(Wire):
    """A tip without its text."""

    tip_id: Identifier
    kind: Kind
    priority: float
    due_in_hours: float | None


class Considered(Wire):
    """How much of the signals the prompt had room for."""

    tasks: int
    tasks_left_out: int
    reactions: int
    reactions_left_out: int
    notes: int
    notes_left_out: int


class GenerationEvent(Event):
    """One generation."""

    event: Literal["generation"] = "generation"
    schema_version: Literal[1] = 1
    generation_id: UUID
    user_id: UserKey
    prompt_version: PromptVersion
    prompt_hash: str
    model: str
    n: int
    """How many tips were asked for."""
    tips: tuple[GeneratedTip, ...]
    considered: Considered
    usage: Usage
    calls: int
    """Calls of the language model, repairs and retries among them."""
    repaired: bool
    """Whether the model was asked to mend its answer."""
    dropped: int
    degraded: bool
    took_ms: int
    """From request to answer."""
