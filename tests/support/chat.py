"""A gateway on this machine that answers every question with the same bytes, and the key to it."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tests.support import wire
from tests.support.asks import SECRET_WORD
from tipbandit.adapters.gateway_key import GatewayKey
from tipbandit.adapters.llm.gateway import GatewayModel
from tipbandit.adapters.memory import ManualClock

GROUP: Final = "tips"
KEY: Final = "sk-first"
PATIENCE_S: Final = 30.0


@dataclass
class Secrets:
    """A Secrets Manager whose secret is one of ``texts`` after the other, and then stays the last."""

    texts: Sequence[str]
    reads: int = 0

    def get_secret_value(self, **_: str) -> dict[str, str]:
        """As the SDK's client does."""
        self.reads += 1
        return {"SecretString": self.texts[min(self.reads, len(self.texts)) - 1]}


def completion(text: str | None = "tips", **changes: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON
    """Return the body of a chat completion, with some of its fields as told."""
    return {
        "id": "up-1",
        "object": "chat.completion",
        "created": 1,
        "model": GROUP,
        "choices": [{"finish_reason": "stop", "index": 0, "message": {"content": text, "role": "assistant"}}],
        "usage": {"completion_tokens": 22, "prompt_tokens": 11, "total_tokens": 33},
        **changes,
    }


def success(text: str | None = "tips", *, headers: str = "", **changes: Any) -> bytes:  # noqa: ANN401  any JSON
    """Return an answer as it is sent, with more ``headers``."""
    return sent(200, completion(text, **changes), headers=headers)


def failure(status: int, kind: str = "internal_server_error", message: str = "", param: str | None = None) -> bytes:
    """Return an error as LiteLLM sends it: its message quotes the question."""
    said = {"message": f"litellm.Error: {message} {SECRET_WORD}", "type": kind, "param": param, "code": str(status)}
    return sent(status, {"error": said})


def sent(status: int, body: Any, *, headers: str = "") -> bytes:  # noqa: ANN401  any JSON
    """Return any JSON as it is sent."""
    return wire.http(status, json.dumps(body).encode()).replace(b"\r\n", f"\r\n{headers}".encode(), 1)


def model_at(url: str, *texts: str, clock: ManualClock | None = None) -> GatewayModel:
    """Return a model of the gateway at ``url``, whose key is one of ``texts`` after the other."""
    return GatewayModel(url, GROUP, GatewayKey("a secret", Secrets(texts or (KEY,)), clock or ManualClock()))


@contextmanager
def answering(*answers: bytes | None) -> Iterator[tuple[GatewayModel, wire.Loopback]]:
    """A model whose gateway sends one answer after the other and then the last for ever; None hangs up."""
    asked: list[bytes] = []

    def respond(request: bytes) -> bytes | None:
        asked.append(request)
        return answers[min(len(asked), len(answers)) - 1]

    with wire.serving(respond, hangs_up=True) as server:
        yield model_at(server.url), server


def body_of(request: bytes) -> dict[str, Any]:
    """Return the JSON of a request."""
    body: dict[str, Any] = json.loads(request.partition(b"\r\n\r\n")[2])
    return body


def headers_of(request: bytes) -> dict[str, str]:
    """Return the headers of a request, by name in lower case."""
    lines = [line.partition(":") for line in request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]]
    return {name.lower(): value.strip() for name, _, value in lines}
