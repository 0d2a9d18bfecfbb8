"""One HTTP connection, kept from call to call, that fails with the SDK's errors."""

import http.client
import select
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
)

from tipbandit.adapters.timeouts import Timeouts

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

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a request to "/" and return its answer; raises as ``send``."""
        return self.send("POST", "/", headers, body)

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a request and return its answer.

        Raises:
            EndpointConnectionError, ConnectTimeoutError: if nobody could be reached: nothing was sent.
            ReadTimeoutError: if no answer came in time.
            ConnectionClosedError: if the connection broke before an answer.
            IncompleteReadError: if the answer broke off.
            HTTPClientError: if what came is not HTTP.
        """
        connection = self._taken()
        try:
            answer = self._exchanged(connection, method, path, headers, body)
        except BaseException:
            connection.close()
            raise
        if not self._is_kept or answer.headers.get("connection", "").lower() == "close":
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

    def _exchanged(
        self, connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        def exchange() -> Answer:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.putheader("content-length", str(len(body)))
            if not self._is_kept:
                connection.putheader("connection", "close")
            connection.endheaders(body)
            response = connection.getresponse()
            answered = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, answered, response.read())

        return _translated(exchange, self._endpoint.url)


def _translated(exchange: Callable[[], Answer], url: str) -> Answer:
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
