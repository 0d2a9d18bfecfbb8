"""A generated tip."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from tipbandit.contracts.fields import Identifier, Unit, Wire, bounded

MAX_TEXT_CHARS: Final = 280
PROMPT_VERSION_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
"""An identifier that is fit for an object's key too."""

Kind = Literal["task", "plan", "break", "habit", "social"]
PromptVersion = Annotated[str, StringConstraints(pattern=PROMPT_VERSION_PATTERN)]


class Tip(Wire):
    """One tip. Send ``tip_id``, ``priority``, ``due_in_hours`` and ``prompt_version`` to /score as a candidate."""

    tip_id: Identifier
    """Stable: the same text from the same prompt version has the same id."""
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT_CHARS)]
    """What to show: plain text without links, addresses, markup or control characters."""
    kind: Kind
    """task: do one of the open tasks; plan: order what is to come; break: rest; habit: the user's own good; social."""
    priority: Unit
    """How much it should be shown."""
    due_in_hours: float | None = bounded("due_in_hours", "time left until what it is about is due")
    prompt_version: PromptVersion
    """The prompt version it was generated with."""
