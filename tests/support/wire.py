"""Real sockets on this machine: a server that behaves as told, and addresses where nothing answers."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

_CHUNK: Final = 1 << 16
_POLL_S: Final = 0.05
_LOOPBACK: Final = ("127.0.0.1", 0)

Respond = Callable[[bytes], bytes | None]
"""From a whole HTTP request to what is sent back; None hangs up without a word."""


class Loopback:
    """A server on this machine, one thread a connection, that counts the ``requests`` it got."""

    def __init__(self, respond: Respond, *, hangs_up: bool = False) -> None:
        """Serve until ``close``; ``hangs_up`` after every answer, instead of waiting for another request."""
        self.requests: list[bytes] = []
        self._respond = respond
        self._hangs_up = hangs_up
        self._listener = socket.create_server(_LOOPBACK)
        self._listener.settimeout(_POLL_S)
        self._is_over = threading.Event()
        self._open: list[socket.socket] = [self._listener]
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    @property
    def url(self) -> str:
        """Where it listens."""
        return _url(self._listener)

    def close(self) -> None:
        """Hang up on everybody, and stop."""
        self._is_over.set()
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for each in self._open:
            each.close()

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._is_over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                continue  # nobody came for a while, or it is over
            self._open.append(connection)
            self._start(partial(self._serve, connection))

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while request := read_message(connection):
                self.requests.append(request)
                answer = self._respond(request)
                if answer is None:
                    break
                connection.sendall(answer)
                if self._hangs_up:
                    break
            connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def serving(respond: Respond, *, hangs_up: bool = False) -> Iterator[Loopback]:
    """Serve while the block runs."""
    server = Loopback(respond, hangs_up=hangs_up)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def silent() -> Iterator[Loopback]:
    """Serve, read every request, and answer none, until the block is left."""
    is_over = threading.Event()

    def wait(_: bytes) -> None:
        is_over.wait()

    server = Loopback(wait)
    try:
        yield server
    finally:
        is_over.set()
        server.close()


@contextlib.contextmanager
def closed() -> Iterator[str]:
    """Give an address where nobody listens."""
    with socket.socket() as bound:
        bound.bind(_LOOPBACK)
        yield _url(bound)


@contextlib.contextmanager
def unreachable() -> Iterator[str]:
    """Give an address where connections are never accepted, nor refused: the queue for them is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(_LOOPBACK, backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listener.getsockname())
        yield _url(listener)


def http(status: int, body: bytes, *, length: int | None = None) -> bytes:
    """Return an answer as DynamoDB sends one; ``length`` is what it claims, if not the truth."""
    head = (
        f"HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
    )
    return head.encode() + body


def forward(request: bytes, upstream: str) -> bytes:
    """Send a request on to another server and return its whole answer."""
    host, port = upstream.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(request)
        return read_message(connection)


def read_message(connection: socket.socket) -> bytes:
    """Return one whole HTTP request or answer; nothing where the other side has hung up."""
    message = b""
    while b"\r\n\r\n" not in message:
        chunk = connection.recv(_CHUNK)
        if not chunk:
            return b""
        message += chunk
    head, _, body = message.partition(b"\r\n\r\n")
    missing = _content_length(head) - len(body)
    while missing > 0:
        chunk = connection.recv(_CHUNK)
        if not chunk:
            return b""
        message += chunk
        missing -= len(chunk)
    return message


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"http://{host}:{port}"
