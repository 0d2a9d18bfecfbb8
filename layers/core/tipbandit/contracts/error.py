"""The one shape of every error answer."""

from typing import Literal

from tipbandit.contracts.fields import Wire

Code = Literal[
    "malformed_body",
    "payload_too_large",
    "invalid_fields",
    "forbidden",
    "unknown_policy",
    "unknown_prompt",
    "decision_before_reset",
    "decision_expired",
    "too_many_rewards",
    "token_ceiling",
    "prompt_invalid",
    "state_corrupt",
    "unavailable",
    "outcome_unknown",
    "internal",
]


class Detail(Wire):
    """One wrong field."""

    field: str
    """Where: a dotted path, such as candidates.3.priority."""
    problem: str
    """What is wrong with it."""


class Error(Wire):
    """What went wrong."""

    code: Code
    """Stable: branch on this."""
    message: str
    """For people."""
    details: tuple[Detail, ...] | None = None
    """Every wrong field, for invalid_fields."""


class ErrorResponse(Wire):
    """The body of every answer that is not 200."""

    error: Error
