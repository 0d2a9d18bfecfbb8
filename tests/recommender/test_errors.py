"""What an error answer becomes, and what its message keeps to itself."""

import pickle

import pytest

from tipbandit.runtime.refusals import STATUS
from tipbandit_recommender.errors import (
    ForbiddenError,
    InvalidRequestError,
    NotAnsweredError,
    Refusal,
    RefusedError,
    RewardRefusedError,
    TipbanditClientError,
    TooManyError,
    UnavailableError,
    UnknownError,
    UnreadableAnswerError,
    refused,
)

SECRET = "see the oncologist"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequestError),
        (401, ForbiddenError),
        (403, ForbiddenError),
        (404, UnknownError),
        (409, RewardRefusedError),
        (410, RewardRefusedError),
        (413, InvalidRequestError),
        (422, InvalidRequestError),
        (429, TooManyError),
        (500, RefusedError),
        (502, UnavailableError),
        (503, UnavailableError),
        (504, UnavailableError),
        (418, RefusedError),
        (301, RefusedError),
    ],
)
def test_each_status_is_an_error_a_caller_can_branch_on(status: int, kind: type[RefusedError]) -> None:
    for body in (b'{"message": "no"}', b'{"error": {"code": "some_code", "message": "no"}}'):
        error = refused("GET /stats", status, body)
        assert type(error) is kind
        assert (error.status, error.message) == (status, "no")


@pytest.mark.parametrize(("status", "code"), sorted({*STATUS.values(), (500, "internal")}))
def test_the_codes_of_the_service_say_what_they_promise(status: int, code: str) -> None:
    """Passing are the two 503; only what a server fault left unsaid may have been carried out."""
    error = refused("POST /reward", status, b'{"error": {"code": "%s", "message": "no"}}' % code.encode())
    assert error.is_passing is (code in {"unavailable", "outcome_unknown"})
    assert error.maybe_carried_out is (code in {"internal", "outcome_unknown"})


@pytest.mark.parametrize(
    ("status", "passing", "maybe"),
    [
        (204, False, True),
        (301, False, False),
        (403, False, False),
        (404, False, False),
        (429, True, False),
        (500, True, True),
        (503, True, True),
    ],
)
def test_a_front_door_says_nothing_of_what_became_of_the_request(
    status: int,
    passing: bool,  # noqa: FBT001  pytest passes it by name
    maybe: bool,  # noqa: FBT001
) -> None:
    error = refused("POST /reset", status, b'{"message": "Too Many Requests"}')
    assert error.code is None
    assert (error.is_passing, error.maybe_carried_out) == (passing, maybe)


def test_every_wrong_field_is_kept_and_the_first_are_named() -> None:
    details = ", ".join(f'{{"field": "candidates.{i}.priority", "problem": "is wrong"}}' for i in range(7))
    body = f'{{"error": {{"code": "invalid_fields", "message": "some fields are wrong", "details": [{details}]}}}}'
    error = refused("POST /score", 422, body.encode())
    assert [each.field for each in error.details] == [f"candidates.{i}.priority" for i in range(7)]
    assert str(error).startswith(
        "POST /score answered 422 invalid_fields: some fields are wrong; candidates.0.priority"
    )
    assert "candidates.5" not in str(error)


def test_a_code_and_fields_of_a_newer_service_are_understood() -> None:
    details = b'"details": [{"field": "a", "problem": "b", "c": 1}], "docs": "https://example.com"'
    body = b'{"error": {"code": "user_frozen", "message": "later", %s}, "trace": 1}' % details
    error = refused("POST /score", 409, body)
    assert (error.code, error.message, error.details[0].problem) == ("user_frozen", "later", "b")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><title>502</title></html>",
        b"[]",
        b'"no"',
        b'{"error": "no"}',
        b'{"error": {"code": 7, "message": "no"}}',
        b'{"message": 7}',
        b"\xff",
        b"[" * 9999,
        b'{"error": {"code": "two\\nlines", "message": "no"}}',
    ],
)
def test_whatever_else_stands_in_an_error_answer_it_is_the_status_that_counts(body: bytes) -> None:
    error = refused("POST /score", 502, body)
    assert type(error) is UnavailableError
    assert (error.code, error.message, str(error)) == (None, "", "POST /score answered 502 Bad Gateway")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("1", 1.0), ("3600", 3600.0), (None, None), ("", None), ("-1", None), ("1.5", None), ("²", None), ("soon", None)],
)
def test_retry_after_is_whole_seconds_or_nothing(header: str | None, seconds: float | None) -> None:
    assert refused("POST /score", 503, b"", header).retry_after_s == seconds


def test_what_a_front_door_repeats_of_the_request_stays_out_of_the_message() -> None:
    error = refused("GET /stats", 403, f'{{"message": "The canonical string was: {SECRET}"}}'.encode())
    assert SECRET in error.message
    assert str(error) == "GET /stats answered 403 Forbidden"


def test_a_missing_answer_says_whether_the_request_may_have_been_carried_out() -> None:
    sent = NotAnsweredError("POST /reset", "ReadTimeout")
    unsent = NotAnsweredError("POST /reset", "ConnectError", maybe_carried_out=False)
    assert str(sent) == "POST /reset was not answered (ReadTimeout); it may have been carried out"
    assert str(unsent) == "POST /reset was not answered (ConnectError); it was not carried out"


@pytest.mark.parametrize(
    "error",
    [
        NotAnsweredError("POST /score", "ConnectError", maybe_carried_out=False),
        UnreadableAnswerError("POST /score", ["propensity: Field required"]),
        TooManyError("POST /reward", Refusal(status=429, code="too_many_rewards", message="no", retry_after_s=3600)),
    ],
)
def test_an_error_survives_the_way_between_two_processes(error: TipbanditClientError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  our own
    assert type(copy) is type(error)
    assert (str(copy), vars(copy)) == (str(error), vars(error))
