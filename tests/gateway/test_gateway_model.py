"""The adapter for gateways against a real LiteLLM proxy."""

import time
from typing import Final

import pytest

from tests.gateway.conftest import Proxy
from tests.gateway.upstreams import HALF_VALID, PROSE, TIPS, TOKENS, Relay
from tests.support.asks import SECRET_WORD, question
from tests.support.chat import Secrets
from tipbandit.adapters.cached_secret import FORCED_S
from tipbandit.adapters.gateway_key import GatewayKey
from tipbandit.adapters.llm.gateway import GatewayModel
from tipbandit.adapters.memory import ManualClock
from tipbandit.errors import ModelUnavailableError

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("litellm")]

PATIENCE_S: Final = 60.0
SHORT_S: Final = 1.0
SOON_S: Final = 20.0


def _model(proxy: Proxy, group: str) -> GatewayModel:
    return GatewayModel(proxy.url, group, GatewayKey("a secret", Secrets((proxy.key,)), ManualClock()))


def _fails(
    model: GatewayModel, *, passing: bool, maybe_charged: bool = False, within_s: float = PATIENCE_S
) -> ModelUnavailableError:
    """Ask in vain, and return what is said of it."""
    with pytest.raises(ModelUnavailableError) as raised:
        model.complete(question(), within_s=within_s)
    assert (raised.value.passing, raised.value.maybe_charged) == (passing, maybe_charged)
    assert SECRET_WORD not in str(raised.value)
    return raised.value


def test_an_answer_comes_with_its_model_its_tokens_and_its_cost(proxy: Proxy) -> None:
    """LiteLLM knows the price of gpt-4o-mini, and answers as it without asking anybody."""
    answer = _model(proxy, "good").complete(question(), within_s=PATIENCE_S)
    assert (answer.text, answer.model) == (TIPS, "openai/gpt-4o-mini")
    assert answer.input_tokens > 0
    assert answer.output_tokens > 0
    assert answer.cost_usd is not None
    assert 0 < answer.cost_usd < 0.01


def test_tokens_are_those_of_the_provider_and_an_unknown_price_is_no_cost(proxy: Proxy, relay: Relay) -> None:
    relay.answer = lambda _: "Grüße 🎷"
    answer = _model(proxy, "relay").complete(question(), within_s=PATIENCE_S)
    assert (answer.text, answer.model, answer.cost_usd) == ("Grüße 🎷", "openai/m", None)
    assert (answer.input_tokens, answer.output_tokens) == (TOKENS["prompt_tokens"], TOKENS["completion_tokens"])


def test_a_question_reaches_the_model_as_it_was_asked(proxy: Proxy, relay: Relay) -> None:
    ask = question(max_tokens=400, temperature=0.3, top_p=0.9, stop=["END"])
    _model(proxy, "relay").complete(ask, within_s=PATIENCE_S)
    assert relay.requests == [
        {
            "model": "m",
            "messages": [{"role": "system", "content": ask.system}, {"role": "user", "content": ask.turns[0].text}],
            "max_tokens": 400,
            "temperature": 0.3,
            "top_p": 0.9,
            "stop": ["END"],
            "response_format": {"type": "json_schema", "json_schema": {"name": "tips", "schema": ask.json_schema()}},
        }
    ]


def test_the_model_that_is_named_is_the_one_that_stood_in_for_another(proxy: Proxy) -> None:
    answer = _model(proxy, "primary-fails").complete(question(), within_s=PATIENCE_S)
    assert (answer.text, answer.model) == (TIPS, "openai/gpt-4o")


@pytest.mark.parametrize(("group", "text"), [("nonsense", PROSE), ("half", HALF_VALID)])
def test_whatever_a_model_says_is_handed_on(proxy: Proxy, group: str, text: str) -> None:
    assert _model(proxy, group).complete(question(), within_s=PATIENCE_S).text == text


@pytest.mark.parametrize("group", ["strict", "strict-upstream"])
def test_a_model_that_takes_no_response_format_is_asked_without(proxy: Proxy, group: str) -> None:
    model = _model(proxy, group)
    for _ in range(2):
        assert model.complete(question(), within_s=PATIENCE_S).text == TIPS


@pytest.mark.parametrize(
    ("group", "said", "passing", "maybe_charged"),
    [
        ("throttled", "gateway: 429 throttling_error", True, False),
        ("broken", "gateway: 500 internal_server_error", True, False),
        ("gives-up", "gateway: 408 invalid_request_error", True, True),
        ("keyless", "gateway: 401 authentication_error", False, False),
        ("no such group", "gateway: 400 invalid_request_error", False, False),
    ],
)
def test_a_failure_behind_the_gateway_passes_or_is_final(
    proxy: Proxy, group: str, said: str, *, passing: bool, maybe_charged: bool
) -> None:
    assert str(_fails(_model(proxy, group), passing=passing, maybe_charged=maybe_charged)) == said


@pytest.mark.parametrize("group", ["stalls", "drips"])
def test_a_model_that_does_not_come_to_an_end_is_given_up_when_the_time_is_up(proxy: Proxy, group: str) -> None:
    began = time.monotonic()
    _fails(_model(proxy, group), passing=True, maybe_charged=True, within_s=SHORT_S)
    assert time.monotonic() - began < SOON_S


def test_a_wrong_key_is_final_until_the_right_one_is_in_the_secret(proxy: Proxy) -> None:
    clock = ManualClock()
    model = GatewayModel(proxy.url, "good", GatewayKey("a secret", Secrets(("sk-wrong", proxy.key)), clock))
    error = _fails(model, passing=False)
    assert "sk-wrong" not in str(error)
    clock.sleep(FORCED_S + 1)
    assert model.complete(question(), within_s=PATIENCE_S).text == TIPS
