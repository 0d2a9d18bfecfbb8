"""Run under the functions' own Python and layers: the calls of the table alone, timed.

``python warm_probe.py FD``, in the manner of ``local.child``: each line of standard input is a JSON list of [operation,
user id, policy key]; the answer is a list of [milliseconds by the clock, milliseconds of CPU]. The client is the one
that the functions have.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from tipbandit.adapters.aws import Timeouts
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.adapters.lean import fits

T = TypeVar("T")
_NS = 1_000_000


def _timed(call: Callable[[], T]) -> tuple[T, list[float]]:
    wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
    result = call()
    return result, [(time.perf_counter_ns() - wall) / _NS, (time.thread_time_ns() - cpu) / _NS]


def _probed(store: DynamoStateStore, operation: str, user_id: str, policy: str) -> list[float]:
    """Read as /score does, or as /reward does, or write as it does after a read that is not timed."""
    if operation != "PutItem":
        return _timed(lambda: store.read(user_id, policy, consistent=operation == "consistent GetItem"))[1]
    old = store.read(user_id, policy, consistent=True)
    new = replace(old, ver=old.ver + 1)
    return _timed(lambda: store.replace(user_id, policy, old=old, new=new))[1]


def main() -> None:
    """Answer until the input ends."""
    if not fits("dynamodb", os.environ):
        raise SystemExit("the functions' lean client does not fit here")
    if sys.platform == "linux" and (processor := os.environ.get("WARM_PROCESSOR")):
        os.sched_setaffinity(0, {int(processor)})
    timeouts = Timeouts(connect_ms=500, read_ms=500)
    store = DynamoStateStore.connect(os.environ["STATE_TABLE"], timeouts)
    with os.fdopen(int(sys.argv[-1]), "wb") as answers:
        for line in sys.stdin:
            taken = [_probed(store, *asked) for asked in json.loads(line)]
            answers.write(json.dumps({"ms": taken}).encode() + b"\n")
            answers.flush()


if __name__ == "__main__":
    main()
