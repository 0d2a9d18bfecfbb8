"""The LiteLLM proxy as a process, and each of its model groups as the tests of the client rely on them."""

import json
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import httpx
import pytest

from local.litellm import CONFIG, ROOT, LiteLLM, LiteLLMError
from tests.gateway.conftest import KEY, PATIENCE_S, Proxy
from tests.gateway.upstreams import HALF_VALID, PROSE, PROVIDER_KEY, TIPS, TOKENS, Relay

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("litellm")]

JSON: Final = {"type": "json_object"}
PROGRAM: Final = """
import sys, time
from pathlib import Path
from local.litellm import CONFIG, LiteLLM
gateway = LiteLLM(CONFIG, sys.argv[1], Path(sys.argv[2]))
print(gateway.ready(), flush=True)
time.sleep(600)
"""


def _said(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    content: str = response.json()["choices"][0]["message"]["content"]
    return content


def test_it_serves(proxy: Proxy) -> None:
    answer = proxy.chat("good")
    assert _said(answer) == TIPS
    assert answer.json()["usage"]["total_tokens"] > 0
    assert float(answer.headers["x-litellm-response-cost"]) > 0


def test_its_pages_for_people_are_off(proxy: Proxy) -> None:
    for page in ("openapi.json", "redoc", "docs"):
        assert httpx.get(f"{proxy.url}/{page}", timeout=PATIENCE_S, trust_env=False).status_code == 404


def test_it_refuses_whoever_has_no_key(proxy: Proxy) -> None:
    answer = proxy.post({}, model="good")
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "auth_error")


def test_it_refuses_a_wrong_key(proxy: Proxy) -> None:
    """With a database it would answer 401; without one it says that it has nowhere to look the key up."""
    answer = proxy.post({"Authorization": "Bearer sk-wrong"}, model="good")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "no_db_connection")


def test_a_model_that_fails_has_its_fallback_answer(proxy: Proxy) -> None:
    answer = proxy.chat("primary-fails")
    assert _said(answer) == TIPS
    assert answer.json()["model"] == "gpt-4o"
    assert answer.headers["x-litellm-model-group"] == "second"
    assert answer.headers["x-litellm-attempted-fallbacks"] == "1"


def test_the_relay_says_what_it_is_told_and_keeps_what_it_was_asked(proxy: Proxy, relay: Relay) -> None:
    relay.answer = lambda request: f"{request['temperature']:.1f} degrees"
    answer = proxy.chat("relay", temperature=0.5, response_format=JSON)
    assert _said(answer) == "0.5 degrees"
    assert answer.json()["usage"] == TOKENS
    assert "x-litellm-response-cost" not in answer.headers  # nobody knows the price
    assert relay.requests == [
        {
            "model": "m",
            "messages": [{"role": "user", "content": "Three tips, please"}],
            "temperature": 0.5,
            "response_format": JSON,
        }
    ]


@pytest.mark.parametrize(("group", "text"), [("nonsense", PROSE), ("half", HALF_VALID)])
def test_a_model_may_say_anything(proxy: Proxy, group: str, text: str) -> None:
    assert _said(proxy.chat(group, response_format=JSON)) == text


@pytest.mark.parametrize("group", ["strict", "strict-upstream"])
def test_a_strict_model_refuses_response_format(proxy: Proxy, group: str) -> None:
    answer = proxy.chat(group, response_format=JSON)
    assert answer.status_code == 400
    assert "response_format" in answer.json()["error"]["message"]
    assert _said(proxy.chat(group)) == TIPS


@pytest.mark.parametrize(
    ("group", "status", "kind"),
    [
        ("throttled", 429, "throttling_error"),
        ("broken", 500, "internal_server_error"),
        ("keyless", 401, "authentication_error"),
        ("gives-up", 408, "invalid_request_error"),
    ],
)
def test_a_failure_of_the_provider_is_passed_on(proxy: Proxy, group: str, status: int, kind: str) -> None:
    answer = proxy.chat(group)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"]) == (status, kind, str(status))


def test_a_model_that_is_silent_is_waited_for(proxy: Proxy) -> None:
    with pytest.raises(httpx.ReadTimeout):
        proxy.chat("stalls", timeout_s=1.0)


def test_a_model_that_drips_is_waited_for_whatever_the_timeout(proxy: Proxy) -> None:
    with pytest.raises(httpx.ReadTimeout):
        proxy.chat("drips", timeout_s=1.0, timeout=0.5)


def test_no_key_is_in_its_log(proxy: Proxy) -> None:
    """Its log has the failures of the other tests in it, with tracebacks, whatever their order."""
    for group in ("broken", "keyless", "good"):
        proxy.chat(group)
    proxy.post({"Authorization": "Bearer sk-wrong"}, model="good")
    log = proxy.log.read_text("utf-8")
    assert "Traceback" in log
    assert KEY not in log
    assert PROVIDER_KEY not in log


def test_the_gateway_of_make_run_serves_tips_and_is_gone_when_its_parent_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "litellm.log"
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, KEY, str(log)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        try:
            assert parent.stdout is not None
            proxy = Proxy(parent.stdout.readline().strip(), KEY, log)
            for group in ("tips", "tips-backup"):
                kinds = {tip["kind"] for tip in json.loads(_said(proxy.chat(group)))["tips"]}
                assert kinds < {"task", "plan", "break", "habit", "social"}
        finally:
            parent.kill()
    _wait_until_nobody_listens(proxy.url)


def _wait_until_nobody_listens(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port))).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.02)
    pytest.fail("the proxy outlived its parent")


def test_a_missing_environment_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.litellm.INTERPRETER", tmp_path / "python")
    with pytest.raises(LiteLLMError) as caught:
        LiteLLM(CONFIG, KEY, tmp_path / "litellm.log")
    assert str(caught.value) == "the LiteLLM gateway is not installed: run `make run LLM=litellm`, which does it once"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("model_list: [", "yaml"),
        ("model_list: []", "LiteLLM can serve no model group at all"),
        (
            "model_list: [{model_name: tips, litellm_params: {model: no-such-provider/m}}]",
            "LiteLLM can serve no model group tips",
        ),
        (
            "model_list: [{model_name: tips, litellm_params: {model: openai/m}}]\ngeneral_settings: {master_key: sk-1}",
            "the configuration has a master_key of its own: take it out, a new one is made at every start",
        ),
    ],
)
def test_a_broken_configuration_is_one_clear_line_that_names_the_log(tmp_path: Path, text: str, reason: str) -> None:
    config, log = tmp_path / "config.yaml", tmp_path / "litellm.log"
    config.write_text(text)
    with closing(LiteLLM(config, KEY, log)) as gateway, pytest.raises(LiteLLMError) as caught:
        gateway.ready()
    assert str(caught.value) == f"the LiteLLM gateway failed on {config}; the last lines of {log} say why"
    assert reason in log.read_text("utf-8")[-1000:]


def test_a_configuration_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(LiteLLMError, match=r"cannot read .*/none\.yaml: .*No such file"):
        LiteLLM(tmp_path / "none.yaml", KEY, tmp_path / "litellm.log")
