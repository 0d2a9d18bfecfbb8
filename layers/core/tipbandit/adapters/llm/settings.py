"""Which language model is asked and how it is reached, as plain data: nothing is loaded by reading it."""

from dataclasses import dataclass
from typing import Literal

Backend = Literal["bedrock", "litellm", "template"]
"""Amazon Bedrock, an OpenAI-compatible gateway such as LiteLLM, or rules that need no network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """What ``choice.connect`` needs; what belongs to another back end than the chosen one is not looked at.

    Attributes:
        backend: who is asked.
        call_s: the longest one call may take, in seconds.
        bedrock_model_id: a model id, or the id or ARN of an inference profile.
        guardrail_id: the Bedrock guardrail that every question and answer passes; empty for none.
        guardrail_version: its version; its working draft where empty.
        gateway_url: where the gateway listens, without ``/v1/chat/completions``.
        gateway_model: the gateway's name for the model, or for a group of them.
        gateway_key_secret_id: name or ARN of the secret with the gateway's key.
    """

    backend: Backend
    call_s: float
    bedrock_model_id: str = ""
    guardrail_id: str = ""
    guardrail_version: str = ""
    gateway_url: str = ""
    gateway_model: str = ""
    gateway_key_secret_id: str = ""
