"""How long a read of the table takes while others load it: asked for again and again, by one who waits for each."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from benchmarks.offered_arrivals import names
from benchmarks.warm_requests import PLAYED

_EVERY_S: Final = 0.1


@contextmanager
def pinging(client: Any, table: str) -> Iterator[list[float]]:  # noqa: ANN401  boto3 makes it at run time
    """Read one user's state in the background; what is yielded grows by the milliseconds of each read."""
    taken: list[float] = []
    over = threading.Event()
    key = {"user_id": {"S": names()[0]}, "kind": {"S": f"state#{PLAYED[0]}"}}

    def ping() -> None:
        while not over.wait(_EVERY_S):
            began = time.monotonic()
            client.get_item(TableName=table, Key=key)
            taken.append((time.monotonic() - began) * 1000)

    thread = threading.Thread(target=ping, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join()
