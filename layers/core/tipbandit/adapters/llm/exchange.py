"""One question over HTTP and its answer, bounded in time and size whatever the other side does.

Plain ``http.client``: every question has a connection of its own, because one that is kept while the environment is
frozen may be dead, and then nobody can tell whether the question was read, and is paid for. So a pool is of no use;
redirects are not followed, proxies not used, nothing is sent twice, and the socket is at hand: the deadline is checked
before every single receive, and whoever is tired of waiting hangs up.
"""

import contextlib
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from typing import Final
from urllib.parse import urlsplit

from tipbandit.errors import ModelUnavailableError

MAX_BYTES: Final = 256 * 1024
"""The largest answer that is read: far more than the most tokens a prompt may ask for."""
CONNECT_S: Final = 2.0
_AT_ONCE: Final = 1 << 16
_PLAIN: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send: an http(s) URL in parts. ``port`` None means the scheme's own."""

    is_encrypted: bool
    host: str
    port: int | None
    path: str

    @classmethod
    def of(cls, url: str) -> "Address":
        """Return the parts of a URL.

        Raises:
            ValueError: if it is none, is not http(s), or holds more than host, port and path.
        """
        parts = urlsplit(url)
        more = "@" in parts.netloc or parts.query or parts.fragment
        if parts.scheme not in {"http", "https"} or not parts.hostname or more or not _PLAIN.fullmatch(url):
            raise ValueError("no http(s)://host, maybe with a port and a path")
        return cls(parts.scheme == "https", parts.hostname, parts.port, parts.path)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; names of ``headers`` in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Line:
    """A line to one address, for as many questions as one call takes until ``ends`` (``time.monotonic``).

    ``is_open`` says whether a question was sent whose answer has not come. For one thread, apart from ``hang_up``.
    """

    def __init__(self, address: Address, *, ends: float) -> None:
        self.is_open = False
        self._address = address
        self._ends = ends
        self._socket: socket.socket | None = None

    def post(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a question and return the answer, whatever its status.

        Raises:
            ModelUnavailableError: if there is no answer, only a part of one, or one that is too large.
        """
        connection = self._connected()
        self.is_open = True
        try:
            connection.request("POST", self._address.path, body, {**headers, "Connection": "close"})
            self._arm()
            with connection.getresponse() as response:
                names = {name.lower(): value for name, value in response.getheaders()}
                reply = Reply(response.status, names, self._read(response))
        except (OSError, HTTPException) as error:
            says = f"gateway: {type(error).__name__}"
            raise ModelUnavailableError(says, passing=True, maybe_charged=True) from error
        finally:
            connection.close()
        self.is_open = False
        return reply

    def hang_up(self) -> None:
        """End what is going on, from any thread: who waits there for the other side need not any more."""
        self._ends = 0.0
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _connected(self) -> HTTPConnection:
        to, timeout = self._address, min(CONNECT_S, self._left())
        if to.is_encrypted:
            connection: HTTPConnection = HTTPSConnection(to.host, to.port, timeout=timeout, context=_tls())
        else:
            connection = HTTPConnection(to.host, to.port, timeout=timeout)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            is_stranger = isinstance(error, ssl.SSLCertVerificationError)
            raise ModelUnavailableError(f"gateway: {type(error).__name__}", passing=not is_stranger) from error
        self._socket = connection.sock  # which the connection forgets once the answer has begun
        self._arm()
        return connection

    def _read(self, response: HTTPResponse) -> bytes:
        body, is_framed = bytearray(), response.chunked or response.length is not None
        while not response.isclosed():
            self._arm()
            received = response.read1(_AT_ONCE)
            if not received:
                break
            body += received
            if len(body) > MAX_BYTES:
                raise ModelUnavailableError(f"gateway: an answer of more than {MAX_BYTES} bytes", maybe_charged=True)
        if response.length or not (is_framed or body):  # not all that was announced, or nothing was announced nor came
            raise IncompleteRead(bytes(body), response.length)
        return bytes(body)

    def _arm(self) -> None:
        """Let the next receive take no longer than there is time."""
        left = self._left()
        if self._socket is not None:
            self._socket.settimeout(left)

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise ModelUnavailableError("gateway: no answer in time", passing=True, maybe_charged=self.is_open)
        return left


@cache
def _tls() -> ssl.SSLContext:
    """Return the check of certificates against the system's authorities, which takes a while to load."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
