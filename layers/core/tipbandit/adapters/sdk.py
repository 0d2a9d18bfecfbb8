"""SDK clients set up for a latency promise: short timeouts, and no retries behind our back.

The SDK's own retry of a conditional write turns a lost answer into a failed condition, so that a caller could no
longer tell "somebody else wrote" from "I did". The use cases retry, inside their deadline.
"""

from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import IncompleteReadError
from botocore.parsers import ResponseParserError

from tipbandit.adapters import lean
from tipbandit.adapters.timeouts import Timeouts

_REFUSED: Final = 300
"""From this status on an answer has no content that would be read: 304, and all errors."""


class ForeignAnswerError(ResponseParserError, lean.ForeignAnswerError):
    """The same, as the SDK calls what it cannot parse."""


def client(service: str, timeouts: Timeouts, *, attempts: int = 1, keeps_connections: bool = True) -> Any:  # noqa: ANN401  boto3 makes it at run time
    """Return an SDK client; see ``aws.client``."""
    config = Config(
        connect_timeout=timeouts.connect_ms / 1000,
        read_timeout=timeouts.read_ms / 1000,
        retries={"total_max_attempts": attempts, "mode": "standard"},
        tcp_keepalive=True,
        parameter_validation=False,
    )
    made = session().client(service, config=config)
    made.meta.events.register("after-call", _refuse_cut_answer)
    made.meta.events.register("after-call", _refuse_foreign_answer)
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


def _refuse_foreign_answer(http_response: Any, model: Any, **_: object) -> None:  # noqa: ANN401  botocore's own
    """Take a page that somebody on the way answers with, for no answer of the service's.

    The SDK reads that too as an empty answer, and a write as carried out: a reward would be lost that is said to be
    applied.
    """
    if http_response.status_code >= _REFUSED:
        return
    if model.has_streaming_output:
        is_foreign = "etag" not in http_response.headers
    else:
        is_foreign = "json" in model.service_model.protocol and not http_response.content.lstrip().startswith(b"{")
    if is_foreign:
        raise ForeignAnswerError


def _connect_anew(request: Any, **_: object) -> None:  # noqa: ANN401  botocore's own
    request.headers["Connection"] = "close"


@cache
def session() -> Any:  # noqa: ANN401  its stubs want a literal service name for each call
    """Return the session that all clients share."""
    return boto3.Session()
