"""Error -> HTTP: one table."""

from collections.abc import Mapping
from typing import Any, Final

from tipbandit.contracts.error import Code, Detail, Error, ErrorResponse
from tipbandit.errors import (
    DecisionBeforeResetError,
    DecisionExpiredError,
    ForbiddenError,
    InvalidFieldsError,
    InvalidPromptError,
    MalformedBodyError,
    OutcomeUnknownError,
    PayloadTooLargeError,
    StateCorruptError,
    TipbanditError,
    TokenCeilingError,
    TooManyRewardsError,
    UnavailableError,
    UnknownPolicyError,
    UnknownPromptError,
)
from tipbandit.runtime.http import answer

STATUS: Final[Mapping[type[TipbanditError], tuple[int, Code]]] = {
    MalformedBodyError: (400, "malformed_body"),
    ForbiddenError: (403, "forbidden"),
    UnknownPolicyError: (404, "unknown_policy"),
    UnknownPromptError: (404, "unknown_prompt"),
    DecisionBeforeResetError: (409, "decision_before_reset"),
    DecisionExpiredError: (410, "decision_expired"),
    PayloadTooLargeError: (413, "payload_too_large"),
    InvalidFieldsError: (422, "invalid_fields"),
    TooManyRewardsError: (429, "too_many_rewards"),
    TokenCeilingError: (429, "token_ceiling"),
    InvalidPromptError: (500, "prompt_invalid"),
    StateCorruptError: (500, "state_corrupt"),
    UnavailableError: (503, "unavailable"),
    OutcomeUnknownError: (503, "outcome_unknown"),
}
_SAY: Final[Mapping[Code, str]] = {
    "invalid_fields": "some fields are wrong",
    "state_corrupt": "the stored state cannot be used; nothing was changed",
    "unavailable": "a dependency failed and nothing was changed; try again",
    "outcome_unknown": "a dependency failed; the change may have been made; trying again is safe",
    "internal": "an unexpected error; it has been logged",
}
RETRY_AFTER_S: Final[Mapping[int, str]] = {429: "3600", 503: "1"}


def classify(error: Exception) -> tuple[int, Code]:
    """Return the HTTP status and code of an error; what is not in the table is 500 ``internal``."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500, "internal"


def refuse(error: Exception) -> dict[str, Any]:
    """Return the payload-2.0 answer to an error."""
    status, code = classify(error)
    details = None
    if isinstance(error, InvalidFieldsError):
        details = tuple(Detail(field=each.field, problem=each.problem) for each in error.violations)
    body = ErrorResponse(error=Error(code=code, message=_SAY.get(code) or str(error), details=details))
    seconds = str(error.retry_after_s) if isinstance(error, TokenCeilingError) else RETRY_AFTER_S.get(status)
    retry = {} if seconds is None else {"retry-after": seconds}
    return answer(status, body.model_dump_json(exclude_none=True), retry)
