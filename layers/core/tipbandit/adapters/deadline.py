"""A deadline that holds whatever the other side does.

A socket's time-out starts anew with every byte, so a server that sends one now and then keeps a call for ever. Here the
caller goes on without it: the call is made in a thread, which ends by itself as soon as its sockets let it.
"""

from collections.abc import Callable
from concurrent.futures import Future
from threading import BoundedSemaphore, Thread
from typing import Final, TypeVar

MOST_CALLS: Final = 32
"""Calls at a time, with those that were given up and still hang: threads do not pile up for ever."""

T = TypeVar("T")

_room = BoundedSemaphore(MOST_CALLS)


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what ``call`` returns, or raise what it raises.

    Raises:
        TimeoutError: if it takes longer than ``seconds``, or cannot be begun because too many calls hang already.
    """
    if not _room.acquire(blocking=False):
        raise TimeoutError("too many calls that were given up still hang")
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001  it is raised where the call is waited for
            outcome.set_exception(error)
        finally:
            _room.release()

    try:
        Thread(target=run, name="within", daemon=True).start()
    except RuntimeError as error:
        _room.release()
        raise TimeoutError("the system has no thread for another call") from error
    return outcome.result(seconds)
