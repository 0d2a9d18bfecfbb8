"""What a prompt can say: the placeholders of every prompt version are fields of these models.

``str`` is text of the user or of others, and is printed in quotes; ``Phrase`` is worded by the service.
"""

from pydantic import BaseModel, ConfigDict

from tipbandit.context.data import Phrase


class ContextModel(BaseModel):
    """The base of all that a template can reach: exact types, no unknown fields, immutable."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class TaskLine(ContextModel):
    """One open task."""

    title: str
    """Data: the user's words."""
    when: Phrase
    """Such as "due in 5 hours", "2 days overdue", "no due time"."""
    importance: Phrase
    """high, normal, low or unstated."""
    age: Phrase
    """Such as "3 days old", or "of unknown age"."""
    due_in_hours: float | None
    """As it was sent."""
    priority: float | None
    """As it was sent."""


class ReactionLine(ContextModel):
    """How the user took an earlier tip."""

    reaction: Phrase
    """completed, snoozed, ignored or dismissed."""
    kind: Phrase
    """Such as "habit tip", or "tip" where its kind is not known."""
    text: str | None
    """Data: the text of that tip, if known."""
    ago: Phrase
    """Such as "2 hours ago", or "some time ago"."""


class PromptContext(ContextModel):
    """Everything a prompt may use. Every list is ranked, the most important first, and cut to the token budget."""

    n: int
    """How many tips are wanted."""
    now: Phrase
    """Such as "Monday, 8:30 (morning)", or "unknown"."""
    locale: str
    """Data: the language to write in, a BCP 47 tag; en where it is not known."""
    calendar: Phrase
    """How full the day is, in words; "unknown" where nothing is known."""
    tasks: tuple[TaskLine, ...]
    """Open tasks, the most pressing first."""
    tasks_left_out: int
    """Open tasks there was no room for."""
    reactions: tuple[ReactionLine, ...]
    """Reactions to earlier tips, the latest first."""
    reactions_left_out: int
    """Reactions there was no room for."""
    habits: tuple[Phrase, ...]
    """The profile features in words; empty where the user has no profile."""
    notes: tuple[str, ...]
    """Data: free notes."""
    notes_left_out: int
    """Notes there was no room for."""
