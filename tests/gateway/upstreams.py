"""Language models on this machine, for the proxy to call: they answer as OpenAI's API does, or misbehave."""

import contextlib
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.support.wire import http, read_message, serving

Message = dict[str, Any]

PROVIDER_KEY: Final = "sk-a-key-of-the-provider"

TIPS: Final = json.dumps(
    {
        "tips": [
            {"text": "Answer the mail from this morning", "kind": "task", "priority": 0.9, "due_in_hours": 2},
            {"text": "Decide what tomorrow starts with", "kind": "plan", "priority": 0.5, "due_in_hours": 12.5},
            {"text": "Walk once around the house", "kind": "break", "priority": 0.4},
        ]
    }
)
HALF_VALID: Final = json.dumps(
    {
        "tips": [
            {"text": "Call your sister back", "kind": "social", "priority": 0.7},
            {"text": "Buy a boat", "kind": "shopping", "priority": 0.7},
            {"text": "Breathe", "kind": "break", "priority": 7},
            {"kind": "task", "priority": 0.1},
            {"text": "Stretch before you sit down", "kind": "habit", "priority": 0.2, "due_in_hours": 1},
        ]
    }
)
"""Two tips as they should be, around one of no known kind, one off the scale and one without a text."""
PROSE: Final = "Of course! You might want to rest a little, and then to see what is left to do."
TOKENS: Final = {"prompt_tokens": 120, "completion_tokens": 80, "total_tokens": 200}

_DRIP_S: Final = 0.2
_WRONG_KEY: Final = {
    "message": "Incorrect API key provided: sk-not-t**t-one.",
    "type": "invalid_request_error",
    "param": None,
    "code": "invalid_api_key",
}
_REFUSALS: Final[dict[str, tuple[int, Message]]] = {
    "broken": (500, {"message": "The server had an error", "type": "server_error", "param": None, "code": None}),
    "throttled": (429, {"message": "Slow down", "type": "requests", "param": None, "code": "rate_limit_exceeded"}),
}
_NO_RESPONSE_FORMAT: Final = {
    "message": "Unsupported parameter: 'response_format' is not supported with this model.",
    "type": "invalid_request_error",
    "param": "response_format",
    "code": "unsupported_parameter",
}


@dataclass
class Relay:
    """The model behind the group `relay`: it says what `answer` makes of a request, and keeps the requests."""

    answer: Callable[[Message], str] = lambda _: TIPS
    requests: list[Message] = field(default_factory=list)

    def reset(self) -> None:
        """Forget what was said and asked."""
        self.answer, self.requests = lambda _: TIPS, []

    def respond(self, request: Message) -> str:
        """Keep `request` and return the answer to it."""
        self.requests.append(request)
        return self.answer(request)


@contextlib.contextmanager
def models(relay: Relay) -> Iterator[str]:
    """Give the address of a provider that wants its key, and whose models are its directories: ``/relay`` ..."""

    def respond(request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        name, message = head.split(b"/", 2)[1].decode(), json.loads(body)
        if f"bearer {PROVIDER_KEY}\r\n" not in head.decode().lower():
            return _json(401, {"error": _WRONG_KEY})
        if name in _REFUSALS:
            status, error = _REFUSALS[name]
            return _json(status, {"error": error})
        if name == "strict" and "response_format" in message:
            return _json(400, {"error": _NO_RESPONSE_FORMAT})
        return _json(200, _completion(relay.respond(message) if name == "relay" else TIPS))

    with serving(respond) as server:
        yield server.url


@contextlib.contextmanager
def dripping() -> Iterator[str]:
    """Give the address of a server that begins every answer and sends a byte of it now and then, for ever."""
    is_over = threading.Event()

    class Drip(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            read_message(self.request)
            with contextlib.suppress(OSError):
                self.request.sendall(_json(200, {}, length=1 << 20))
                while not is_over.wait(_DRIP_S):
                    self.request.sendall(b" ")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        serve = threading.Thread(target=server.serve_forever, args=(0.05,))
        serve.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            is_over.set()
            server.shutdown()
            serve.join()


def _completion(text: str) -> Message:
    message = {"role": "assistant", "content": text, "refusal": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_767_225_600,
        "model": "model-of-the-provider-2026-01-01",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": TOKENS,
    }


def _json(status: int, message: Message, *, length: int | None = None) -> bytes:
    answer = http(status, json.dumps(message).encode(), length=length)
    return answer.replace(b"application/x-amz-json-1.0", b"application/json", 1)
