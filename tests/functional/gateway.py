"""A gateway to a language model, on this machine: it answers as told, and keeps what it was asked."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.support import wire
from tests.support.lambdas import Function, load

MODEL: Final = "house-model-1"
SECRET_ID: Final = "tipbandit-gateway-key"
KEY: Final = "sk-test-of-the-gateway"
INPUT_TOKENS: Final = 100
OUTPUT_TOKENS: Final = 50
COST_USD: Final = 0.00025
COMMON: Final = (
    {"text": "Give the expenses ten minutes.", "kind": "task", "priority": 0.9, "due_in_hours": 4},
    {"text": "Drink a glass of water.", "kind": "habit", "priority": 0.4},
    {"text": "Decide when to stop today.", "kind": "plan", "priority": 0.3},
)


@dataclass
class Gateway:
    """What a test tells of the model.

    Attributes:
        texts: its answers, one after the other, and then the last for ever.
        status: of all its answers.
        model: what it calls itself.
        asked: the bodies of the questions.
        before: called with each question before it is answered.
    """

    url: str = ""
    texts: Sequence[str] = (json.dumps({"tips": COMMON}),)
    status: int = 200
    model: str = MODEL
    asked: list[dict[str, Any]] = field(default_factory=list)
    before: Callable[[], object] = str

    def respond(self, request: bytes) -> bytes:
        """Answer a question."""
        self.asked.append(json.loads(request.partition(b"\r\n\r\n")[2]))
        self.before()
        if self.status != 200:
            error = {"message": f"cannot answer {self.asked[-1]}", "type": "internal_server_error"}
            return wire.http(self.status, json.dumps({"error": error}).encode())
        text = self.texts[min(len(self.asked), len(self.texts)) - 1]
        body = {
            "model": self.model,
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": INPUT_TOKENS, "completion_tokens": OUTPUT_TOKENS},
        }
        priced = f"\r\nx-litellm-response-cost: {COST_USD}\r\n".encode()
        return wire.http(200, json.dumps(body).encode()).replace(b"\r\n", priced, 1)

    def put_key(self, secrets: Any) -> None:  # noqa: ANN401  boto3 makes it at run time
        """Write the key where the functions look for it."""
        secrets.create_secret(Name=SECRET_ID, SecretString=KEY)

    def function(self, **variables: str) -> Function:
        """Load the generate function with this model."""
        here = {"GATEWAY_URL": self.url, "GATEWAY_MODEL": "tips", "GATEWAY_KEY_SECRET_ID": SECRET_ID}
        return load("generate", LLM_BACKEND="litellm", **{**here, **variables})


@contextmanager
def answering() -> Iterator[Gateway]:
    """Serve while the block runs."""
    made = Gateway()
    with wire.serving(made.respond, hangs_up=True) as server:
        made.url = server.url
        yield made
