"""Error -> HTTP: the one table."""

import json
from typing import Any, Final, get_args

import pytest

from tipbandit import errors
from tipbandit.contracts.error import Code, ErrorResponse
from tipbandit.errors import (
    ConflictError,
    DecisionBeforeResetError,
    DecisionExpiredError,
    InvalidFieldsError,
    InvalidRequestError,
    KeysUnavailableError,
    MalformedBodyError,
    OutcomeUnknownError,
    PayloadTooLargeError,
    PriorUnusableError,
    PromptExistsError,
    RewardRefusedError,
    SettingsError,
    StateCorruptError,
    StoreUnavailableError,
    TipbanditError,
    TooManyRewardsError,
    UnavailableError,
    UnknownKeyError,
    UnknownPolicyError,
    Violation,
)
from tipbandit.runtime.refusals import RETRY_AFTER_S, STATUS, classify, refuse

_INSIDE: Final = "host-7.internal refused the connection"
_NEVER_LEAVE: Final = {ConflictError, PriorUnusableError, PromptExistsError, UnknownKeyError, SettingsError}
_FAMILIES: Final = {TipbanditError, InvalidRequestError, RewardRefusedError, UnavailableError}


def _body(error: Exception) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(refuse(error)["body"])
    ErrorResponse.model_validate_json(refuse(error)["body"])
    return body


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (MalformedBodyError("m"), 400, "malformed_body"),
        (UnknownPolicyError("m"), 404, "unknown_policy"),
        (DecisionBeforeResetError("m"), 409, "decision_before_reset"),
        (DecisionExpiredError("m"), 410, "decision_expired"),
        (PayloadTooLargeError("m"), 413, "payload_too_large"),
        (InvalidFieldsError([Violation("f", "p")]), 422, "invalid_fields"),
        (TooManyRewardsError("m"), 429, "too_many_rewards"),
        (StateCorruptError("m"), 500, "state_corrupt"),
        (StoreUnavailableError("m"), 503, "unavailable"),
        (StoreUnavailableError("m", maybe_committed=True), 503, "unavailable"),
        (KeysUnavailableError("m"), 503, "unavailable"),
        (OutcomeUnknownError("m"), 503, "outcome_unknown"),
        (ConflictError("m"), 500, "internal"),
        (UnknownKeyError("m"), 500, "internal"),
        (ValueError("m"), 500, "internal"),
        (KeyError("m"), 500, "internal"),
        (RecursionError("m"), 500, "internal"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_error_has_its_status_and_code(error: Exception, status: int, code: str) -> None:
    assert classify(error) == (status, code)
    answer = refuse(error)
    assert answer["statusCode"] == status
    assert answer["headers"]["content-type"] == "application/json"
    assert _body(error)["error"]["code"] == code


def test_every_error_that_can_leave_a_use_case_is_in_the_table() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TipbanditError)}
    unlisted = {kind for kind in kinds if not any(parent in STATUS for parent in kind.__mro__)}
    assert unlisted == _NEVER_LEAVE | (_FAMILIES - {UnavailableError})


def test_the_codes_of_the_contract_are_those_of_the_table_and_internal() -> None:
    assert set(get_args(Code)) == {code for _, code in STATUS.values()} | {"internal"}


def test_wrong_fields_are_all_in_the_details() -> None:
    error = InvalidFieldsError([Violation("context.hour", "is required"), Violation("user_id", "is too long")])
    assert _body(error) == {
        "error": {
            "code": "invalid_fields",
            "message": "some fields are wrong",
            "details": [
                {"field": "context.hour", "problem": "is required"},
                {"field": "user_id", "problem": "is too long"},
            ],
        }
    }


def test_other_errors_have_no_details() -> None:
    assert _body(UnknownPolicyError("no such policy; there are a/v1")) == {
        "error": {"code": "unknown_policy", "message": "no such policy; there are a/v1"}
    }


@pytest.mark.parametrize(
    ("error", "retry_after"),
    [(StoreUnavailableError("m"), "1"), (OutcomeUnknownError("m"), "1"), (TooManyRewardsError("m"), "3600")],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_may_succeed_later_says_when(error: Exception, retry_after: str) -> None:
    assert refuse(error)["headers"]["retry-after"] == retry_after


@pytest.mark.parametrize("error", [MalformedBodyError("m"), DecisionExpiredError("m"), ValueError("m")])
def test_what_will_not_succeed_later_does_not(error: Exception) -> None:
    assert "retry-after" not in refuse(error)["headers"]


def test_only_statuses_that_mean_later_say_so() -> None:
    assert set(RETRY_AFTER_S) == {429, 503}


@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailableError(_INSIDE),
        KeysUnavailableError(_INSIDE),
        OutcomeUnknownError(_INSIDE),
        StateCorruptError(_INSIDE),
        ConflictError(_INSIDE),
        ValueError(_INSIDE),
        OSError(_INSIDE),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_fault_of_ours_does_not_show_its_inside(error: Exception) -> None:
    assert _INSIDE not in refuse(error)["body"]


def test_unavailable_promises_that_nothing_was_changed_and_unknown_does_not() -> None:
    assert "nothing was changed" in _body(StoreUnavailableError("m"))["error"]["message"]
    assert "may have been made" in _body(OutcomeUnknownError("m"))["error"]["message"]
