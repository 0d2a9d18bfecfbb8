"""Where the items of a run are played: in this process or in several; on a Dask cluster by ``clusters``.

Each executor yields the items as they are done, with their tables as Arrow streams. Whoever started the run writes
them: workers need no disk, and the tables are the same wherever they were made.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa

from tipbandit_lab.code_version import digest
from tipbandit_lab.fast import play
from tipbandit_lab.plan import Item, Plan
from tipbandit_lab.processes import spread

Streams = Mapping[str, bytes]
"""Tables by name, each an Arrow IPC stream."""
Done = Generator[tuple[Item, Streams], None, None]
Executor = Callable[[Plan, Sequence[Item]], Done]


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
        code_version = digest()
        try:
            with closing(spread(work, [(plan, item, code_version) for item in items], self.count)) as done:
                for (_, item, _), streams in done:
                    yield item, streams
        except BrokenProcessPool:
            raise WorkError("a worker process died (out of memory?)") from None


def _streamed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())
