"""Serving a WSGI application on a socket from a thread, with a clean end."""

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from waitress import wasyncore  # type: ignore[import-untyped]
from waitress.server import create_server  # type: ignore[import-untyped]

Application = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]

_BODY_LIMIT: Final = 64_000_000
"""Beyond the limit of any application served here: those answer for themselves what is too large."""

_FINISH_S: Final = 2.0


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on `port` of `host`; port 0 takes a free one.

    Raises:
        OSError: the port is taken, or not ours to bind.
    """
    return socket.create_server((host, port), backlog=1024)


class Server:
    """An application served by `threads` threads from construction until `close`."""

    def __init__(self, application: Application, sock: socket.socket, threads: int) -> None:
        # A queue is how both servers are meant to work: no news.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._map: dict[int, object] = {}
        self._server = create_server(
            application,
            map=self._map,
            sockets=[sock],
            threads=threads,
            connection_limit=1000,
            ident=None,
            max_request_body_size=_BODY_LIMIT,
            # In memory: a body that is never sent to its end would leave its temporary file open.
            inbuf_overflow=_BODY_LIMIT,
            outbuf_overflow=_BODY_LIMIT,
        )
        self._thread = threading.Thread(target=self._server.run, name="wsgi", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish the requests that are being answered, then close every connection."""
        self._server.task_dispatcher.shutdown(timeout=_FINISH_S)
        pulled = threading.Event()

        def close_all() -> None:
            pulled.wait()  # another wake-up may bring us here first, and the trigger is among what is closed
            wasyncore.close_all(self._map)

        self._server.trigger.pull_trigger(close_all)
        pulled.set()
        self._thread.join()
