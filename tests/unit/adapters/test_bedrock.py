"""Amazon Bedrock over real sockets: what is sent, and what is read from an answer."""

import json
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from tests.support import wire
from tests.support.asks import question
from tests.support.converse import MODEL, PATIENCE_S, answering, model_at, success
from tipbandit.adapters.llm.bedrock import Guardrail
from tipbandit.ports.generation import Completion, Turn

CONVERSE: Final = ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2")).operation_model("Converse")


def _asked(sent: bytes) -> Completion:
    """Return what is made of an answer."""
    with answering(sent) as (model, _):
        return model.complete(question(), within_s=PATIENCE_S)


def _sent(request: bytes) -> dict[str, Any]:
    """Return the parameters in a request, checked against the SDK's own model of the service."""
    assert CONVERSE.input_shape is not None
    head, _, body = request.partition(b"\r\n\r\n")
    method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
    model_id = unquote(path.removeprefix("/model/").removesuffix("/converse"))
    params: dict[str, Any] = {"modelId": model_id, **json.loads(body)}
    report = ParamValidator().validate(params, CONVERSE.input_shape)
    assert (method, report.generate_report()) == ("POST", "")
    return params


def _header(request: bytes, name: str) -> str:
    lines = [line.partition(":") for line in request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]]
    return {key.lower(): value.strip() for key, _, value in lines}[name]


def test_a_question_is_one_valid_converse_request() -> None:
    ask = question(max_tokens=400, temperature=0.3, top_p=0.9, stop=["END"])
    with answering(success()) as (model, server):
        model.complete(ask, within_s=PATIENCE_S)
    (request,) = server.requests
    assert _sent(request) == {
        "modelId": MODEL,
        "system": [{"text": ask.system}],
        "messages": [{"role": "user", "content": [{"text": ask.turns[0].text}]}],
        "inferenceConfig": {"maxTokens": 400, "temperature": 0.3, "topP": 0.9, "stopSequences": ["END"]},
    }


def test_a_repair_is_a_conversation_of_three_turns() -> None:
    asked = question()
    turns = (*asked.turns, Turn("assistant", "wrong"), Turn("user", "mend it"))
    with answering(success()) as (model, server):
        model.complete(replace(asked, turns=turns), within_s=PATIENCE_S)
    messages = _sent(server.requests[0])["messages"]
    assert [(each["role"], each["content"][0]["text"]) for each in messages[1:]] == [
        ("assistant", "wrong"),
        ("user", "mend it"),
    ]


def test_what_a_prompt_does_not_set_is_left_to_the_model_except_the_most_tokens() -> None:
    with answering(success()) as (model, server):
        model.complete(question(), within_s=PATIENCE_S)
    assert _sent(server.requests[0])["inferenceConfig"] == {"maxTokens": 300, "temperature": 0.7}


def test_a_temperature_above_converses_scale_is_its_highest() -> None:
    with answering(success()) as (model, server):
        model.complete(question(temperature=1.6), within_s=PATIENCE_S)
    assert _sent(server.requests[0])["inferenceConfig"]["temperature"] == 1.0


def test_a_guardrail_goes_with_every_question() -> None:
    with answering(success(), guardrail=Guardrail("gr123", "7")) as (model, server):
        model.complete(question(), within_s=PATIENCE_S)
    guardrail = _sent(server.requests[0])["guardrailConfig"]
    assert guardrail == {"guardrailIdentifier": "gr123", "guardrailVersion": "7"}


def test_a_model_may_be_named_by_the_arn_of_an_inference_profile() -> None:
    arn = "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.maker.model-1-v1:0"
    with answering(success(), model_id=arn) as (model, server):
        assert model.complete(question(), within_s=PATIENCE_S).model == arn
    assert _sent(server.requests[0])["modelId"] == arn


def test_a_question_is_signed_for_bedrock() -> None:
    with answering(success()) as (model, server):
        model.complete(question(), within_s=PATIENCE_S)
    signature = _header(server.requests[0], "authorization")
    assert signature.startswith("AWS4-HMAC-SHA256 Credential=testing/")
    assert "/bedrock/aws4_request" in signature


def test_every_question_has_a_connection_of_its_own() -> None:
    """A server that would keep it is told that it need not."""
    with wire.serving(lambda _: success()) as server:
        model = model_at(server.url)
        for _ in range(2):
            model.complete(question(), within_s=PATIENCE_S)
    assert [_header(request, "connection") for request in server.requests] == ["close", "close"]


def test_an_answer_is_its_text_its_tokens_and_the_model_that_was_asked() -> None:
    assert _asked(success("Grüße")) == Completion("Grüße", MODEL, input_tokens=11, output_tokens=22, cost_usd=None)


def test_a_model_says_that_its_tokens_count() -> None:
    with answering(None) as (model, _):
        assert model.metered


def test_the_text_of_an_answer_is_that_of_its_text_blocks() -> None:
    """A reasoning model puts its reasoning first; nothing of it is shown."""
    reasoning = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "x"}}}
    blocks = [
        reasoning,
        {"text": '{"tips"'},
        {"toolUse": {"toolUseId": "1", "name": "n", "input": {}}},
        {"text": ": []}"},
    ]
    assert _asked(success(output={"message": {"role": "assistant", "content": blocks}})).text == '{"tips": []}'


@pytest.mark.parametrize("content", [[], [{"reasoningContent": {"redactedContent": "eA=="}}]])
def test_an_answer_without_text_is_empty(content: list[Any]) -> None:
    assert _asked(success(output={"message": {"role": "assistant", "content": content}})).text == ""


@pytest.mark.parametrize("usage", [None, {}])
def test_tokens_that_are_not_reported_are_none(usage: object) -> None:
    completion = _asked(success(usage=usage))
    assert (completion.input_tokens, completion.output_tokens) == (0, 0)


@pytest.mark.parametrize("reason", ["max_tokens", "stop_sequence", "malformed_model_output", "of another day"])
def test_a_text_that_ended_otherwise_is_handed_on(reason: str) -> None:
    assert _asked(success("half a t", stopReason=reason)).text == "half a t"
