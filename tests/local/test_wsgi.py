"""The WSGI server's end."""

import gc
import os
import socket
import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from local.wsgi import Server, listen


def _nothing(_: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    start_response("204 No Content", [])
    return [b""]


def test_a_server_that_wakes_up_while_it_is_told_to_close_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(_nothing, listen("127.0.0.1", 0), 1)
    trigger = server._server.trigger  # noqa: SLF001  the wake-up of a request that has just ended

    def pull_late() -> None:
        os.write(trigger.trigger, b"x")
        time.sleep(0.2)
        os.write(trigger.trigger, b"x")

    monkeypatch.setattr(trigger, "_physical_pull", pull_late)
    server.close()


def test_a_large_body_that_is_cut_off_leaves_no_file_open() -> None:
    sock = listen("127.0.0.1", 0)
    server = Server(_nothing, sock, 1)
    with socket.create_connection(sock.getsockname()) as caller:
        caller.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 1_500_000)
        time.sleep(0.2)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        server.close()
        del server
        gc.collect()

    assert [str(each.message) for each in warned] == []
