"""Payload-2.0 events -> requests, models -> answers."""

import base64
import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.wire import Raw, score_body, text
from tipbandit.contracts.reset import ResetRequest
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest
from tipbandit.contracts.stats import StatsRequest
from tipbandit.errors import (
    InvalidFieldsError,
    InvalidRequestError,
    MalformedBodyError,
    PayloadTooLargeError,
    UnknownPolicyError,
)
from tipbandit.runtime.http import MAX_BODY_BYTES, Request, answer

_SECRET: Final = "SGVsbG8gZnJvbSB0aGUgdXNlcg"
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*ScoreRequest.model_fields, *RewardRequest.model_fields, "x"]), inner, max_size=5
        )
    ),
    max_leaves=10,
)


def _request(body: str | None = None, *, is_base64: bool = False, **event: Any) -> Request:  # noqa: ANN401  any JSON
    return Request({"body": body, "isBase64Encoded": is_base64, **event}, 3.0)


def _padded(size: int, filler: str = "x") -> str:
    """A good body of the given size in bytes, the rest of it white space or an unknown field."""
    body = json.dumps({"user_id": "u"})
    return body + " " * (size - len(body)) if filler == " " else body


def test_a_body_becomes_a_model() -> None:
    assert _request('{"user_id": "u"}').json(ResetRequest) == ResetRequest(user_id="u")


def test_a_base64_body_becomes_the_same_model() -> None:
    encoded = base64.b64encode(b'{"user_id": "u"}').decode()
    assert _request(encoded, is_base64=True).json(ResetRequest) == ResetRequest(user_id="u")


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        " \n\t",
        "{",
        "{bad}",
        "{'user_id': 'u'}",
        '{"user_id": "u",}',
        '{"user_id": "u"} x',
        '{"user_id": u}',
        "nan",
        '{"a": 01}',
        '{"a": "\ud800"}',
        '{"a": "\\ud800"}',
        "\ufeff{}",
        '{"a": "\x01"}',
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"a": ' + "[" * 10_000 + "]" * 10_000 + "}",
    ],
    ids=lambda body: ascii(body)[:20],
)
def test_what_is_no_json_is_malformed(body: str | None) -> None:
    with pytest.raises(MalformedBodyError):
        _request(body).json(ResetRequest)


@pytest.mark.parametrize("body", ["{plain text}", "abc", "=", "a===", "\u00e9\u00e9", "%7B%7D", '{"user_id": "u"}'])
def test_the_base64_flag_on_plain_text_is_malformed(body: str) -> None:
    with pytest.raises(MalformedBodyError):
        _request(body, is_base64=True).json(ResetRequest)


@pytest.mark.parametrize("junk", ["!", "\n", " ", "*"])
def test_base64_with_foreign_characters_is_not_guessed_at(junk: str) -> None:
    encoded = base64.b64encode(b'{"user_id": "u"}').decode()
    with pytest.raises(MalformedBodyError, match="marked as base64 and is not"):
        _request(encoded[:4] + junk * 4 + encoded[4:], is_base64=True).json(ResetRequest)


def test_base64_of_what_is_no_utf_8_is_malformed() -> None:
    with pytest.raises(MalformedBodyError):
        _request(base64.b64encode(b'{"user_id": "\xff\xfe"}').decode(), is_base64=True).json(ResetRequest)


@pytest.mark.parametrize("body", ["[]", '"text"', "1", "true", "null", '[{"user_id": "u"}]', "NaN", "Infinity"])
def test_json_that_is_no_object_is_a_wrong_body(body: str) -> None:
    with pytest.raises(InvalidFieldsError) as refusal:
        _request(body).json(ResetRequest)
    assert [each.field for each in refusal.value.violations] == ["body"]


@pytest.mark.parametrize("is_base64", [False, True])
def test_a_body_may_have_256_kib_and_not_one_byte_more(is_base64: bool) -> None:  # noqa: FBT001
    fits, too_large = (_padded(size, " ") for size in (MAX_BODY_BYTES, MAX_BODY_BYTES + 1))
    if is_base64:
        fits, too_large = (base64.b64encode(body.encode()).decode() for body in (fits, too_large))
    assert _request(fits, is_base64=is_base64).json(ResetRequest).user_id == "u"
    with pytest.raises(PayloadTooLargeError, match="262144 bytes"):
        _request(too_large, is_base64=is_base64).json(ResetRequest)


def test_bytes_are_counted_and_not_characters() -> None:
    """200,000 characters of two bytes."""
    with pytest.raises(PayloadTooLargeError):
        _request('{"user_id": "' + "\u00e9" * 200_000 + '"}').json(ResetRequest)


@pytest.mark.parametrize("is_base64", [False, True])
def test_a_body_far_too_large_is_not_even_decoded(is_base64: bool) -> None:  # noqa: FBT001
    """It is no base64 either, but its size is said first."""
    with pytest.raises(PayloadTooLargeError):
        _request("{" * 6_000_000, is_base64=is_base64).json(ResetRequest)


@given(_JSON | st.dictionaries(st.sampled_from([*ScoreRequest.model_fields]), _JSON), st.booleans())
def test_no_json_at_all_gets_past_the_contract_as_another_error(body: object, is_base64: bool) -> None:  # noqa: FBT001
    written = json.dumps(body)
    if is_base64:
        written = base64.b64encode(written.encode()).decode()
    for model in (ScoreRequest, RewardRequest, ResetRequest):
        try:
            _request(written, is_base64=is_base64).json(model)
        except InvalidRequestError:
            continue


@given(st.text() | st.text(st.characters(categories=["Cs"])), st.booleans())
def test_no_text_at_all_gets_past_as_another_error(body: str, is_base64: bool) -> None:  # noqa: FBT001
    try:
        _request(body, is_base64=is_base64).json(ScoreRequest)
    except InvalidRequestError:
        return


@pytest.mark.parametrize(
    "body",
    [
        score_body(user_id=_SECRET + " "),
        score_body(context={"hour": _SECRET, "weekday": _SECRET}),
        score_body(candidates=[{"tip_id": _SECRET, "priority": _SECRET}, {"tip_id": _SECRET}]),
        score_body(candidates=[{"tip_id": _SECRET}, {"tip_id": _SECRET}]),
        score_body(profile_features=_SECRET),
        _SECRET,
        [_SECRET],
        Raw("{" + _SECRET),
        Raw('{"user_id": "' + _SECRET),
        Raw('{"user_id": ' + _SECRET),
    ],
    ids=lambda body: text(body)[:30],
)
def test_a_refusal_never_repeats_what_was_sent(body: object) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        _request(text(body)).json(ScoreRequest)
    assert _SECRET not in repr(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


def test_the_name_of_an_unknown_field_is_repeated_up_to_200_characters() -> None:
    with pytest.raises(InvalidFieldsError) as refusal:
        _request(text({"user_id": "u", "x" * 1_000: 1})).json(ResetRequest)
    assert [each.field for each in refusal.value.violations] == ["x" * 200]


def test_a_query_becomes_a_model() -> None:
    assert _request(queryStringParameters={"user_id": "u"}).query(StatsRequest) == StatsRequest(user_id="u")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (None, "user_id"),
        ({}, "user_id"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": "a,b"}, "user_id"),  # the parameter twice, as API Gateway hands it over
        ({"user_id": "u", "page": "2"}, "page"),
    ],
)
def test_a_wrong_query_is_refused_by_name(query: dict[str, str] | None, field: str) -> None:
    with pytest.raises(InvalidFieldsError) as refusal:
        _request(queryStringParameters=query).query(StatsRequest)
    assert [each.field for each in refusal.value.violations] == [field]


def test_an_event_without_a_query_is_an_empty_query() -> None:
    with pytest.raises(InvalidFieldsError, match="user_id: Field required"):
        Request({}, 3.0).query(StatsRequest)


@pytest.mark.parametrize("parameters", [None, {}])
def test_a_path_without_a_policy_names_none(parameters: dict[str, str] | None) -> None:
    assert _request(pathParameters=parameters).named_policy() is None
    assert Request({}, 3.0).named_policy() is None


@pytest.mark.parametrize(
    ("parameters", "key"),
    [
        ({"policy": "linucb"}, "linucb/v1"),
        ({"policy": "egreedy"}, "egreedy/v1"),
        ({"policy": "egreedy", "version": "v2"}, "egreedy/v2"),
    ],
)
def test_a_path_names_its_policy(parameters: dict[str, str], key: str) -> None:
    policy = _request(pathParameters=parameters).named_policy()
    assert policy is not None
    assert policy.key == key


@pytest.mark.parametrize("parameters", [{"policy": "nope"}, {"policy": "linucb", "version": "v9"}, {"policy": ""}])
def test_a_path_with_an_unknown_policy_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(UnknownPolicyError):
        _request(pathParameters=parameters).named_policy()


def test_an_answer_is_json_in_the_payload_format() -> None:
    assert answer(200, "{}", {"retry-after": "1"}) == {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "retry-after": "1"},
        "body": "{}",
        "isBase64Encoded": False,
    }
