"""The SDK clients of several environments, made as the service makes them, and all their calls in one hand."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.models import botocore_stubber

from tests.exactly_once.environment import PATIENT
from tests.exactly_once.verdicts import SKEW_MS
from tests.support.cloud import emulated
from tipbandit.adapters import aws

SKEWS_MS: Final = {"a": 0, "b": SKEW_MS // 2, "c": -SKEW_MS // 2}
"""The environments, and how far the clock of each is off: as far as two may be apart."""

Carry = Callable[[str, AWSPreparedRequest], AWSResponse]


class Fleet:
    """A client an environment, and an ``operator``'s to which nothing happens; made once, it serves all schedules."""

    def __init__(self) -> None:
        self.carry: Carry | None = None
        self.operator = aws.client("dynamodb", PATIENT)
        self.clients = {who: self._client(who) for who in SKEWS_MS}

    def _client(self, who: str) -> Any:  # noqa: ANN401  boto3 makes it at run time
        made = aws.client("dynamodb", PATIENT)
        # The emulator answers where a request would be sent; here it is asked only if the request gets that far.
        made.meta.events.unregister("before-send", botocore_stubber)
        made.meta.events.register("before-send.dynamodb", partial(self._send, who))
        return made

    def _send(self, who: str, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        assert self.carry is not None
        return self.carry(who, request)


@contextmanager
def launched() -> Iterator[Fleet]:
    """Emulate AWS, with environments over one table, while the block runs."""
    with emulated():
        yield Fleet()
