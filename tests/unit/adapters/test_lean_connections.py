"""The lean client's connections: kept, given up and made anew, secured, and failing with the SDK's errors."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
)

from tests.support import certificate, wire
from tests.unit.adapters.lambdas import IMPATIENT, KEY, made
from tipbandit.adapters.connection import Connection
from tipbandit.adapters.lean import LeanClient, endpoint_at


def _fails(url: str, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        made("dynamodb", url, timeouts=IMPATIENT).get_item(TableName="t", Key=KEY)
    assert type(raised.value) is error


def test_faults_of_the_wire_are_the_sdks() -> None:
    with wire.closed() as url:
        _fails(url, EndpointConnectionError)
    with wire.unreachable() as url:
        _fails(url, ConnectTimeoutError)
    with wire.silent() as server:
        _fails(server.url, ReadTimeoutError)
    for respond, error in (
        (lambda _: None, ConnectionClosedError),
        (lambda _: wire.http(200, b"{}", length=10), IncompleteReadError),
        (lambda _: b"what?\r\n\r\n", HTTPClientError),
    ):
        with wire.serving(respond, hangs_up=True) as server:
            _fails(server.url, error)


def test_a_name_that_nobody_has_cannot_be_reached() -> None:
    _fails("http://nobody.invalid:1", EndpointConnectionError)


def test_a_server_that_does_not_speak_tls_cannot_be_reached_where_it_should() -> None:
    with wire.serving(lambda _: None) as server:
        _fails(server.url.replace("http", "https"), ConnectTimeoutError)


def test_a_server_that_nobody_vouches_for_is_told_nothing(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.made(tmp_path, "127.0.0.1"))
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        with contextlib.suppress(ssl.SSLError), context.wrap_socket(listener.accept()[0], server_side=True) as secured:
            heard.append(secured.recv(1))

    thread = threading.Thread(target=serve)
    thread.start()
    client = made("dynamodb", f"https://127.0.0.1:{listener.getsockname()[1]}")
    with listener, pytest.raises(EndpointConnectionError):
        client.get_item(TableName="t", Key=KEY)
    thread.join()
    assert heard == []


def _connections(client: LeanClient, server: wire.Loopback, calls: int) -> int:
    for _ in range(calls):
        client.get_item(TableName="t", Key=KEY)
    assert len(server.requests) == calls
    return len(server._open) - 1  # noqa: SLF001  the first is the one it listens on


def test_a_connection_is_kept_from_call_to_call_if_it_is_to_be(server: wire.Loopback) -> None:
    assert _connections(made("dynamodb", server.url), server, 5) == 1


def test_a_connection_is_given_up_after_each_call_if_it_is_not_to_be_kept(server: wire.Loopback) -> None:
    assert _connections(made("dynamodb", server.url, keeps=False), server, 5) == 5


def test_a_connection_that_was_hung_up_on_meanwhile_is_made_anew() -> None:
    """As after an environment was frozen; nothing is sent on the dead one, so nothing is in doubt."""
    with wire.serving(lambda _: wire.http(200, b"{}"), hangs_up=True) as server:
        client = made("dynamodb", server.url)
        for _ in range(5):
            client.get_item(TableName="t", Key=KEY)
            _until_hung_up(client)
        assert len(server.requests) == 5


def _until_hung_up(client: LeanClient) -> None:
    connection = client._connection._open  # noqa: SLF001  nobody else knows when
    assert connection is not None
    assert connection.sock is not None
    connection.sock.recv(1)


def test_a_call_that_was_given_up_and_still_hangs_is_not_in_the_way_of_the_next() -> None:
    """A secret is read in a thread that may be left behind: what it holds is nobody else's."""
    arrived, over = threading.Event(), threading.Event()

    def respond(request: bytes) -> bytes:
        if b"GetItem" in request:
            arrived.set()
            over.wait()
        return wire.http(200, b"{}")

    with wire.serving(respond) as server:
        client = made("dynamodb", server.url)
        hanging = threading.Thread(target=lambda: client.get_item(TableName="t", Key=KEY))
        hanging.start()
        try:
            arrived.wait()
            assert client.query(TableName="t") == {}
        finally:
            over.set()
            hanging.join()
        assert client.query(TableName="t") == {}


def test_after_a_failure_the_next_call_begins_anew() -> None:
    answers = iter([wire.http(200, b"{}", length=5), wire.http(200, b"{}")])
    with wire.serving(lambda _: next(answers), hangs_up=True) as server:
        client = made("dynamodb", server.url)
        with pytest.raises(IncompleteReadError):
            client.get_item(TableName="t", Key=KEY)
        assert client.get_item(TableName="t", Key=KEY) == {}


def _answering(*answers: bytes) -> Callable[[bytes], bytes]:
    given = iter(answers)
    return lambda _: next(given)


def test_what_may_be_asked_again_is_and_what_is_refused_for_good_is_not() -> None:
    throttled = wire.http(400, b'{"__type": "ThrottlingException"}')
    failed = wire.http(500, b"{}")
    denied = wire.http(400, b'{"__type": "AccessDeniedException"}')
    with wire.serving(_answering(throttled, failed, wire.http(200, b'{"SecretString": "s"}'))) as server:
        assert made("secretsmanager", server.url, attempts=3).get_secret_value(SecretId="s") == {"SecretString": "s"}
    with wire.serving(_answering(denied)) as server, pytest.raises(ClientError, match="AccessDenied"):
        made("secretsmanager", server.url, attempts=3).get_secret_value(SecretId="s")


def test_pages_are_read_to_the_last() -> None:
    last = {"user_id": {"S": "ann"}, "kind": {"S": "state#b"}}
    pages = [{"Items": [KEY], "LastEvaluatedKey": last}, {"Items": [last]}]
    with wire.serving(_answering(*(wire.http(200, json.dumps(page).encode()) for page in pages))) as server:
        found = list(made("dynamodb", server.url).get_paginator("query").paginate(TableName="t"))
    assert found == pages
    assert b"ExclusiveStartKey" not in server.requests[0]
    assert json.loads(server.requests[1].partition(b"\r\n\r\n")[2])["ExclusiveStartKey"] == last


def test_a_request_is_sent_in_one_piece() -> None:
    """Else the other side is woken twice, and over TLS two records are made of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as pool:
        client = made("dynamodb", f"http://127.0.0.1:{listener.getsockname()[1]}")
        asking = pool.submit(client.get_item, TableName="t", Key=KEY)
        with listener.accept()[0] as accepted:
            received = accepted.recv(65_536)
            accepted.sendall(wire.http(200, b"{}"))
            asking.result()
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\n")
    assert json.loads(body) == {"TableName": "t", "Key": KEY}


@pytest.mark.parametrize("value", ["a\r\nx-amz-target: other", "a\nb", "a\rb"])
def test_a_header_that_would_end_its_line_is_never_sent(value: str, server: wire.Loopback) -> None:
    connection = Connection(endpoint_at(server.url), IMPATIENT, is_kept=True)

    with pytest.raises(HTTPClientError):
        connection.post({"host": value}, b"{}")

    assert server.requests == []


def test_what_is_done_meanwhile_is_done_while_the_answer_is_awaited() -> None:
    done = threading.Event()

    def respond(_request: object) -> bytes:
        return wire.http(200, b"{}" if done.wait(10) else b'{"never": true}')

    with wire.serving(respond) as server:
        answer = made("dynamodb", server.url).call("GetItem", {"TableName": "t", "Key": KEY}, done.set)
    assert answer == {}


def test_what_goes_wrong_meanwhile_is_no_fault_of_the_service(server: wire.Loopback) -> None:
    def fails() -> None:
        raise ConnectionResetError

    client = made("dynamodb", server.url)
    assert client.call("GetItem", {"TableName": "t", "Key": KEY}, fails) == client.get_item(TableName="t", Key=KEY)
    assert len(server.requests) == 2
