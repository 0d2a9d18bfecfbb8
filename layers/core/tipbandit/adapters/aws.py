"""SDK clients set up for a latency promise: short timeouts, and no retries behind our back.

The SDK's own retry of a conditional write turns a lost answer into a failed condition, so that a caller could no
longer tell "somebody else wrote" from "I did". The use cases retry, inside their deadline.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import IncompleteReadError


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one SDK call may take, in milliseconds."""

    connect_ms: int
    read_ms: int


def client(service: str, timeouts: Timeouts, *, attempts: int = 1, keeps_connections: bool = True) -> Any:  # noqa: ANN401  boto3 makes it at run time
    """Return an SDK client that sends each call at most ``attempts`` times.

    Without ``keeps_connections`` every call has one of its own. One that is kept while the environment is frozen may be
    dead, and then nobody can tell whether a call on it was carried out: for calls that must not be made twice, and have
    the milliseconds to connect. Endpoint, region and credentials come from the environment as always.
    """
    config = Config(
        connect_timeout=timeouts.connect_ms / 1000,
        read_timeout=timeouts.read_ms / 1000,
        retries={"total_max_attempts": attempts, "mode": "standard"},
        tcp_keepalive=True,
        parameter_validation=False,
    )
    made = _session().client(service, config=config)
    made.meta.events.register("after-call", _refuse_cut_answer)
    if not keeps_connections:
        made.meta.events.register("before-send", _connect_anew)
    return made


def _refuse_cut_answer(http_response: Any, model: Any, **_: object) -> None:  # noqa: ANN401  botocore's own
    """Take an answer that breaks off for a lost one.

    The SDK does not compare lengths, and reads JSON that it cannot parse as an empty answer: "there is no such item".
    """
    declared = http_response.headers.get("content-length")
    if declared is None or model.has_streaming_output:
        return
    if len(http_response.content) != int(declared):
        raise IncompleteReadError(actual_bytes=len(http_response.content), expected_bytes=declared)


def _connect_anew(request: Any, **_: object) -> None:  # noqa: ANN401  botocore's own
    request.headers["Connection"] = "close"


@cache
def _session() -> Any:  # noqa: ANN401  its stubs want a literal service name for each call
    return boto3.Session()
