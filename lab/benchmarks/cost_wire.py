"""A table that answers at once, in a process of its own: what the client itself costs a call, without DynamoDB's time.

``python -m benchmarks.cost_wire`` serves until its input ends: the first line of it is the item as JSON; it prints its
port.
"""

import json
import os
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from benchmarks.timing import Times, race
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.adapters.lean import LeanClient
from tipbandit.adapters.timeouts import Timeouts
from tipbandit.ports import ABSENT, Record

ROUNDS: Final = 40
_VARIABLES: Final = {
    "AWS_ACCESS_KEY_ID": "AKIA" + "0" * 16,
    "AWS_SECRET_ACCESS_KEY": "0" * 40,
    "AWS_REGION": "us-east-1",
}
_TOKEN: Final = {"AWS_SESSION_TOKEN": "0" * 900}
"""As long as a role's is: it is signed and sent with every call."""


def calls(record: Record, user_id: str, policy: str) -> dict[str, Times]:
    """Return the CPU microseconds of one ``read`` and one ``write`` of a record, as the functions make them."""
    with _served(record) as port:
        variables = {**_VARIABLES, **_TOKEN, "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{port}"}
        client = LeanClient("dynamodb", Timeouts(5000, 5000), variables, attempts=1, keeps_connections=True)
        store = DynamoStateStore("table", client)
        if store.read(user_id, policy, consistent=False) != record:
            raise RuntimeError("the table answers something else than it was given")
        pieces: dict[str, Callable[[], object]] = {
            "read": partial(store.read, user_id, policy, consistent=False),
            "write": partial(store.replace, user_id, policy, old=ABSENT, new=record),
        }
        return race(pieces, rounds=ROUNDS)


@contextmanager
def _served(record: Record) -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.cost_wire"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=dict(os.environ), **pipes) as table:  # noqa: S603  our own
        if table.stdin is None or table.stdout is None:
            raise RuntimeError("the table has no pipes")
        table.stdin.write(json.dumps(_item(record)) + "\n")
        table.stdin.flush()
        yield int(table.stdout.readline())
        table.stdin.close()


def _item(record: Record) -> dict[str, Any]:
    return {
        "blob": {"B": b64encode(record.blob or b"").decode()},
        "ver": {"N": str(record.ver)},
        "epoch": {"N": str(record.epoch)},
        "updated_at": {"N": str(record.updated_at_ms)},
    }


class _Table(BaseHTTPRequestHandler):
    """Answers GetItem with the item, and everything else with nothing."""

    protocol_version = "HTTP/1.1"
    item = b"{}"

    def do_POST(self) -> None:
        """Answer one call."""
        self.rfile.read(int(self.headers["content-length"]))
        answer = self.item if self.headers["x-amz-target"].endswith(".GetItem") else b"{}"
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {len(answer)}\r\n\r\n"
        self.wfile.write(head.encode() + answer)  # at once: two small packets wait for each other

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's own
        """Say nothing."""


def _serve() -> None:
    _Table.item = json.dumps({"Item": json.loads(sys.stdin.readline())}).encode()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Table)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    _serve()
