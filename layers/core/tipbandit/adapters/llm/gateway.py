"""An OpenAI-compatible gateway, such as a LiteLLM proxy: ``POST /v1/chat/completions``.

The gateway may ask another model than the one it was asked for (load balancing, fallbacks): ``Completion.model`` is the
one that answered. LiteLLM says so in a header; the body often has the name that was asked for.
"""

import json
import math
import re
import time
from collections.abc import Mapping
from typing import Any, Final

from tipbandit.adapters.deadline import within
from tipbandit.adapters.gateway_key import GatewayKey
from tipbandit.adapters.llm.exchange import Address, Line, Reply
from tipbandit.errors import ModelUnavailableError, SettingsError
from tipbandit.ports import Clock
from tipbandit.ports.generation import Ask, Completion

PATH: Final = "/v1/chat/completions"
COST_HEADER: Final = "x-litellm-response-cost"
MODEL_HEADER: Final = "x-litellm-model-name"
_OK, _BAD_REQUEST, _UNAUTHORIZED = 200, 400, 401
_PASSING: Final = frozenset({408, 429})
_SERVER_FAULT: Final = 500
_TIMED_OUT: Final = frozenset({408, 504})
"""The gateway waited for a model that may have been at work."""
_UNKNOWN_KEY: Final = "no_db_connection"
"""What a LiteLLM without a database says of a key that is not its master key, with status 400."""
_SCHEMA: Final = "response_format"
_WITHHELD: Final = "content_filter"
_NAME: Final = re.compile(r"[A-Za-z_]{1,40}")
_MODEL_NAME: Final = re.compile(r"[!-~]{1,200}")
"""A name that may stand in answers and logs; in place of any other stands the group that was asked."""


class GatewayModel:
    """``ports.generation.LanguageModel`` on one model, or group of models, of a gateway."""

    metered = True

    def __init__(self, base_url: str, model: str, key: GatewayKey) -> None:
        """Ask ``model`` of the gateway at ``base_url``.

        Raises:
            SettingsError: if that is no address.
        """
        try:
            self._address = Address.of(base_url.rstrip("/") + PATH)
        except ValueError as error:
            raise SettingsError("the gateway's address must be http(s)://host, maybe with a port and a path") from error
        self._model = model
        self._key = key
        self._takes_schema = True

    @classmethod
    def connect(cls, base_url: str, model: str, key_secret_id: str, clock: Clock) -> "GatewayModel":
        """Return a model with a key of its own."""
        return cls(base_url, model, GatewayKey.connect(key_secret_id, clock))

    def complete(self, ask: Ask, *, within_s: float) -> Completion:
        """See ``ports.generation.LanguageModel.complete``."""
        line = Line(self._address, ends=time.monotonic() + within_s)
        try:
            return within(within_s, lambda: self._asked(line, ask))
        except TimeoutError as error:
            says = "gateway: no answer in time"
            raise ModelUnavailableError(says, passing=True, maybe_charged=line.is_open) from error
        finally:
            line.hang_up()

    def _asked(self, line: Line, ask: Ask) -> Completion:
        """Ask; where the model takes no ``response_format``, once more without it.

        That is remembered where it helped, so that one prompt that the model does not like spoils it for no other.
        """
        request = self._request(ask)
        reply = self._posted(line, request)
        if reply.status == _BAD_REQUEST and _SCHEMA in request and _SCHEMA.encode() in reply.body:
            del request[_SCHEMA]
            reply = self._posted(line, request)
            self._takes_schema = reply.status != _OK
        if reply.status != _OK:
            raise _refusal(reply)
        return self._completion(reply)

    def _posted(self, line: Line, request: Mapping[str, Any]) -> Reply:
        """Send a request; where the key is refused, once more with a newer one."""
        body, key = json.dumps(request).encode(), self._key.text()
        reply = line.post(_headers(key), body)
        if reply.status != _UNAUTHORIZED and _kind(reply) != _UNKNOWN_KEY:
            return reply
        newer = self._key.text(refused=key)
        return reply if newer == key else line.post(_headers(newer), body)

    def _request(self, ask: Ask) -> dict[str, Any]:
        turns = [{"role": turn.role, "content": turn.text} for turn in ask.turns]
        request: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": "system", "content": ask.system}, *turns],
            "max_tokens": ask.sampling.max_tokens,
            "temperature": ask.sampling.temperature,
        }
        if ask.sampling.top_p is not None:
            request["top_p"] = ask.sampling.top_p
        if ask.sampling.stop:
            request["stop"] = ask.sampling.stop
        if self._takes_schema:
            # Not "strict", which would want every property required: the due time of a tip is not.
            request[_SCHEMA] = {"type": "json_schema", "json_schema": {"name": "tips", "schema": ask.json_schema()}}
        return request

    def _completion(self, reply: Reply) -> Completion:
        try:
            answer = json.loads(reply.body)
            choice = answer["choices"][0]
            text = choice["message"]["content"]
            usage, model = answer.get("usage"), reply.headers.get(MODEL_HEADER) or answer.get("model")
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
            raise _not_a_completion() from error
        if not isinstance(text, str | None):
            raise _not_a_completion()
        if choice.get("finish_reason") == _WITHHELD:
            raise ModelUnavailableError(f"gateway: {_WITHHELD}", maybe_charged=True)
        return Completion(
            text or "",
            model if isinstance(model, str) and _MODEL_NAME.fullmatch(model) else self._model,
            input_tokens=_tokens(usage, "prompt_tokens"),
            output_tokens=_tokens(usage, "completion_tokens"),
            cost_usd=_cost(reply.headers.get(COST_HEADER)),
        )


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Accept": "application/json"}


def _refusal(reply: Reply) -> ModelUnavailableError:
    passing = reply.status in _PASSING or reply.status >= _SERVER_FAULT
    says = f"gateway: {reply.status} {_kind(reply)}".rstrip()
    return ModelUnavailableError(says, passing=passing, maybe_charged=reply.status in _TIMED_OUT)


def _kind(reply: Reply) -> str:
    """Return the type of an error, where that is a plain name; its message may quote the prompt."""
    try:
        kind = json.loads(reply.body)["error"]["type"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return kind if isinstance(kind, str) and _NAME.fullmatch(kind) else ""


def _not_a_completion() -> ModelUnavailableError:
    return ModelUnavailableError("gateway: the answer is no chat completion", maybe_charged=True)


def _tokens(usage: object, name: str) -> int:
    """Return a count of tokens; 0 where the gateway does not say."""
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else 0


def _cost(text: str | None) -> float | None:
    """Return what an answer cost, in US dollars; None where the gateway does not say, or not in earnest."""
    try:
        cost = float(text or "")
    except ValueError:
        return None
    return cost if math.isfinite(cost) and cost >= 0 else None
