"""What runs inside one simulated Lambda environment: a program of its own, on nothing but the standard library.

It is started by path, so the only code a handler can import is what it could in Lambda: its own directory,
its layers, and the installed packages. Messages are JSON lines: standard input brings the configuration and
then one event at a time, the descriptor named by the last argument takes the answers.
"""

import importlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import boto3  # noqa: F401  (Lambda's runtime brings it: loaded before the configuration is known, to save time)

Message = dict[str, Any]
Handler = Callable[[object, object], object]


@dataclass(frozen=True)
class Context:
    """The context object of Lambda's Python runtime."""

    function_name: str
    function_version: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    aws_request_id: str
    log_group_name: str
    log_stream_name: str
    deadline_ms: float
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the invocation."""
        return max(0, int(self.deadline_ms - time.time() * 1000))


def _context(message: Message) -> Context:
    return Context(
        function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        function_version=os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
        invoked_function_arn=message["arn"],
        memory_limit_in_mb=os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        aws_request_id=message["request_id"],
        log_group_name=os.environ["AWS_LAMBDA_LOG_GROUP_NAME"],
        log_stream_name=os.environ["AWS_LAMBDA_LOG_STREAM_NAME"],
        deadline_ms=message["deadline_ms"],
    )


def _load() -> Handler:
    module, _, name = os.environ["_HANDLER"].rpartition(".")
    handler: Handler = getattr(importlib.import_module(module.replace("/", ".")), name)
    return handler


def _failure(error: BaseException) -> Message:
    """An error as Lambda reports one; the log gets the traceback."""
    sys.stdout.write(f"[ERROR] {''.join(traceback.format_exception(error))}")
    return {"error": {"errorType": type(error).__name__, "errorMessage": str(error)}}


def _invoke(handler: Handler, message: Message) -> bytes:
    os.environ["_X_AMZN_TRACE_ID"] = message["trace_id"]
    try:
        answer = {"ok": handler(message["event"], _context(message))}
        return json.dumps(answer).encode()
    except Exception as error:  # noqa: BLE001  (whatever a handler raises is the caller's 500)
        return json.dumps(_failure(error)).encode()


def _receive(events: BinaryIO, inbox: "queue.SimpleQueue[Message]") -> None:
    """Pass messages on; leave at once, whatever the handler is doing, when the parent is gone."""
    for line in events:
        inbox.put(json.loads(line))
    os._exit(0)


def _answer(answers: BinaryIO, message: bytes) -> None:
    answers.write(message + b"\n")
    answers.flush()


def main() -> None:
    """Configure, load the handler, then answer one event at a time for ever."""
    # The copy is not inherited: a process the handler starts must not hold the answers open.
    answers = os.fdopen(os.dup(int(sys.argv[-1])), "wb")
    os.close(int(sys.argv[-1]))
    events = os.fdopen(os.dup(0), "rb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # a handler that reads standard input must not eat events
    # One write a line: several environments share a log file.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(events, inbox), daemon=True).start()

    os.environ.update(inbox.get()["environment"])
    try:
        handler = _load()
    except Exception as error:  # noqa: BLE001  (an import may raise anything)
        _answer(answers, json.dumps(_failure(error)).encode())
        raise SystemExit(1) from None
    _answer(answers, b'{"ok": null}')
    while True:
        _answer(answers, _invoke(handler, inbox.get()))


if __name__ == "__main__":
    main()
