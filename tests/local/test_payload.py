"""Events and responses are those of API Gateway's payload format 2.0."""

import base64
import re

import pytest

from local.payload import MalformedResultError, Request, event, response
from local.template import Route

ROUTE = Route("POST", "/score/{policy}", "Score")


def _request(body: bytes = b"", query: str = "", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fixed = {"host": "127.0.0.1:3000", "user-agent": "curl/8"}
    return Request("POST", "/score/a b", query, "HTTP/1.1", fixed | named, body, "127.0.0.1")


def test_the_event_has_every_part_of_format_2() -> None:
    request = _request(b'{"a": 1}', "x=1&y=%20&x=2&z=", content_type="application/json", cookie="a=1; b=2")
    made = event(request, ROUTE, {"policy": "a b"})
    context = made.pop("requestContext")
    assert made == {
        "version": "2.0",
        "routeKey": "POST /score/{policy}",
        "rawPath": "/score/a b",
        "rawQueryString": "x=1&y=%20&x=2&z=",
        "cookies": ["a=1", "b=2"],
        "headers": {"content-type": "application/json", "host": "127.0.0.1:3000", "user-agent": "curl/8"},
        "queryStringParameters": {"x": "1,2", "y": " ", "z": ""},
        "pathParameters": {"policy": "a b"},
        "body": '{"a": 1}',
        "isBase64Encoded": False,
    }
    assert context["http"] == {
        "method": "POST",
        "path": "/score/a b",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "curl/8",
    }
    assert (context["stage"], context["routeKey"]) == ("$default", "POST /score/{policy}")
    assert (context["domainName"], context["domainPrefix"]) == ("127.0.0.1", "127")
    assert re.fullmatch(r"\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000", context["time"])
    assert isinstance(context["timeEpoch"], int)
    assert context["accountId"]
    assert context["apiId"]
    assert context["requestId"]


def test_what_a_request_does_not_have_is_absent() -> None:
    made = event(_request(), Route("GET", "/stats", "Stats"), {})
    assert not {"body", "cookies", "queryStringParameters", "pathParameters"} & set(made)
    assert made["isBase64Encoded"] is False


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "text/plain", "application/xml", "application/javascript"],
)
def test_text_is_passed_on_as_it_is(content_type: str) -> None:
    made = event(_request("größer".encode(), content_type=content_type), ROUTE, {})
    assert (made["body"], made["isBase64Encoded"]) == ("größer", False)


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/octet-stream", ""])
def test_every_other_content_is_base64(content_type: str) -> None:
    made = event(_request(b"a=1", content_type=content_type), ROUTE, {})
    assert (made["body"], made["isBase64Encoded"]) == ("YT0x", True)


def test_text_that_is_not_utf_8_is_base64() -> None:
    made = event(_request(b"\xff\xfe", content_type="text/plain"), ROUTE, {})
    assert (base64.b64decode(made["body"]), made["isBase64Encoded"]) == (b"\xff\xfe", True)


def test_a_full_response_is_taken_as_it_is() -> None:
    made = response(
        {
            "statusCode": 503,
            "headers": {"Retry-After": 1, "Content-Type": "application/json"},
            "cookies": ["a=1", "b=2"],
            "body": '{"é": 1}',
        }
    )
    assert made.status == 503
    assert made.headers == (
        ("retry-after", "1"),
        ("content-type", "application/json"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    )
    assert made.body == '{"é": 1}'.encode()


def test_a_base64_body_is_decoded() -> None:
    assert response({"statusCode": 200, "body": "/w==", "isBase64Encoded": True}).body == b"\xff"


@pytest.mark.parametrize(("result", "body"), [({"a": 1}, b'{"a": 1}'), ("hi", b"hi"), ([1], b"[1]"), (None, b"null")])
def test_without_a_status_code_the_result_is_the_body(result: object, body: bytes) -> None:
    made = response(result)
    assert (made.status, made.body) == (200, body)
    assert made.headers == (("content-type", "application/json"),)


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "ok"},
        {"statusCode": None},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "%", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": "b\r\nset-cookie: c"}},
        {"statusCode": 200, "headers": {"a": "€"}},
    ],
)
def test_a_malformed_result_is_recognised(result: object) -> None:
    with pytest.raises(MalformedResultError):
        response(result)
