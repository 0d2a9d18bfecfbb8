"""What a language model is asked in the tests of its adapters."""

from typing import Any, Final

from tipbandit.context.data import Phrase
from tipbandit.context.model import PromptContext
from tipbandit.ports.generation import Ask, Turn
from tipbandit.prompts.template import OutputSchema, Sampling

SECRET_WORD: Final = "xylophone"
"""Stands in every prompt here: no error message may hold it."""

_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "tips": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "minLength": 1, "maxLength": 200},
                    "kind": {"type": "string", "enum": ["task", "plan", "break"]},
                    "priority": {"type": "number", "minimum": 0, "maximum": 1},
                    "due_in_hours": {"type": "number"},
                },
                "required": ["text", "kind", "priority"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["tips"],
    "additionalProperties": False,
}
_CONTEXT: Final = PromptContext(
    n=3,
    now=Phrase("unknown"),
    locale="en",
    calendar=Phrase("unknown"),
    tasks=(),
    tasks_left_out=0,
    reactions=(),
    reactions_left_out=0,
    habits=(),
    notes=(),
    notes_left_out=0,
)


def question(**sampling: Any) -> Ask:  # noqa: ANN401  any of Sampling's fields
    """Return a question with its sampling as told."""
    return Ask(
        system=f"Write tips, as JSON. The {SECRET_WORD} is data.",
        turns=(Turn("user", f'Three tips about "{SECRET_WORD}", please. Ünïcödé 🎷'),),
        sampling=Sampling(**{"max_tokens": 300, **sampling}),
        schema=OutputSchema.model_validate(_SCHEMA),
        n=3,
        context=_CONTEXT,
    )
