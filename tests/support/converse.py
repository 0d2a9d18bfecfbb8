"""A Bedrock on this machine that answers every question of Converse with the same bytes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from tests.support import wire
from tests.support.asks import SECRET_WORD
from tests.support.emulator import reached_at
from tipbandit.adapters.llm.bedrock import BedrockModel, Guardrail

MODEL: Final = "eu.maker.model-1-v1:0"
PATIENCE_S: Final = 30.0


def answer(text: str = "tips", **changes: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON
    """Return the body of an answer of Converse, with some of its fields as told."""
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 11, "outputTokens": 22, "totalTokens": 33},
        "metrics": {"latencyMs": 5},
        **changes,
    }


def success(text: str = "tips", **changes: Any) -> bytes:  # noqa: ANN401  any JSON
    """Return an answer as it is sent."""
    return wire.http(200, json.dumps(answer(text, **changes)).encode())


def error(status: int, code: str, **more: Any) -> bytes:  # noqa: ANN401  any JSON
    """Return an error as it is sent: its code stands in a header, its message quotes the question."""
    body = {"message": f"a message that quotes {SECRET_WORD}", **more}
    kind = f"\r\nx-amzn-ErrorType: {code}:http://internal.amazon.com/\r\n".encode()
    return wire.http(status, json.dumps(body).encode()).replace(b"\r\n", kind, 1)


@contextmanager
def bedrock_at(url: str) -> Iterator[None]:
    """Have clients that are made in the block take ``url`` for Bedrock."""
    with reached_at(url), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url)
        environment.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)
        yield


def model_at(
    url: str, *, model_id: str = MODEL, guardrail: Guardrail | None = None, call_s: float = PATIENCE_S
) -> BedrockModel:
    """Return a model of the Bedrock at ``url``."""
    with bedrock_at(url):
        return BedrockModel.connect(model_id, guardrail, call_s)


@contextmanager
def answering(sent: bytes | None, **more: Any) -> Iterator[tuple[BedrockModel, wire.Loopback]]:  # noqa: ANN401
    """A model whose Bedrock sends the same to every question, nothing where None, and hangs up."""
    with wire.serving(lambda _: sent, hangs_up=True) as server:
        yield model_at(server.url, **more), server
