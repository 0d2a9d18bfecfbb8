"""The prompt registry as one environment sees it, and an S3 on a real socket to fail it as told."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from tests.support import wire
from tests.support.cloud import PROMPT_BUCKET
from tests.support.emulator import reached_at
from tipbandit.adapters.memory import ManualClock, MemoryTelemetry
from tipbandit.adapters.s3_prompts import S3Prompts
from tipbandit.prompts.prompt import Prompt


@dataclass
class Environment:
    """One environment that reads prompts, just started.

    Attributes:
        s3: the client it reads with.
        calls: those it made: operation and status.
    """

    s3: Any
    clock: ManualClock = field(default_factory=ManualClock)
    telemetry: MemoryTelemetry = field(default_factory=MemoryTelemetry)
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Write down what is called."""
        self._prompts = S3Prompts(PROMPT_BUCKET, self.s3, self.clock, self.telemetry)
        self.s3.meta.events.register("after-call.s3", self._note)

    def get(self, version: str) -> Prompt:
        """Read a version."""
        return self._prompts.get(version)

    def _note(self, http_response: Any, model: Any, **_: object) -> None:  # noqa: ANN401  botocore's own
        self.calls.append(f"{model.name} {http_response.status_code}")


SILENCE: Final = b""
"""No answer, and no end of it."""


class Registry:
    """What a test tells of its S3.

    Attributes:
        document: the one object.
        answer: what is sent to every request instead of what is right: None hangs up, ``SILENCE`` waits.
        answers: the same for some requests, by how they begin.
        heads: the first line and the headers of each request.
    """

    RIGHT: Final = b"right"

    def __init__(self, document: bytes) -> None:
        """Answer as S3 does, until told otherwise."""
        self.document = document
        self.answer: bytes | None = self.RIGHT
        self.answers: dict[str, bytes | None] = {}
        self.heads: list[str] = []
        self.is_over = threading.Event()

    @property
    def seen(self) -> list[str]:
        """Method and target of each request."""
        return [head.splitlines()[0].rpartition(" ")[0] for head in self.heads]

    def respond(self, request: bytes) -> bytes | None:
        """Answer one request."""
        head = request.partition(b"\r\n\r\n")[0].decode()
        self.heads.append(head)
        told = next((each for start, each in self.answers.items() if head.startswith(start)), self.answer)
        if told == SILENCE:
            self.is_over.wait()
        return self._right(head) if told == self.RIGHT else told

    def _right(self, head: str) -> bytes:
        if head.startswith("PUT"):
            return answer(200, b"")
        if f'if-none-match: "{_etag(self.document)}"' in head.lower():
            return answer(304, b"")
        return content(self.document) if ".yaml" in head else listing()


@contextmanager
def registry(document: bytes) -> Iterator[Registry]:
    """Serve while the block runs; SDK clients for S3 that are made in it end up here, by a host name."""
    made = Registry(document)
    with wire.serving(made.respond, hangs_up=True) as server, at(server.url.replace("127.0.0.1", "localhost")):
        try:
            yield made
        finally:
            made.is_over.set()


@contextmanager
def at(url: str) -> Iterator[None]:
    """Have SDK clients for S3 that are made in the block talk to ``url``."""
    with reached_at(url), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL_S3", url)
        yield


def content(document: bytes, *, length: int | None = None, sha256: str = "") -> bytes:
    """Return the answer that holds an object; ``length`` and ``sha256`` are what it claims, if not the truth."""
    claims = {"ETag": f'"{_etag(document)}"'} | ({"x-amz-checksum-sha256": sha256} if sha256 else {})
    return answer(200, document, length=length, **claims)


def refusal(status: int, code: str) -> bytes:
    """Return the answer by which S3 refuses a call."""
    return answer(status, f"<Error><Code>{code}</Code><Message>as told</Message></Error>".encode())


def listing(*keys: str) -> bytes:
    """Return the answer that lists objects."""
    contents = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
    return answer(200, f"<ListBucketResult><Name>{PROMPT_BUCKET}</Name>{contents}</ListBucketResult>".encode())


def answer(status: int, body: bytes, *, length: int | None = None, **headers: str) -> bytes:
    """Return an answer, after which the connection is closed."""
    lines = [f"HTTP/1.1 {status} X", "Connection: close", *(f"{name}: {value}" for name, value in headers.items())]
    if status != 304:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _etag(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()[:32]
