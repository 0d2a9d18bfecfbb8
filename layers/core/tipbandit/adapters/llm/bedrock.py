"""Amazon Bedrock, by its Converse API: one form of question and answer for every model it hosts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ProxyConnectionError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from tipbandit.adapters.aws import Timeouts, client
from tipbandit.adapters.deadline import within
from tipbandit.adapters.faults import named
from tipbandit.errors import ModelUnavailableError
from tipbandit.ports.generation import Ask, Completion

CONNECT_MS: Final = 1000
HIGHEST_TEMPERATURE: Final = 1.0
"""Of Converse; prompts may be written for back ends that go to 2."""
_WITHHELD: Final = frozenset({"guardrail_intervened", "content_filtered"})
"""Reasons to stop after which the text is not the model's, or not all of it."""
_THROTTLED: Final = frozenset({"ThrottlingException", "ModelNotReadyException"})
_MODEL_FAILED: Final = "ModelErrorException"
_MODEL_TIMED_OUT: Final = "ModelTimeoutException"
_PASSING: Final = frozenset({408, 429})
_SERVER_FAULT: Final = 500
_NEVER_SENT: Final = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
_ANSWER_LOST: Final = (HTTPClientError, IncompleteReadError, SSLError)
_UNREADABLE: Final = (ResponseParserError, AttributeError, KeyError, RecursionError, TypeError, ValueError)
"""What the SDK or the reading of its answer raises where that is JSON of another form."""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """The Bedrock guardrail that questions and answers pass."""

    id: str
    version: str


class BedrockModel:
    """``ports.generation.LanguageModel`` on one model of Bedrock."""

    metered = True

    def __init__(self, bedrock: Any, model_id: str, guardrail: Guardrail | None = None) -> None:  # noqa: ANN401  see adapters.aws
        """Ask ``model_id``, an id or the ARN of an inference profile, through the client ``bedrock``."""
        self._bedrock = bedrock
        self._model_id = model_id
        self._guardrail = guardrail

    @classmethod
    def connect(cls, model_id: str, guardrail: Guardrail | None, call_s: float) -> "BedrockModel":
        """Return a model with a client of its own, whose calls hear nothing for at most ``call_s`` seconds."""
        timeouts = Timeouts(connect_ms=CONNECT_MS, read_ms=math.ceil(call_s * 1000))
        return cls(client("bedrock-runtime", timeouts, keeps_connections=False), model_id, guardrail)

    def complete(self, ask: Ask, *, within_s: float) -> Completion:
        """See ``ports.generation.LanguageModel.complete``."""
        request = self._request(ask)
        try:
            return self._completion(within(within_s, lambda: self._bedrock.converse(**request)))
        except (TimeoutError, ClientError, BotoCoreError, *_UNREADABLE) as error:
            raise _failure(error) from error

    def _request(self, ask: Ask) -> dict[str, Any]:
        sampling = ask.sampling
        inference: dict[str, Any] = {
            "maxTokens": sampling.max_tokens,
            "temperature": min(sampling.temperature, HIGHEST_TEMPERATURE),
        }
        if sampling.top_p is not None:
            inference["topP"] = sampling.top_p
        if sampling.stop:
            inference["stopSequences"] = sampling.stop
        request: dict[str, Any] = {
            "modelId": self._model_id,
            "system": [{"text": ask.system}],
            "messages": [{"role": turn.role, "content": [{"text": turn.text}]} for turn in ask.turns],
            "inferenceConfig": inference,
        }
        if self._guardrail is not None:
            request["guardrailConfig"] = {
                "guardrailIdentifier": self._guardrail.id,
                "guardrailVersion": self._guardrail.version,
            }
        return request

    def _completion(self, answer: Mapping[str, Any]) -> Completion:
        """Read an answer: its text is that of all text blocks, among which a model may have put its reasoning."""
        reason, usage = answer.get("stopReason"), answer.get("usage") or {}
        if reason in _WITHHELD:
            raise ModelUnavailableError(f"Bedrock: {reason}", maybe_charged=True)
        text = "".join(block.get("text", "") for block in answer["output"]["message"]["content"])
        return Completion(
            text,
            self._model_id,
            input_tokens=usage.get("inputTokens") or 0,
            output_tokens=usage.get("outputTokens") or 0,
        )


def _failure(error: Exception) -> ModelUnavailableError:
    """Say what became of a call: whether another may succeed, and whether the model may have been at work."""
    if isinstance(error, TimeoutError):
        return ModelUnavailableError("Bedrock: no answer in time", passing=True, maybe_charged=True)
    if isinstance(error, ClientError):
        return _refusal(error)
    if isinstance(error, _UNREADABLE):
        return ModelUnavailableError("Bedrock: the answer is none of Converse", maybe_charged=True)
    says = f"Bedrock: {named(error)}"
    if isinstance(error, _NEVER_SENT):
        return ModelUnavailableError(says, passing=True)
    if isinstance(error, _ANSWER_LOST):
        return ModelUnavailableError(says, passing=True, maybe_charged=True)
    return ModelUnavailableError(says)  # such as no credentials: nothing was sent


def _refusal(error: ClientError) -> ModelUnavailableError:
    """Read an error that Bedrock answered; ModelErrorException hands on what the model's own host answered."""
    answer: Mapping[str, Any] = error.response
    code, status = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
    if code == _MODEL_FAILED:
        status = answer.get("originalStatusCode") or status
    passing = status >= _SERVER_FAULT or status in _PASSING or code in _THROTTLED
    return ModelUnavailableError(f"Bedrock: {named(error)}", passing=passing, maybe_charged=code == _MODEL_TIMED_OUT)
