"""HTTP request to Lambda event and Lambda result to HTTP response: API Gateway's payload format 2.0.

Source: "Create AWS Lambda proxy integrations for HTTP APIs", API Gateway developer guide. Where the guide is
silent, what HTTP APIs were measured to do: the path is percent-decoded, and a body is text only under the few
content types of `_TEXT`; every other body, a form's and one of no stated type included, arrives in base64.
"""

import base64
import json
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from local.child import ACCOUNT
from local.template import Route

_TEXT: Final = ("text/", "application/json", "application/javascript", "application/xml")
_JSON: Final = {"content-type": "application/json"}


class MalformedResultError(Exception):
    """The handler returned something API Gateway cannot make a response of."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request: header names in lower case, `path` percent-decoded."""

    method: str
    path: str
    query: str
    protocol: str
    headers: Mapping[str, str]
    body: bytes
    source_ip: str


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def refusal(status: HTTPStatus, message: str) -> Response:
    """A response API Gateway gives by itself."""
    return Response(status, tuple(_JSON.items()), json.dumps({"message": message}, separators=(",", ":")).encode())


def event(request: Request, route: Route, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The event a function gets for `request`; names that do not apply are absent, as in API Gateway's."""
    headers = dict(sorted(request.headers.items()))
    cookies = [item.strip() for item in headers.pop("cookie", "").split(";") if item.strip()]
    result: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": _request_context(request, route),
        "isBase64Encoded": False,
    }
    if cookies:
        result["cookies"] = cookies
    if query := _joined(parse_qsl(request.query, keep_blank_values=True)):
        result["queryStringParameters"] = query
    if parameters:
        result["pathParameters"] = dict(parameters)
    if request.body:
        result["body"], result["isBase64Encoded"] = _body(request)
    return result


def _request_context(request: Request, route: Route) -> dict[str, Any]:
    now = time.time()
    host = request.headers.get("host", "localhost").partition(":")[0]
    return {
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": base64.urlsafe_b64encode(uuid.uuid4().bytes[:11]).decode().rstrip("=") + "=",
        "routeKey": route.key,
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Repeated names become one value, joined by commas."""
    result: dict[str, str] = {}
    for name, value in pairs:
        result[name] = f"{result[name]},{value}" if name in result else value
    return result


def _body(request: Request) -> tuple[str, bool]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith(_TEXT[0]) or kind in _TEXT:
        try:
            return request.body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode("ascii"), True


def response(result: object) -> Response:
    """The response a handler's `result` stands for.

    Raises:
        MalformedResultError: `result` is no response of format 2.0.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result if isinstance(result, str) else json.dumps(result)
        return Response(HTTPStatus.OK, tuple(_JSON.items()), body.encode())
    try:
        status, body = int(result["statusCode"]), result.get("body") or ""
        headers = [(str(name).lower(), _text(value)) for name, value in (result.get("headers") or {}).items()]
        headers += [("set-cookie", _text(cookie)) for cookie in result.get("cookies") or ()]
        content = base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
    except (TypeError, ValueError, AttributeError) as error:
        raise MalformedResultError(str(error)) from error
    if not HTTPStatus.OK <= status < 600:  # noqa: PLR2004  (the last class of HTTP statuses is 5xx)
        raise MalformedResultError(f"statusCode {status}")
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    return Response(status, tuple(headers), content)


def _text(value: object) -> str:
    """A header value: what cannot stand in a header is the function's mistake, not a broken connection."""
    text = json.dumps(value) if isinstance(value, bool | int | float) else str(value)
    text.encode("latin-1")
    if not text.isprintable():
        raise ValueError(f"header value {text!r}")
    return text
