"""Events as an API Gateway HTTP API sends them (payload format 2.0), with its default IAM authorizer."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

ACCOUNT: Final = "123456789012"
API_ID: Final = "a1b2c3d4e5"
DOMAIN: Final = f"{API_ID}.execute-api.eu-central-1.amazonaws.com"
REQUEST_ID: Final = "JKJaXmPLvHcESHA="
_USER_AGENT: Final = "recommender/1.0"
_ACCESS_KEY: Final = "ASIAIOSFODNN7EXAMPLE"
_CALLER: Final = "AROAIOSFODNN7EXAMPLE:recommender"
_SIGNATURE: Final = (
    f"AWS4-HMAC-SHA256 Credential={_ACCESS_KEY}/20260901/eu-central-1/execute-api/aws4_request, "
    f"SignedHeaders=host;x-amz-date;x-amz-security-token, Signature={'0' * 64}"
)


def event(
    method: str,
    path: str,
    *,
    body: object = None,
    query: Mapping[str, str] | None = None,
    as_base64: bool = False,
) -> dict[str, Any]:
    """Return the event of one request.

    Args:
        method: GET or POST.
        path: as requested: /score, /score/egreedy, /score/egreedy/v2 ...
        body: text is sent as it is; anything else as JSON; None is no body.
        query: the query string's parameters.
        as_base64: whether the API hands the body over in base64, as it does for content it takes to be binary.
    """
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    _, route, *named = path.split("/")
    parameters = dict(zip(("policy", "version"), named, strict=False))
    route_key = f"{method} /{route}" + "".join(f"/{{{name}}}" for name in parameters)
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": _headers(text, binary=as_base64),
    }
    if query:
        made["queryStringParameters"] = dict(query)
    made["requestContext"] = _request_context(method, path, route_key)
    if text is not None:
        made["body"] = base64.b64encode(text.encode()).decode() if as_base64 else text
    if parameters:
        made["pathParameters"] = parameters
    return {**made, "isBase64Encoded": as_base64}


def borne(given: Mapping[str, Any], claims: Mapping[str, str], **named: str) -> dict[str, Any]:
    """Return an event as the JWT authorizer of a deployment lets it in.

    Args:
        given: the event; the IAM authorizer's words go.
        claims: what the web token says.
        named: the stage variables, ``user_claim`` and ``tenant_claim``.
    """
    context = {**given["requestContext"], "authorizer": {"jwt": {"claims": dict(claims), "scopes": None}}}
    headers = {**given["headers"], "authorization": "Bearer EXAMPLE"}
    return {**given, "headers": headers, "requestContext": context, **({"stageVariables": named} if named else {})}


def _headers(text: str | None, *, binary: bool) -> dict[str, str]:
    headers = {
        "accept": "application/json",
        "authorization": _SIGNATURE,
        "content-length": str(len((text or "").encode("utf-8", "surrogatepass"))),
        "host": DOMAIN,
        "user-agent": _USER_AGENT,
        "x-amz-date": "20260901T083000Z",
        "x-amz-security-token": "EXAMPLE",
        "x-amzn-trace-id": "Root=1-68b54a08-0123456789abcdef01234567",
        "x-forwarded-for": "192.0.2.10",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }
    if text is not None:
        headers["content-type"] = "application/octet-stream" if binary else "application/json"
    return dict(sorted(headers.items()))


def _request_context(method: str, path: str, route_key: str) -> dict[str, Any]:
    return {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "authorizer": {
            "iam": {
                "accessKey": _ACCESS_KEY,
                "accountId": ACCOUNT,
                "callerId": _CALLER,
                "cognitoIdentity": None,
                "principalOrgId": None,
                "userArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/recommender/recommender",
                "userId": _CALLER,
            }
        },
        "domainName": DOMAIN,
        "domainPrefix": API_ID,
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.10",
            "userAgent": _USER_AGENT,
        },
        "requestId": REQUEST_ID,
        "routeKey": route_key,
        "stage": "$default",
        "time": "01/Sep/2026:08:30:00 +0000",
        "timeEpoch": 1788251400000,
    }
