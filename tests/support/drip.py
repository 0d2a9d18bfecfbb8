"""A server that defeats every time-out of a socket: it sends a byte now and then, for ever."""

import contextlib
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.support.wire import read_message

_POLL_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Drip:
    """Such a server; ``was_left`` is set once a client has hung up."""

    url: str
    was_left: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def dripping(start: bytes, *, drop: bytes = b" ", every_s: float = 0.05) -> Iterator[Drip]:
    """Answer every request with ``start`` and then ``drop`` again and again, until the client hangs up."""
    is_over = threading.Event()

    def drip(connection: Any) -> None:  # noqa: ANN401  a socket, encrypted or not
        try:
            connection.sendall(start)
            while not is_over.wait(every_s):
                connection.sendall(drop)
        except OSError:
            drips.was_left.set()

    with served(drip) as url:
        drips = Drip(url)
        try:
            yield drips
        finally:
            is_over.set()


@contextlib.contextmanager
def served(answer: Callable[[Any], None], *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Have ``answer`` write to the connection of every request; gives the address, https where there is ``tls``."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                connection = tls.wrap_socket(self.request, server_side=True) if tls else self.request
                with contextlib.closing(connection):
                    if read_message(connection):
                        answer(connection)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        serve = threading.Thread(target=server.serve_forever, args=(_POLL_S,))
        serve.start()
        try:
            yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            serve.join()
