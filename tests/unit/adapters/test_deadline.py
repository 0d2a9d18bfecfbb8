"""A deadline over a call that blocks: it holds, what the call did comes through, and threads do not pile up."""

import socket
import threading
import time
import traceback
from collections.abc import Iterator
from typing import Final

import pytest

from tests.support.drip import dripping
from tests.support.wire import read_message
from tipbandit.adapters.deadline import MOST_CALLS, within

LONG_S: Final = 60.0
SOON_S: Final = 5.0


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What calls can be made to hang on; opened when the test is over."""
    event = threading.Event()
    yield event
    event.set()
    _wait_for_room()


def _wait_for_room() -> None:
    """Wait until the calls that hung have ended."""
    ends = time.monotonic() + LONG_S
    while any(thread.name == "within" for thread in threading.enumerate()) and time.monotonic() < ends:
        time.sleep(0.01)
    assert within(LONG_S, lambda: True)


def test_what_a_call_returns_is_returned() -> None:
    assert within(LONG_S, lambda: {"a": 1}) == {"a": 1}


def test_what_a_call_raises_is_raised_from_where_it_happened() -> None:
    def fail() -> None:
        raise ZeroDivisionError("here")

    with pytest.raises(ZeroDivisionError, match="here") as raised:
        within(LONG_S, fail)
    assert traceback.extract_tb(raised.value.__traceback__)[-1].name == "fail"


def test_a_time_out_of_the_calls_own_comes_through_as_it_is() -> None:
    def fail() -> None:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        within(LONG_S, fail)


def test_a_call_that_hangs_is_given_up(gate: threading.Event) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.1, lambda: gate.wait(LONG_S))
    assert 0.1 <= time.monotonic() - began < SOON_S


def test_a_call_that_every_drop_keeps_alive_is_given_up() -> None:
    """No receive takes longer than its time-out; the call never ends."""
    with dripping(b"") as server, socket.create_connection(_address(server.url), timeout=LONG_S) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(TimeoutError):
            within(0.3, lambda: read_message(connection))
        connection.shutdown(socket.SHUT_RDWR)


def _address(url: str) -> tuple[str, int]:
    host, port = url.removeprefix("http://").split(":")
    return host, int(port)


def test_the_thread_of_a_call_does_not_keep_the_process_from_ending(gate: threading.Event) -> None:
    is_daemon: list[bool] = []

    def call() -> None:
        is_daemon.append(threading.current_thread().daemon)
        gate.wait(LONG_S)

    with pytest.raises(TimeoutError):
        within(0.1, call)
    assert is_daemon == [True]


def test_no_call_is_begun_while_too_many_hang(gate: threading.Event) -> None:
    for _ in range(MOST_CALLS):
        with pytest.raises(TimeoutError):
            within(0.001, lambda: gate.wait(LONG_S))
    begun: list[bool] = []
    with pytest.raises(TimeoutError, match="still hang"):
        within(LONG_S, lambda: begun.append(True))
    assert begun == []
    gate.set()
    _wait_for_room()


def test_a_call_that_fails_leaves_room_for_another() -> None:
    for _ in range(2 * MOST_CALLS):
        with pytest.raises(ZeroDivisionError):
            within(LONG_S, lambda: 1 / 0)
    assert within(LONG_S, lambda: True)


def test_a_system_without_threads_to_give_leaves_room_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        for _ in range(2 * MOST_CALLS):
            with pytest.raises(TimeoutError, match="no thread"):
                within(LONG_S, lambda: True)
    assert within(LONG_S, lambda: True)
