"""The function that waits for language models, and is all parameters."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, get_args

import pytest

from tests.infra.deployed import ROOT, deployed, of_type, source
from tests.support.cloud import PROMPT_BUCKET, Cloud, emulated, prompts
from tests.support.lambdas import Function, Invocation, load
from tests.support.wire import closed
from tipbandit.adapters import s3_prompts
from tipbandit.adapters.llm.settings import Backend
from tipbandit.contracts.tip import PROMPT_VERSION_PATTERN

API_GIVES_UP_S: Final = 30
SETTINGS: Final = {
    "LlmBackend": ("template", "LLM_BACKEND"),
    "BedrockModelId": ("maker.model-1-v1:0", "BEDROCK_MODEL_ID"),
    "TokensPerUserDay": ("7", "TOKENS_PER_USER_DAY"),
    "DefaultPromptVersion": ("v2", "DEFAULT_PROMPT_VERSION"),
    "GatewayModel": ("house", "GATEWAY_MODEL"),
}
GUARDED: Final = {"GuardrailId": "gr1abc", "GuardrailVersion": "3"}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """An emulated AWS account with the shipped prompts."""
    with emulated() as made:
        yield made


def variables(parameters: dict[str, str]) -> dict[str, Any]:
    written: dict[str, Any] = deployed(parameters)["GenerateFunction"]["Properties"]["Environment"]["Variables"]
    return written


def test_the_answer_is_there_before_the_function_ends_and_that_before_the_api_gives_up() -> None:
    timeout_s = deployed()["GenerateFunction"]["Properties"]["Timeout"]
    deadline_s, call_s = (int(variables({})[name]) / 1000 for name in ("DEADLINE_MS", "LLM_TIMEOUT_MS"))

    assert 2 * call_s < deadline_s < timeout_s - 1
    assert timeout_s < API_GIVES_UP_S
    for function in of_type(deployed(), "AWS::Lambda::Function").values():
        assert function["Timeout"] <= timeout_s


def test_the_alarm_on_its_duration_rings_before_its_deadline() -> None:
    alarm = deployed()["GenerateP99"]["Properties"]

    assert alarm["Threshold"] < int(variables({})["DEADLINE_MS"])


def test_it_has_no_alias_so_that_a_parameters_new_value_is_in_use_at_once() -> None:
    published = {**of_type(deployed(), "AWS::Lambda::Alias"), **of_type(deployed(), "AWS::Lambda::Version")}

    assert not any(name.startswith("Generate") for name in published)
    for parameter, (value, variable) in SETTINGS.items():
        assert variables({parameter: value})[variable] == value != variables({})[variable]


def test_what_belongs_to_another_back_end_is_not_set() -> None:
    assert set(variables(GUARDED)) - set(variables({})) == {"GUARDRAIL_ID", "GUARDRAIL_VERSION"}
    gateway = {"LlmBackend": "litellm", "GatewayUrl": "https://gateway.example"}
    assert set(variables({**gateway, **GUARDED})) - set(variables({})) == {"GATEWAY_URL", "GATEWAY_KEY_SECRET_ID"}


def test_the_parameters_take_what_the_code_takes() -> None:
    parameters = source()["Parameters"]

    assert parameters["LlmBackend"]["AllowedValues"] == list(get_args(Backend))
    assert parameters["DefaultPromptVersion"]["AllowedPattern"] == PROMPT_VERSION_PATTERN
    assert parameters["DefaultPromptVersion"]["Default"] in prompts()


def counted(name: str) -> set[str]:
    """The log messages that the alarm ``name`` counts."""
    resources = deployed()
    alarm, log = resources[name]["Properties"], resources[f"{name}Count"]["Properties"]
    (metric,) = log["MetricTransformations"]
    assert log["LogGroupName"] == {"Ref": "GenerateLogs"}
    assert metric["MetricValue"] == "1"
    assert (alarm["Namespace"], alarm["MetricName"]) == (metric["MetricNamespace"], metric["MetricName"])
    assert metric["MetricNamespace"] == {"Ref": "AWS::StackName"}
    assert "Dimensions" not in {**alarm, **metric}
    return set(re.findall(r'\$\.message = "(\w+)"', log["FilterPattern"]))


def messages(answer: Invocation) -> set[str]:
    assert answer.status == 200
    return {line["message"] for line in answer.logs}


def given(function: Function) -> Invocation:
    event = json.loads((ROOT / "events/generate/ok.json").read_text("utf-8"))
    return function.invoke(event)


def test_an_alarm_tells_when_rules_wrote_instead_of_a_model(cloud: Cloud) -> None:
    cloud.secrets.create_secret(Name="key", SecretString="sk-1")
    with closed() as url:
        gateway = {"GATEWAY_URL": url, "GATEWAY_MODEL": "tips", "GATEWAY_KEY_SECRET_ID": "key"}
        said = messages(given(load("generate", LLM_BACKEND="litellm", **gateway)))

    assert said & counted("GenerateByRules") == {"tips_by_rules"}
    assert not messages(given(load("generate"))) & counted("GenerateByRules")


def test_an_alarm_tells_when_prompts_read_before_are_in_use(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_prompts, "FRESH_S", 0.0)
    function = load("generate")
    first = messages(given(function))
    cloud.put_prompt("v1", prompts()["v1"].replace(b"Write {{ n }}", b"Please write {{ n }}"))
    changed = messages(given(function))
    for version in prompts():
        cloud.delete_prompt(version)
    cloud.s3.delete_bucket(Bucket=PROMPT_BUCKET)
    failing = messages(given(function))

    alarming = [said & counted("GenerateOldPrompts") for said in (first, changed, failing)]
    assert alarming == [set(), {"prompt_changed"}, {"prompts_unavailable"}]
