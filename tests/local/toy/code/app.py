"""Handlers that do one thing each, for the tests of the local stack."""

import os
import sys
import time
from typing import Any

import boto3
import toylayer  # type: ignore[import-not-found]  # only there once a layer has put it on the path


def echo(event: Any, context: Any) -> Any:  # noqa: ANN401
    """Return everything the environment was given."""
    print("echoed")  # noqa: T201
    return {
        "event": event,
        "context": {
            "function_name": context.function_name,
            "function_version": context.function_version,
            "invoked_function_arn": context.invoked_function_arn,
            "memory_limit_in_mb": context.memory_limit_in_mb,
            "aws_request_id": context.aws_request_id,
            "log_group_name": context.log_group_name,
            "log_stream_name": context.log_stream_name,
            "remaining_ms": context.get_remaining_time_in_millis(),
        },
        "environment": dict(os.environ),
        "layer": toylayer.NAME,
        "pid": os.getpid(),
    }


def reply(event: Any, _context: Any) -> Any:  # noqa: ANN401
    """Return what the body asks for."""
    return event["reply"]


def slow(event: Any, _context: Any) -> Any:  # noqa: ANN401
    """Sleep, and say where and when."""
    start = time.monotonic()
    time.sleep(event["seconds"])
    return {"pid": os.getpid(), "start": start, "end": time.monotonic()}


def fail(event: Any, _context: Any) -> Any:  # noqa: ANN401
    """Fail in the way the event names, or survive."""
    match event.get("how"):
        case "raise":
            raise ValueError("as asked")
        case "die":
            os._exit(9)
        case "exit":
            sys.exit(3)
        case "unserialisable":
            return {1, 2}
        case "hang":
            time.sleep(60)
        case "read":
            return sys.stdin.read()
    return os.getpid()


def add(event: Any, _context: Any) -> Any:  # noqa: ANN401
    """Add one to a number in the table."""
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    key = {"id": event.get("body") or "x"}
    changed = table.update_item(
        Key=key, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": 1}, ReturnValues="UPDATED_NEW"
    )
    return int(str(changed["Attributes"]["n"]))
