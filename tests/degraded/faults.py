"""A dependency that is not there: an address that behaves as told, in front of the emulator or instead of it."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Final

from tests.support import wire
from tests.support.drip import dripping

SLOW_S: Final = 0.2
"""What a call takes that is slow: longer than /score waits, shorter than the others do."""
_WRITES: Final = (b".PutItem", b".TransactWriteItems", b".UpdateItem")
_STALLED_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 100000\r\n\r\n{"


class Fault(StrEnum):
    """How a dependency fails."""

    REFUSED = "refuses connections"
    UNREACHABLE = "cannot be reached"
    SILENT = "takes requests and is silent"
    DRIPPING = "sends a byte now and then"
    SLOW = f"takes {SLOW_S} s a call"
    HANGS_UP = "hangs up"
    THROTTLES = "throttles"
    DENIES = "denies access"
    FAILS = "answers 500"
    BABBLES = "answers 200 with a page of HTML"
    LIES = "answers what is none of ours"
    LOSES_WRITES = "carries out writes and hangs up"


_CODES: Final[Mapping[Fault, tuple[int, str]]] = {
    Fault.THROTTLES: (400, "ThrottlingException"),
    Fault.DENIES: (400, "AccessDeniedException"),
    Fault.FAILS: (500, "InternalServerError"),
}
_S3_CODES: Final[Mapping[Fault, tuple[int, str]]] = {
    Fault.THROTTLES: (503, "SlowDown"),
    Fault.DENIES: (403, "AccessDenied"),
    Fault.FAILS: (500, "InternalError"),
}
_HTML: Final = b"<html><body>A page of a proxy</body></html>"
_NONE_OF_OURS: Final = b'{"Item": {"ver": {"S": "x"}}, "Items": [{"kind": {"S": "state#x"}}], "SecretString": "[]"}'


def answer(fault: Fault, *, is_s3: bool) -> bytes:
    """Return what is answered by a dependency that refuses."""
    if fault is Fault.BABBLES:
        return wire.http(200, _HTML)
    if fault is Fault.LIES:
        return wire.http(200, _NONE_OF_OURS)
    status, code = (_S3_CODES if is_s3 else _CODES)[fault]
    if is_s3:
        return wire.http(status, f"<Error><Code>{code}</Code><Message>as told</Message></Error>".encode())
    body = json.dumps({"__type": code, "message": "as told"}).encode()
    # Bedrock's code stands in a header.
    return wire.http(status, body).replace(b"\r\n", f"\r\nx-amzn-ErrorType: {code}\r\n".encode(), 1)


@dataclass
class Standin:
    """Stands in front of a service: hands requests on until it is told of a ``fault``."""

    upstream: str
    is_s3: bool = False
    fault: Fault | None = None
    url: str = ""
    _is_over: threading.Event = field(default_factory=threading.Event)

    def respond(self, request: bytes) -> bytes | None:
        """Answer one request."""
        match self.fault:
            case Fault.SILENT:
                self._is_over.wait()
                return None
            case Fault.HANGS_UP:
                return None
            case Fault.SLOW:
                time.sleep(SLOW_S)
            case Fault.LOSES_WRITES if any(write in request for write in _WRITES):
                wire.forward(request, self.upstream)
                return None
            case Fault.LOSES_WRITES | None:
                pass
            case fault:
                return answer(fault, is_s3=self.is_s3)
        return wire.forward(request, self.upstream)

    def let_go(self) -> None:
        """Hang up on those that are still waiting."""
        self._is_over.set()
        self._is_over = threading.Event()


@contextmanager
def standing_in(upstream: str, *, is_s3: bool = False, fault: Fault | None = None) -> Iterator[Standin]:
    """Stand in front of ``upstream`` while the block runs."""
    made = Standin(upstream, is_s3, fault)
    with wire.serving(made.respond) as server:
        made.url = server.url
        try:
            yield made
        finally:
            made.let_go()


@contextmanager
def _dripping() -> Iterator[str]:
    with dripping(_STALLED_HEAD) as drip:
        yield drip.url


@contextmanager
def _standing(upstream: str, fault: Fault, *, is_s3: bool) -> Iterator[str]:
    with standing_in(upstream, is_s3=is_s3, fault=fault) as made:
        yield made.url


_ADDRESSES: Final[Mapping[Fault, Callable[[], AbstractContextManager[str]]]] = {
    Fault.REFUSED: wire.closed,
    Fault.UNREACHABLE: wire.unreachable,
    Fault.DRIPPING: _dripping,
}


def failing(fault: Fault, upstream: str, *, is_s3: bool) -> AbstractContextManager[str]:
    """Give the address of a dependency that has failed."""
    return _ADDRESSES.get(fault, partial(_standing, upstream, fault, is_s3=is_s3))()
