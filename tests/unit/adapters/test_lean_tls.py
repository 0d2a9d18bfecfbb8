"""The lean client over TLS, as it always is in Lambda: a real handshake, one for many calls."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support import certificate, wire
from tests.unit.adapters.lambdas import KEY, made
from tipbandit.adapters import connection

_VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


@dataclass
class _Secured:
    """A server that answers any number of requests on each connection."""

    context: ssl.SSLContext
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    spoken: list[str | None] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = self.listener.accept()
                with self.context.wrap_socket(accepted, server_side=True) as secured:
                    self.spoken.append(secured.version())
                    while request := wire.read_message(secured):
                        self.requests.append(request)
                        secured.sendall(wire.http(200, b'{"Item": {"n": {"N": "1"}}}'))


@pytest.fixture(params=_VERSIONS, ids=lambda version: version.name)
def secured(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Secured]:
    """A server that the client is told to trust."""
    file = certificate.made(tmp_path, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.minimum_version = context.maximum_version = request.param
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    connection._trust.cache_clear()  # noqa: SLF001  it was filled with what is trusted elsewhere
    server = _Secured(context)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield server
    server.listener.shutdown(socket.SHUT_RDWR)
    server.listener.close()
    thread.join()
    connection._trust.cache_clear()  # noqa: SLF001  nor is this trusted anywhere else


def test_one_handshake_serves_many_calls(secured: _Secured) -> None:
    """TLS 1.3 sends tickets after the handshake: they are not mistaken for a server that has hung up."""
    client = made("dynamodb", secured.url)

    answers = [client.get_item(TableName="t", Key=KEY) for _ in range(5)]

    assert answers == [{"Item": {"n": {"N": "1"}}}] * 5
    assert [json.loads(each.partition(b"\r\n\r\n")[2]) for each in secured.requests] == [
        {"TableName": "t", "Key": KEY}
    ] * 5
    assert len(secured.spoken) == 1
    client._connection.close()  # noqa: SLF001  so that the server has nobody to wait for


def test_a_call_that_keeps_no_connection_shakes_hands_each_time(secured: _Secured) -> None:
    client = made("dynamodb", secured.url, keeps=False)

    for _ in range(3):
        client.get_item(TableName="t", Key=KEY)

    assert len(secured.spoken) == len(secured.requests) == 3
