"""One HTTP connection, kept from call to call, that fails with the SDK's errors."""

import http.client
import select
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
)

from tipbandit.adapters.timeouts import Timeouts
from tipbandit.ports import Meanwhile, nothing

T = TypeVar("T")

_HTTPS: Final = 443
_HTTP: Final = 80


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service answers."""

    host: str
    port: int
    is_secure: bool

    @property
    def url(self) -> str:
        """The address, as errors name it."""
        return f"{'https' if self.is_secure else 'http'}://{self.authority}"

    @property
    def authority(self) -> str:
        """Host and port as the header ``host`` has them: without the port that goes without saying."""
        usual = _HTTPS if self.is_secure else _HTTP
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """A connection to one endpoint. Whoever uses it has it alone: a call beside another one connects for itself."""

    def __init__(self, endpoint: Endpoint, timeouts: Timeouts, *, is_kept: bool) -> None:
        """Nothing is connected yet; without ``is_kept`` every call connects anew."""
        self._open: http.client.HTTPConnection | None = None
        self._endpoint = endpoint
        self._timeouts = timeouts
        self._is_kept = is_kept

    def __del__(self) -> None:
        self.close()

    def post(self, headers: Mapping[str, str], body: bytes, meanwhile: Meanwhile = nothing) -> Answer:
        """Send a request to "/" and return its answer; raises as ``send``."""
        return self.send("POST", "/", headers, body, meanwhile)

    def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        meanwhile: Meanwhile = nothing,
    ) -> Answer:
        """Send a request and return its answer; call ``meanwhile`` in between, whose errors are passed over.

        Raises:
            EndpointConnectionError, ConnectTimeoutError: if nobody could be reached: nothing was sent.
            ReadTimeoutError: if no answer came in time.
            ConnectionClosedError: if the connection broke before an answer.
            IncompleteReadError: if the answer broke off.
            HTTPClientError: if what came is not HTTP.
        """
        request = self._written(method, path, headers, body)
        connection = self._taken()
        try:
            answer, is_last = _translated(
                lambda: _exchanged(connection.sock, method, request, meanwhile), self._endpoint.url
            )
        except BaseException:
            connection.close()
            raise
        if not self._is_kept or is_last:
            connection.close()
        else:
            self.close()  # one that another call has put back meanwhile
            self._open = connection
        return answer

    def close(self) -> None:
        """Hang up."""
        kept, self._open = self._open, None
        if kept is not None:
            kept.close()

    def _taken(self) -> http.client.HTTPConnection:
        kept, self._open = self._open, None
        if kept is None:
            return self._connect()
        # One that was kept while the environment was frozen may have been hung up on.
        if _is_over(kept.sock):
            kept.close()
            return self._connect()
        return kept

    def _connect(self) -> http.client.HTTPConnection:
        endpoint, seconds = self._endpoint, self._timeouts.connect_ms / 1000
        made: http.client.HTTPConnection
        if endpoint.is_secure:
            made = http.client.HTTPSConnection(endpoint.host, endpoint.port, timeout=seconds, context=_trust())
        else:
            made = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=seconds)
        try:
            made.connect()
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=endpoint.url) from error
        except (OSError, UnicodeError) as error:
            raise EndpointConnectionError(endpoint_url=endpoint.url, error=error) from error
        made.sock.settimeout(self._timeouts.read_ms / 1000)
        made.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return made

    def _written(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """Return a request in one piece, which goes out in one, where ``http.client`` sends its body after its head.

        Raises:
            HTTPClientError: if a header would end its line.
        """
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        lines.append(f"content-length: {len(body)}")
        if not self._is_kept:
            lines.append("connection: close")
        head = "\r\n".join(lines)
        if head.count("\n") + head.count("\r") != 2 * (len(lines) - 1):
            raise HTTPClientError(error="a header ends its line")
        return f"{head}\r\n\r\n".encode("latin-1") + body


def _exchanged(sock: socket.socket, method: str, request: bytes, meanwhile: Meanwhile) -> tuple[Answer, bool]:
    """Return what is answered to a request, and whether it is the last that this connection answers."""
    sock.sendall(request)
    with suppress(Exception):  # who needs it calls it too, and is told
        meanwhile()
    response = http.client.HTTPResponse(sock, method=method)
    try:
        response.begin()
        answered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, answered, response.read()), response.will_close
    finally:
        response.close()


def _translated(exchange: Callable[[], T], url: str) -> T:
    try:
        return exchange()
    except TimeoutError as error:
        raise ReadTimeoutError(endpoint_url=url) from error
    except http.client.IncompleteRead as error:
        expected = len(error.partial) + (error.expected or 0)
        raise IncompleteReadError(actual_bytes=len(error.partial), expected_bytes=expected) from error
    except http.client.RemoteDisconnected as error:
        raise ConnectionClosedError(endpoint_url=url) from error
    except http.client.HTTPException as error:
        raise HTTPClientError(error=type(error).__name__) from error
    except OSError as error:
        raise ConnectionClosedError(endpoint_url=url) from error


def _is_over(sock: socket.socket | None) -> bool:
    """Tell whether the other side has hung up, or said something that nobody asked for."""
    if sock is None:
        return True
    return bool(select.select([sock], [], [], 0)[0])


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
