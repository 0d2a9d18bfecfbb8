"""Do the same for many, here or in several processes that end with this one."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from tipbandit_lab.lake.errors import LakeError
from tipbandit_lab.workers import follow, spawning

T = TypeVar("T")


def spread(work: Callable[..., T], calls: Sequence[tuple[Any, ...]], workers: int) -> Iterator[T]:
    """Yield what ``work`` returns for the arguments of each call, in whatever order they are done.

    Raises:
        LakeError: if a process dies.
        Exception: what ``work`` raises.
    """
    if workers == 1 or len(calls) == 1:
        yield from (work(*each) for each in calls)
        return
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(calls)), context, initializer=follow)
    try:
        with spawning():
            futures = [pool.submit(work, *each) for each in calls]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool:
        raise LakeError("a worker process died (out of memory?)") from None
    except BaseException:
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
