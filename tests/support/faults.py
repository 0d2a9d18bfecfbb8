"""Faults of the store, made where the SDK meets the wire: above it everything is real."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError

from tests.support.lambdas import Function


def store_client(function: Function) -> Any:  # noqa: ANN401  boto3 makes it at run time
    """Return the DynamoDB client of a loaded function."""
    owner = function.module if hasattr(function.module, "store") else getattr(function.module, function.name)
    return owner.store._dynamodb  # noqa: SLF001


@contextmanager
def throttled(function: Function, operation: str) -> Iterator[list[str]]:
    """Make DynamoDB refuse every call of an operation as it does when a partition is too busy.

    Yields:
        The operations refused so far.
    """
    refused: list[str] = []
    code = "ProvisionedThroughputExceededException"
    answer = {"Error": {"Code": code, "Message": "slow down"}, "ResponseMetadata": {"HTTPStatusCode": 400}}

    def refuse(**_: object) -> tuple[AWSResponse, dict[str, Any]]:
        refused.append(operation)
        return AWSResponse("https://dynamodb.example", 400, HTTPHeaders(), BytesIO()), answer

    # Whatever answers here answers instead of the service: the call is never sent.
    with _hooked(function, f"before-call.dynamodb.{operation}", refuse):
        yield refused


@contextmanager
def answers_lost(function: Function, operation: str, times: int) -> Iterator[None]:
    """Lose DynamoDB's answer to an operation, which it has carried out by then, ``times`` times."""
    left = iter(range(times))

    def lose(**_: object) -> None:
        if next(left, None) is not None:
            raise ReadTimeoutError(endpoint_url="https://dynamodb.example")

    with _hooked(function, f"after-call.dynamodb.{operation}", lose):
        yield


@contextmanager
def rivalled(function: Function, rival: Callable[[], object]) -> Iterator[None]:
    """Let somebody else act between the next read and the write that follows it."""
    left = iter(range(1))

    def act(**_: object) -> None:
        if next(left, None) is not None:
            rival()

    with _hooked(function, "after-call.dynamodb.GetItem", act):
        yield


@contextmanager
def _hooked(function: Function, event: str, hook: Callable[..., object]) -> Iterator[None]:
    events = store_client(function).meta.events
    events.register_first(event, hook)
    try:
        yield
    finally:
        events.unregister(event, hook)
