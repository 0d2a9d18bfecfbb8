"""Many calls of one function in several processes of this machine, which end with this one, however it ends."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any, Final, TypeVar

T = TypeVar("T")
Call = tuple[Any, ...]
"""The arguments of a call."""

_ONE_THREAD: Final = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}


def spread(work: Callable[..., T], calls: Sequence[Call], count: int) -> Generator[tuple[Call, T], None, None]:
    """Yield each call with what ``work`` returns for it, in whatever order they are done.

    Args:
        work: a function of a module.
        calls: the arguments of each.
        count: how many processes, each with one thread for linear algebra.

    Raises:
        BrokenProcessPool: if a process dies.
        Exception: what ``work`` raises.
    """
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(count, max(1, len(calls))), context, initializer=_follow)
    try:
        with _spawning():
            futures = {pool.submit(work, *call): call for call in calls}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BaseException:
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _follow() -> None:
    """Leave Ctrl-C to the parent, and end when it does, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _spawning() -> Iterator[None]:
    """Give new processes one thread for linear algebra, and no Ctrl-C: what is set here is theirs from the start."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    mask = getattr(signal, "pthread_sigmask", None)  # not on Windows
    blocked = mask(signal.SIG_BLOCK, {signal.SIGINT}) if mask else set()
    try:
        yield
    finally:
        if mask:
            mask(signal.SIG_SETMASK, blocked)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
