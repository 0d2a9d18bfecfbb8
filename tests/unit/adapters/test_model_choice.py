"""Which language model the settings choose, and that no other is loaded."""

import json
import subprocess
import sys
from typing import Final

import pytest

from tests.support import wire
from tests.support.asks import question
from tests.support.chat import GROUP, KEY, PATIENCE_S, body_of, headers_of, success
from tests.support.cloud import ENVIRONMENT, Cloud
from tests.support.converse import MODEL, bedrock_at
from tests.support.converse import success as converse_success
from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.llm.choice import connect
from tipbandit.adapters.llm.settings import Backend, ModelSettings
from tipbandit.errors import SettingsError

SETTINGS: Final[dict[Backend, ModelSettings]] = {
    "bedrock": ModelSettings(backend="bedrock", call_s=PATIENCE_S, bedrock_model_id=MODEL),
    "litellm": ModelSettings(
        backend="litellm",
        call_s=PATIENCE_S,
        gateway_url="http://gateway:4000",
        gateway_model=GROUP,
        gateway_key_secret_id="gateway-key",
    ),
    "template": ModelSettings(backend="template", call_s=PATIENCE_S),
}
OWN_MODULES: Final = {
    "bedrock": {"tipbandit.adapters.llm.bedrock"},
    "litellm": {"tipbandit.adapters.llm.gateway", "tipbandit.adapters.llm.exchange", "tipbandit.adapters.gateway_key"},
    "template": {"tipbandit.adapters.llm.template"},
}
_PROGRAM: Final = """
import json, sys
from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.llm.choice import connect
from tipbandit.adapters.llm.settings import ModelSettings
connect({settings!r}, SystemClock())
json.dump(sorted(sys.modules), sys.stdout)
"""


@pytest.mark.parametrize("backend", SETTINGS)
def test_only_what_the_chosen_back_end_needs_is_loaded(backend: Backend) -> None:
    """Each costs cold start; rules need no SDK at all."""
    program = _PROGRAM.format(settings=SETTINGS[backend])
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, env=dict(ENVIRONMENT), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout))
    assert OWN_MODULES[backend] <= loaded
    others = set().union(*(names for name, names in OWN_MODULES.items() if name != backend))
    assert not others & loaded
    assert ("boto3" in loaded) == (backend != "template")


def test_the_settings_load_nothing() -> None:
    program = "import sys, tipbandit.adapters.llm.settings; print([name for name in sys.modules if 'boto' in name])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_rules_are_chosen_by_their_name() -> None:
    model = connect(SETTINGS["template"], SystemClock())
    assert model.complete(question(), within_s=1).model == "template"
    assert not model.metered


@pytest.mark.parametrize(
    ("guardrail", "sent"),
    [
        ({}, None),
        ({"guardrail_version": "7"}, None),
        ({"guardrail_id": "gr1"}, {"guardrailIdentifier": "gr1", "guardrailVersion": "DRAFT"}),
        (
            {"guardrail_id": "gr1", "guardrail_version": "7"},
            {"guardrailIdentifier": "gr1", "guardrailVersion": "7"},
        ),
    ],
)
def test_bedrock_is_chosen_with_its_model_and_guardrail(guardrail: dict[str, str], sent: object) -> None:
    with wire.serving(lambda _: converse_success()) as server, bedrock_at(server.url):
        settings = ModelSettings(backend="bedrock", call_s=PATIENCE_S, bedrock_model_id=MODEL, **guardrail)
        assert connect(settings, SystemClock()).complete(question(), within_s=PATIENCE_S).model == MODEL
    assert body_of(server.requests[0]).get("guardrailConfig") == sent


def test_a_gateway_is_chosen_with_its_model_and_key(cloud: Cloud) -> None:
    cloud.secrets.create_secret(Name="gateway-key", SecretString=KEY)
    with wire.serving(lambda _: success()) as server:
        settings = ModelSettings(
            backend="litellm",
            call_s=PATIENCE_S,
            gateway_url=server.url,
            gateway_model=GROUP,
            gateway_key_secret_id="gateway-key",
        )
        assert connect(settings, SystemClock()).complete(question(), within_s=PATIENCE_S).text == "tips"
    assert body_of(server.requests[0])["model"] == GROUP
    assert headers_of(server.requests[0])["authorization"] == f"Bearer {KEY}"


def test_a_gateway_without_an_address_is_refused_at_once(cloud: Cloud) -> None:  # noqa: ARG001  it must be up
    with pytest.raises(SettingsError):
        connect(ModelSettings(backend="litellm", call_s=PATIENCE_S), SystemClock())
