"""Who writes the tips locally: rules, unless somebody chose otherwise."""

import httpx
import pytest

from local.llm import parameters
from local.options import ROOT, Options, StartError
from local.service import running
from local.storage import storage_stack
from local.template import Template, TemplateError, read
from tests.local.conftest import TOY, client

SERVICE = ROOT / "template.yaml"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (Options(), {"LlmBackend": "template"}),
        (Options(llm="litellm"), {"LlmBackend": "litellm"}),
        (Options(llm="litellm", parameters={"LlmBackend": "bedrock"}), {"LlmBackend": "bedrock"}),
        (Options(parameters={"DefaultPromptVersion": "v2"}), {"LlmBackend": "template", "DefaultPromptVersion": "v2"}),
    ],
)
def test_rules_write_unless_an_option_or_a_parameter_says_otherwise(options: Options, expected: dict[str, str]) -> None:
    assert parameters(read(SERVICE), options) == expected


def test_a_template_without_the_choice_is_given_none() -> None:
    assert parameters(read(TOY / "template.yaml"), Options()) == {}
    assert parameters(Template({"Resources": {}}, ()), Options()) == {}


def test_a_template_without_the_choice_cannot_have_a_gateway() -> None:
    toy = read(TOY / "template.yaml")
    with pytest.raises(TemplateError, match="no parameter 'LlmBackend'"):
        storage_stack(toy, parameters(toy, Options(llm="litellm")))


@pytest.mark.slow
@pytest.mark.xdist_group("litellm")
def test_with_litellm_a_model_writes_the_tips(tmp_path_factory: pytest.TempPathFactory) -> None:
    state = tmp_path_factory.mktemp("service")
    with running(Options(llm="litellm", state=state)) as service:
        asked = {"user_id": "ann", "signals": {}, "fallback": False}
        answer = httpx.post(f"{service.url}/generate", json=asked, timeout=30, trust_env=False)
        refused = httpx.post(f"{service.llm_url}/v1/chat/completions", json={}, timeout=30, trust_env=False)
        key = client(service, "secretsmanager").get_secret_value(SecretId="GatewayKey")["SecretString"]

    assert answer.status_code == 200
    assert answer.json()["model"] not in {"", "template"}
    assert not answer.json()["degraded"]
    assert refused.status_code == 401
    assert key not in (state / "logs" / "litellm.log").read_text("utf-8")
    with pytest.raises(httpx.ConnectError):
        httpx.get(service.llm_url, trust_env=False)


def test_a_gateway_that_is_not_installed_is_one_clear_line(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path_factory.mktemp("service")
    monkeypatch.setattr("local.litellm.INTERPRETER", state / "absent")
    with (
        pytest.raises(StartError, match="LiteLLM gateway is not installed"),
        running(Options(llm="litellm", state=state)),
    ):
        pass
