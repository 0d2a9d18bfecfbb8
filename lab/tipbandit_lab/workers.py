"""Where the items of a run are played: in this process or in several; on a Dask cluster by ``clusters``.

Each executor yields the items as they are done, with their tables as Arrow streams. Whoever started the run writes
them: workers need no disk, and the tables are the same wherever they were made.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from tipbandit_lab.code_version import digest
from tipbandit_lab.fast import play
from tipbandit_lab.plan import Item, Plan

Streams = Mapping[str, bytes]
"""Tables by name, each an Arrow IPC stream."""
Done = Generator[tuple[Item, Streams], None, None]
Executor = Callable[[Plan, Sequence[Item]], Done]

_ONE_THREAD: Final = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}


class WorkError(RuntimeError):
    """An item could not be played; the message names it."""


def work(plan: Plan, item: Item, code_version: str) -> Streams:
    """Play one item.

    Raises:
        WorkError: if this worker's code is not that of the run, or the item fails.
    """
    if digest() != code_version:
        raise WorkError(f"{item}: the worker's code is not that of the run; restart workers after a change")
    try:
        tables = play(plan.cohort(item), plan.players).tables()
    except Exception as error:
        raise WorkError(f"{item}: {type(error).__name__}: {error}") from error
    return {name: _streamed(table) for name, table in tables.items()}


def unpacked(streams: Streams) -> dict[str, pa.Table]:
    """Return the tables of Arrow streams."""
    return {name: pa.ipc.open_stream(stream).read_all() for name, stream in streams.items()}


def in_process(plan: Plan, items: Sequence[Item]) -> Done:
    """Play one item after the other, here."""
    code_version = digest()
    for item in items:
        yield item, work(plan, item, code_version)


@dataclass(frozen=True, slots=True)
class Processes:
    """Play in so many processes of this machine, each with one thread for linear algebra."""

    count: int

    def __call__(self, plan: Plan, items: Sequence[Item]) -> Done:
        """Play the items, in whatever order they are done."""
        before = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(
            min(self.count, max(1, len(items))), multiprocessing.get_context("spawn"), initializer=follow
        )
        try:
            with spawning():
                futures = {pool.submit(work, plan, item, digest()): item for item in items}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool:
            raise WorkError("a worker process died (out of memory?)") from None
        except BaseException:
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _streamed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def follow() -> None:
    """Leave Ctrl-C to the parent, and end when it does, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def spawning() -> Iterator[None]:
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
