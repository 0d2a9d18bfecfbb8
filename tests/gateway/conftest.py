"""A LiteLLM proxy in a process of its own, with a model group for everything that a gateway may do to a client."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from local.litellm import LiteLLM
from tests.gateway.upstreams import HALF_VALID, PROSE, PROVIDER_KEY, TIPS, Relay, dripping, models
from tests.support.wire import silent

KEY: Final = "sk-the-key-of-the-gateway"
PATIENCE_S: Final = 30.0
VARIABLE: Final = "TIPBANDIT_TEST_PROVIDER_KEY"
"""Where the proxy is to find the provider's key."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running gateway."""

    url: str
    key: str
    log: Path

    def chat(self, model: str, *, timeout_s: float = PATIENCE_S, **parameters: object) -> httpx.Response:
        """Ask a model group, as somebody with the key; the `parameters` join the body."""
        return self.post({"Authorization": f"Bearer {self.key}"}, timeout_s, model=model, **parameters)

    def post(self, headers: dict[str, str], timeout_s: float = PATIENCE_S, **body: object) -> httpx.Response:
        """Ask with these headers and this body, to which a message is added."""
        messages = [{"role": "user", "content": "Three tips, please"}]
        return httpx.post(
            f"{self.url}/v1/chat/completions",
            json={"messages": messages, **body},
            headers=headers,
            timeout=timeout_s,
            trust_env=False,
        )


@pytest.fixture(scope="session")
def _relay() -> Relay:
    return Relay()


@pytest.fixture
def relay(_relay: Relay) -> Relay:
    """The model behind the group `relay`, to be told what to say; until then it says three valid tips."""
    _relay.reset()
    return _relay


@pytest.fixture(scope="session")
def proxy(_relay: Relay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A gateway with the model groups of `configuration`."""
    directory = tmp_path_factory.mktemp("litellm")
    config, log = directory / "config.yaml", directory / "litellm.log"
    with ExitStack() as cleanup:
        mute, drips = cleanup.enter_context(silent()).url, cleanup.enter_context(dripping())
        config.write_text(json.dumps(configuration(cleanup.enter_context(models(_relay)), mute, drips)))
        cleanup.enter_context(pytest.MonkeyPatch.context()).setenv(VARIABLE, PROVIDER_KEY)
        gateway = LiteLLM(config, KEY, log)
        cleanup.callback(gateway.close)
        yield Proxy(gateway.ready(), KEY, log)


def configuration(provider: str, mute: str, drips: str) -> dict[str, Any]:
    """LiteLLM's configuration, given the addresses of the models; it is JSON, and so YAML.

    The groups without an address are answered by LiteLLM itself. `gpt-4o-mini` and `gpt-4o` have a price in its
    tables, the others none. `strict` is of a provider that LiteLLM knows to have no `response_format` and refuses
    on its own; in `strict-upstream` the provider does.
    """
    return {
        "model_list": [
            _group("good", "openai/gpt-4o-mini", mock_response=TIPS),
            _group("second", "openai/gpt-4o", mock_response=TIPS),
            _group("nonsense", "openai/m", mock_response=PROSE),
            _group("half", "openai/m", mock_response=HALF_VALID),
            _group("strict", "petals/m", mock_response=TIPS),
            _group("strict-upstream", "openai/m", api_base=f"{provider}/strict"),
            _group("relay", "openai/m", api_base=f"{provider}/relay"),
            _group("primary-fails", "openai/m", api_base=f"{provider}/broken"),
            _group("broken", "openai/m", api_base=f"{provider}/broken"),
            _group("throttled", "openai/m", api_base=f"{provider}/throttled"),
            _group("keyless", "openai/m", api_base=f"{provider}/relay", api_key="sk-not-that-one"),
            _group("stalls", "openai/m", api_base=mute),
            _group("gives-up", "openai/m", api_base=mute, timeout=0.5),
            _group("drips", "openai/m", api_base=drips),
        ],
        "router_settings": {
            "num_retries": 0,
            "disable_cooldowns": True,  # a group that fails in one test is asked again in the next
            "fallbacks": [{"primary-fails": ["second"]}],
        },
    }


def _group(name: str, model: str, **parameters: object) -> dict[str, Any]:
    key = {"api_key": f"os.environ/{VARIABLE}"}
    return {"model_name": name, "litellm_params": {"model": model, **key, **parameters}}
