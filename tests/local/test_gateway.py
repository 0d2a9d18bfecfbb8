"""The front door answers as an API Gateway HTTP API does."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from local.environments import Pool
from local.gateway import BODY_LIMIT, Gateway, Router
from local.template import Route
from local.wsgi import Server, listen
from tests.local.conftest import MakePool, pools

ROUTES = [
    Route("POST", "/echo", "Echo"),
    Route("GET", "/echo/{name}", "Echo"),
    Route("GET", "/echo/all", "Echo"),
    Route("ANY", "/echo/{name}/{rest+}", "Echo"),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with pools(tmp_path_factory.mktemp("echo")) as make, listen("127.0.0.1", 0) as sock:
        server = Server(Gateway(ROUTES, {"Echo": make("echo")}), sock, 4)
        with httpx.Client(base_url=f"http://127.0.0.1:{sock.getsockname()[1]}", trust_env=False) as client:
            yield client
        server.close()


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("POST", "/echo", "POST /echo", {}),
        ("GET", "/echo/a%20b%2Fc", "GET /echo/{name}", {"name": "a b/c"}),
        ("GET", "/echo/all", "GET /echo/all", {}),
        ("PUT", "/echo/a/b/c", "ANY /echo/{name}/{rest+}", {"name": "a", "rest": "b/c"}),
    ],
)
def test_a_request_finds_the_most_specific_route(method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    found = Router(ROUTES).match(method, path)
    assert found is not None
    assert (found[0].key, found[1]) == (key, parameters)


@pytest.mark.parametrize(("method", "path"), [("GET", "/echo"), ("POST", "/echo/"), ("GET", "/"), ("GET", "/echo//b")])
def test_what_no_route_matches_is_not_matched_nearly(method: str, path: str) -> None:
    assert Router(ROUTES).match(method, path) is None


def test_the_default_route_takes_what_is_left() -> None:
    found = Router([Route("ANY", "$default", "Echo"), *ROUTES]).match("GET", "/anything")
    assert found is not None
    assert found[0].key == "$default"


def test_a_request_reaches_its_function_as_an_event(client: httpx.Client) -> None:
    answer = client.get("/echo/a%20b?x=1&x=2", headers=[("X-Many", "1"), ("X-Many", "2"), ("Cookie", "a=1")])
    assert answer.status_code == 200
    assert answer.headers["apigw-requestid"]
    event = answer.json()["event"]
    assert event["routeKey"] == "GET /echo/{name}"
    assert event["rawPath"] == "/echo/a b"
    assert event["rawQueryString"] == "x=1&x=2"
    assert event["pathParameters"] == {"name": "a b"}
    assert event["cookies"] == ["a=1"]
    headers = event["headers"]
    assert headers["x-many"].replace(" ", "") == "1,2"
    assert headers["x-forwarded-for"] == event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert headers["x-amzn-trace-id"] == answer.json()["environment"]["_X_AMZN_TRACE_ID"]
    assert "cookie" not in headers


def test_an_unknown_route_is_404(client: httpx.Client) -> None:
    answer = client.get("/nowhere")
    assert (answer.status_code, answer.text) == (404, '{"message":"Not Found"}')
    assert answer.headers["content-type"] == "application/json"


def test_a_body_over_the_limit_is_413(client: httpx.Client) -> None:
    answer = client.post("/echo", content=b"x" * (BODY_LIMIT + 1))
    assert (answer.status_code, answer.text) == (413, '{"message":"Request Entity Too Large"}')


def test_a_large_body_arrives_whole(client: httpx.Client) -> None:
    body = "x" * 4_000_000
    answer = client.post("/echo", content=body, headers={"content-type": "text/plain"})
    assert answer.json()["event"]["body"] == body


@pytest.mark.parametrize("how", ["raise", "die", "unserialisable"])
def test_a_function_that_gives_no_answer_is_500(make_pool: MakePool, how: str) -> None:
    gateway = Gateway([Route("POST", "/fail", "Fail")], {"Fail": _Asking(make_pool("fail"), {"how": how})})
    assert _ask(gateway, "/fail") == (500, b'{"message":"Internal Server Error"}')


def test_a_function_that_overruns_its_timeout_is_500(make_pool: MakePool) -> None:
    pool = make_pool("fail", timeout_s=0.2)
    gateway = Gateway([Route("POST", "/fail", "Fail")], {"Fail": _Asking(pool, {"how": "hang"})})
    assert _ask(gateway, "/fail") == (500, b'{"message":"Internal Server Error"}')


def test_a_malformed_result_is_500(make_pool: MakePool) -> None:
    gateway = Gateway([Route("POST", "/r", "R")], {"R": _Asking(make_pool("reply"), {"reply": {"statusCode": "x"}})})
    assert _ask(gateway, "/r") == (500, b'{"message":"Internal Server Error"}')


def test_no_environment_in_time_is_503(make_pool: MakePool) -> None:
    pool = make_pool("reply")
    pool.close()
    gateway = Gateway([Route("POST", "/reply", "Reply")], {"Reply": pool})
    assert _ask(gateway, "/reply") == (503, b'{"message":"Service Unavailable"}')


def test_concurrent_requests_get_their_own_answers(client: httpx.Client) -> None:
    def ask(number: int) -> str:
        body: str = client.post("/echo", json=number).json()["event"]["body"]
        return body

    with ThreadPoolExecutor(8) as callers:
        assert list(callers.map(ask, range(40))) == [json.dumps(number) for number in range(40)]


class _Asking(Pool):
    """A pool whose handler gets a given event in place of the request's."""

    def __init__(self, pool: Pool, event: object) -> None:
        self._pool = pool
        self._event = event

    def invoke(self, event: object, trace_id: str, wait_s: float) -> object:
        """Run the given event."""
        del event
        return self._pool.invoke(self._event, trace_id, wait_s)


def _ask(gateway: Gateway, path: str) -> tuple[int, bytes]:
    """One POST of nothing, through the whole of HTTP."""
    with listen("127.0.0.1", 0) as sock:
        server = Server(gateway, sock, 1)
        try:
            answer = httpx.post(f"http://127.0.0.1:{sock.getsockname()[1]}{path}", trust_env=False)
            return answer.status_code, answer.content
        finally:
            server.close()
