"""The front door: a WSGI application that behaves like an API Gateway HTTP API.

No authoriser runs here: whoever reaches the port is let in, which is why it listens on 127.0.0.1 only.
"""

import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from http.client import responses
from typing import Any, Final
from urllib.parse import unquote

from local import payload
from local.environments import FunctionError, Pool, PoolBusyError
from local.payload import Request, Response
from local.template import Route

BODY_LIMIT: Final = 10_000_000
INTEGRATION_TIMEOUT_S: Final = 30.0
"""How long a request waits for an environment. After that API Gateway waits for no answer either."""

_HOP_BY_HOP: Final = frozenset({"connection", "transfer-encoding", "keep-alive", "date", "server", "content-length"})

StartResponse = Callable[[str, list[tuple[str, str]]], object]


class Router:
    """Finds the route of a request; literal segments win over parameters, those over ``{name+}``."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(re.compile(_pattern(route.path)), route) for route in sorted(routes, key=_precedence)]

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and the decoded path parameters for `path`, which is still percent-encoded."""
        for pattern, route in self._routes:
            found = pattern.fullmatch(path) if route.method in {method, "ANY"} else None
            if found:
                return route, {name: unquote(value) for name, value in found.groupdict().items()}
        return None


def _pattern(path: str) -> str:
    if path == "$default":
        return ".*"
    greedy = re.sub(r"\\{(\w+)\\\+\\}", r"(?P<\1>.+)", re.escape(path))
    return re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", greedy)


def _precedence(route: Route) -> tuple[bool, bool, int, bool]:
    return (route.path == "$default", "+}" in route.path, route.path.count("{"), route.method == "ANY")


class Gateway:
    """Serves the routes of a template from pools of environments."""

    def __init__(self, routes: Iterable[Route], pools: Mapping[str, Pool]) -> None:
        self._router = Router(routes)
        self._pools = pools

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        """Answer one request (WSGI)."""
        request_id = uuid.uuid4().hex
        answer = self._answer(environ)
        headers = [(name, value) for name, value in answer.headers if name not in _HOP_BY_HOP]
        headers += [("content-length", str(len(answer.body))), ("apigw-requestid", request_id)]
        start_response(f"{answer.status} {responses.get(answer.status, '')}", headers)
        return [answer.body]

    def _answer(self, environ: dict[str, Any]) -> Response:
        target = str(environ["REQUEST_URI"]).partition("?")[0]
        found = self._router.match(environ["REQUEST_METHOD"], target)
        if found is None:
            return payload.refusal(HTTPStatus.NOT_FOUND, "Not Found")
        if int(environ.get("CONTENT_LENGTH") or 0) > BODY_LIMIT:
            return payload.refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
        route, parameters = found
        request = _request(environ, unquote(target))
        return self._invoke(route, payload.event(request, route, parameters), request)

    def _invoke(self, route: Route, event: dict[str, Any], request: Request) -> Response:
        try:
            result = self._pools[route.function].invoke(
                event, request.headers["x-amzn-trace-id"], INTEGRATION_TIMEOUT_S
            )
            return payload.response(result)
        except PoolBusyError:
            return payload.refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable")
        except (FunctionError, payload.MalformedResultError):
            return payload.refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")


def _request(environ: dict[str, Any], path: str) -> Request:
    headers = {
        name.removeprefix("HTTP_").lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or (name in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value)
    }
    headers |= {
        "x-amzn-trace-id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}",
        "x-forwarded-for": environ["REMOTE_ADDR"],
        "x-forwarded-port": environ["SERVER_PORT"],
        "x-forwarded-proto": "http",
    }
    return Request(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=environ.get("QUERY_STRING", ""),
        protocol=environ["SERVER_PROTOCOL"],
        headers=headers,
        body=environ["wsgi.input"].read(),
        source_ip=environ["REMOTE_ADDR"],
    )
