"""The environment variables of the generate function."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from tipbandit.adapters.aws import Timeouts
from tipbandit.adapters.llm.settings import Backend, ModelSettings
from tipbandit.contracts.tip import PROMPT_VERSION_PATTERN
from tipbandit.runtime.settings import Reading


@dataclass(frozen=True, slots=True)
class GenerateSettings:
    """What the generate function is told by its environment.

    Attributes:
        state_table: name of the DynamoDB table, which holds the ledger of tokens (STATE_TABLE).
        prompt_bucket: name of the bucket with the prompt versions (PROMPT_BUCKET).
        default_prompt_version: for requests that name none (DEFAULT_PROMPT_VERSION, default v1).
        token_ceiling: tokens a user may use in a day (TOKENS_PER_USER_DAY, default 20000).
        model: which language model, and how to reach it (LLM_BACKEND, default bedrock, and what belongs to each).
        timeouts: of one call to the table (STORE_CONNECT_TIMEOUT_MS, STORE_READ_TIMEOUT_MS, default 500 each).
        deadline_s: when the answer must be there (DEADLINE_MS, default 25000).
    """

    state_table: str
    prompt_bucket: str
    default_prompt_version: str
    token_ceiling: int
    model: ModelSettings
    timeouts: Timeouts
    deadline_s: float

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "GenerateSettings":
        """Read the settings.

        Raises:
            SettingsError: naming every variable that is missing or wrong.
        """
        reading = Reading(env)
        version = reading.text("DEFAULT_PROMPT_VERSION", "v1")
        if not re.fullmatch(PROMPT_VERSION_PATTERN, version):
            reading.wrong.append("DEFAULT_PROMPT_VERSION must be a prompt version")
        settings = cls(
            state_table=reading.text("STATE_TABLE"),
            prompt_bucket=reading.text("PROMPT_BUCKET"),
            default_prompt_version=version,
            token_ceiling=reading.positive("TOKENS_PER_USER_DAY", 20_000),
            model=_model(reading),
            timeouts=reading.timeouts(),
            deadline_s=reading.positive("DEADLINE_MS", 25_000) / 1000,
        )
        reading.check()
        return settings


def _model(reading: Reading) -> ModelSettings:
    backend: Backend | None = reading.one_of("LLM_BACKEND", get_args(Backend), "bedrock")
    uses_bedrock, uses_gateway = backend == "bedrock", backend == "litellm"
    return ModelSettings(
        backend=backend or "template",
        call_s=reading.positive("LLM_TIMEOUT_MS", 12_000) / 1000,
        bedrock_model_id=reading.text("BEDROCK_MODEL_ID") if uses_bedrock else "",
        guardrail_id=reading.env.get("GUARDRAIL_ID", ""),
        guardrail_version=reading.env.get("GUARDRAIL_VERSION", ""),
        gateway_url=reading.text("GATEWAY_URL") if uses_gateway else "",
        gateway_model=reading.text("GATEWAY_MODEL") if uses_gateway else "",
        gateway_key_secret_id=reading.text("GATEWAY_KEY_SECRET_ID") if uses_gateway else "",
    )
