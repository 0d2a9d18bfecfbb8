"""The environment variables of the generate function."""

from typing import Final

import pytest

from tipbandit.adapters.aws import Timeouts
from tipbandit.adapters.llm.settings import ModelSettings
from tipbandit.errors import SettingsError
from tipbandit.runtime.generate_settings import GenerateSettings

LEAST: Final = {"STATE_TABLE": "table", "PROMPT_BUCKET": "bucket", "BEDROCK_MODEL_ID": "model"}
GATEWAY: Final = {
    "LLM_BACKEND": "litellm",
    "GATEWAY_URL": "https://gateway.example",
    "GATEWAY_MODEL": "tips",
    "GATEWAY_KEY_SECRET_ID": "secret",
}


def refusals(**env: str) -> set[str]:
    """The names of the variables that a refusal begins its complaints with."""
    with pytest.raises(SettingsError) as raised:
        GenerateSettings.from_env(env)
    return {complaint.split()[0] for complaint in str(raised.value).split("; ")}


def test_what_may_be_left_out_has_the_documented_default() -> None:
    assert GenerateSettings.from_env(LEAST) == GenerateSettings(
        state_table="table",
        prompt_bucket="bucket",
        default_prompt_version="v1",
        token_ceiling=20_000,
        model=ModelSettings(backend="bedrock", call_s=12.0, bedrock_model_id="model"),
        timeouts=Timeouts(connect_ms=500, read_ms=500),
        deadline_s=25.0,
    )


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    empty = dict.fromkeys(("LLM_BACKEND", "DEFAULT_PROMPT_VERSION", "TOKENS_PER_USER_DAY", "GUARDRAIL_ID"), "")

    assert GenerateSettings.from_env({**LEAST, **empty}) == GenerateSettings.from_env(LEAST)


def test_the_gateway_is_told_where_it_is_and_which_key_it_takes() -> None:
    made = GenerateSettings.from_env({**LEAST, **GATEWAY, "LLM_TIMEOUT_MS": "1500"})

    assert made.model == ModelSettings(
        backend="litellm",
        call_s=1.5,
        gateway_url="https://gateway.example",
        gateway_model="tips",
        gateway_key_secret_id="secret",
    )


@pytest.mark.parametrize(
    ("backend", "missing"),
    [
        ("bedrock", {"BEDROCK_MODEL_ID"}),
        ("litellm", {"GATEWAY_URL", "GATEWAY_MODEL", "GATEWAY_KEY_SECRET_ID"}),
        ("template", set()),
        ("oracle", {"LLM_BACKEND"}),
    ],
)
def test_what_a_back_end_needs_is_asked_for_where_it_is_used(backend: str, missing: set[str]) -> None:
    assert refusals(LLM_BACKEND=backend) == {"STATE_TABLE", "PROMPT_BUCKET"} | missing


def test_everything_that_is_wrong_is_named_at_once() -> None:
    wrong = {
        "DEFAULT_PROMPT_VERSION": "../v1",
        "TOKENS_PER_USER_DAY": "0",
        "LLM_TIMEOUT_MS": "soon",
        "DEADLINE_MS": "-1",
    }

    assert refusals(**LEAST, **wrong) == set(wrong)
