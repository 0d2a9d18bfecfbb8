"""The clients of several environments, made as the service makes them, and all their calls in one hand."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import IncompleteReadError
from moto.core.models import botocore_stubber

from tests.exactly_once.environment import PATIENT
from tests.exactly_once.verdicts import SKEW_MS
from tests.support.cloud import ENVIRONMENT, emulated
from tipbandit.adapters import sdk
from tipbandit.adapters.connection import Answer
from tipbandit.adapters.lean import LeanClient
from tipbandit.ports import Meanwhile, nothing

SKEWS_MS: Final = {"a": 0, "b": SKEW_MS // 2, "c": -SKEW_MS // 2}
"""The environments, and how far the clock of each is off: as far as two may be apart."""

THE_SDKS: Final = "b"
"""The environment whose client is the SDK's; the others' are lean."""
_URL: Final = f"https://dynamodb.{ENVIRONMENT['AWS_REGION']}.amazonaws.com/"

Carry = Callable[[str, AWSPreparedRequest], AWSResponse]


class Carried:
    """The connection of a lean client, whose requests are carried by hand."""

    def __init__(self, carry: Callable[[AWSPreparedRequest], AWSResponse]) -> None:
        self._carry = carry

    def post(self, headers: Mapping[str, str], body: bytes, meanwhile: Meanwhile = nothing) -> Answer:
        """Send a request and return its answer; one that breaks off is an error, as on a real connection."""
        sent = AWSPreparedRequest("POST", _URL, HTTPHeaders(), body, stream_output=False)
        sending: Any = sent.headers
        for name, value in headers.items():
            sending[name] = value.encode()  # as the SDK has them
        with suppress(Exception):
            meanwhile()
        answer = self._carry(sent)
        given = {name.lower(): str(value) for name, value in answer.headers.items()}
        expected = int(given.get("content-length", len(answer.content)))
        if len(answer.content) != expected:
            raise IncompleteReadError(actual_bytes=len(answer.content), expected_bytes=expected)
        return Answer(answer.status_code, given, answer.content)


class Fleet:
    """A client an environment, and an ``operator``'s to which nothing happens; made once, it serves all schedules."""

    def __init__(self) -> None:
        self.carry: Carry | None = None
        self.operator = sdk.client("dynamodb", PATIENT)
        self.clients = {who: self._client(who) for who in SKEWS_MS}

    def _client(self, who: str) -> Any:  # noqa: ANN401  boto3 makes it at run time
        if who != THE_SDKS:
            lean: Any = LeanClient("dynamodb", PATIENT, ENVIRONMENT, attempts=1, keeps_connections=True)
            lean._connection = Carried(partial(self._send, who))  # noqa: SLF001  in the place of a socket
            return lean
        made = sdk.client("dynamodb", PATIENT)
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
