"""An OpenAI-compatible gateway over real sockets: what is sent, and what is read from an answer."""

import json
from dataclasses import replace
from typing import Any, Final

import pytest

from tests.support import wire
from tests.support.asks import question
from tests.support.chat import (
    GROUP,
    KEY,
    PATIENCE_S,
    answering,
    body_of,
    completion,
    failure,
    headers_of,
    model_at,
    sent,
    success,
)
from tipbandit.errors import ModelUnavailableError, SettingsError
from tipbandit.ports.generation import Completion, Turn

UNSUPPORTED: Final = failure(400, "invalid_request_error", "petals does not support parameters: ['response_format']")
UNSUPPORTED_UPSTREAM: Final = failure(400, "invalid_request_error", "Unsupported parameter", "response_format")


def _asked(answer: bytes) -> Completion:
    """Return what is made of an answer."""
    with answering(answer) as (model, _):
        return model.complete(question(), within_s=PATIENCE_S)


def test_a_question_is_one_chat_completion() -> None:
    ask = question(max_tokens=400, temperature=0.3, top_p=0.9, stop=["END"])
    with answering(success()) as (model, server):
        model.complete(ask, within_s=PATIENCE_S)
    (request,) = server.requests
    assert request.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert body_of(request) == {
        "model": GROUP,
        "messages": [{"role": "system", "content": ask.system}, {"role": "user", "content": ask.turns[0].text}],
        "max_tokens": 400,
        "temperature": 0.3,
        "top_p": 0.9,
        "stop": ["END"],
        "response_format": {"type": "json_schema", "json_schema": {"name": "tips", "schema": ask.json_schema()}},
    }


def test_what_a_prompt_does_not_set_is_left_to_the_model_except_the_most_tokens() -> None:
    with answering(success()) as (model, server):
        model.complete(question(), within_s=PATIENCE_S)
    body = body_of(server.requests[0])
    assert (body["max_tokens"], body["temperature"]) == (300, 0.7)
    assert not {"top_p", "stop", "user", "stream"} & set(body)


def test_a_repair_is_a_conversation_of_three_turns() -> None:
    asked = question()
    turns = (*asked.turns, Turn("assistant", "wrong"), Turn("user", "mend it"))
    with answering(success()) as (model, server):
        model.complete(replace(asked, turns=turns), within_s=PATIENCE_S)
    messages = body_of(server.requests[0])["messages"]
    assert [each["role"] for each in messages] == ["system", "user", "assistant", "user"]
    assert [each["content"] for each in messages[2:]] == ["wrong", "mend it"]


def test_a_question_carries_the_key_and_asks_to_be_hung_up_on() -> None:
    with answering(success()) as (model, server):
        model.complete(question(), within_s=PATIENCE_S)
        host = server.url.removeprefix("http://")
    headers = headers_of(server.requests[0])
    assert headers["authorization"] == f"Bearer {KEY}"
    assert (headers["content-type"], headers["connection"]) == ("application/json", "close")
    assert headers["host"] == host


@pytest.mark.parametrize("path", ["/", "/gateway", "/gateway/"])
def test_a_gateway_may_live_under_a_path(path: str) -> None:
    with wire.serving(lambda _: success()) as server:
        model_at(server.url + path).complete(question(), within_s=PATIENCE_S)
    assert server.requests[0].startswith(f"POST {path.rstrip('/')}/v1/chat/completions ".encode())


@pytest.mark.parametrize(
    "url",
    [
        "",
        "gateway",
        "gateway:4000",
        "ftp://gateway",
        "file:///etc/passwd",
        "http://",
        "http://:4000",
        "http://gateway:port",
        "http://gateway:70000",
        "http://user:password@gateway",
        "http://gateway?key=1",
        "http://gateway#there",
        "http://gate way",
        "http://gateway/\r\nX: y",
        "http://gäteway",
    ],
)
def test_what_is_no_address_of_a_gateway_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(SettingsError, match="http"):
        model_at(url)


def test_proxies_of_the_machine_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would get to see the key and the prompt."""
    with wire.closed() as nowhere, answering(success()) as (model, server):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, nowhere)
        assert model.complete(question(), within_s=PATIENCE_S).text == "tips"
    assert len(server.requests) == 1


@pytest.mark.parametrize("refusal", [UNSUPPORTED, UNSUPPORTED_UPSTREAM])
def test_a_model_that_takes_no_response_format_is_asked_without_from_then_on(refusal: bytes) -> None:
    with answering(refusal, success()) as (model, server):
        for _ in range(2):
            assert model.complete(question(), within_s=PATIENCE_S).text == "tips"
    assert ["response_format" in body_of(request) for request in server.requests] == [True, False, False]


def test_a_refused_response_format_is_not_remembered_where_leaving_it_out_did_not_help() -> None:
    """The message may quote a user who wrote just that."""
    with answering(UNSUPPORTED, UNSUPPORTED, success()) as (model, server):
        with pytest.raises(ModelUnavailableError, match="400 invalid_request_error"):
            model.complete(question(), within_s=PATIENCE_S)
        model.complete(question(), within_s=PATIENCE_S)
    assert ["response_format" in body_of(request) for request in server.requests] == [True, False, True]


def test_an_answer_is_its_text_its_tokens_its_cost_and_the_model_that_gave_it() -> None:
    headers = "x-litellm-response-cost: 1.35e-05\r\nx-litellm-model-name: openai/gpt-4o-mini\r\n"
    expected = Completion("Grüße", "openai/gpt-4o-mini", input_tokens=11, output_tokens=22, cost_usd=1.35e-05)
    assert _asked(success("Grüße", headers=headers)) == expected


def test_a_model_says_that_its_tokens_count() -> None:
    assert model_at("http://gateway").metered


def test_a_gateway_that_names_its_model_in_the_body_alone_is_believed() -> None:
    assert _asked(success(model="maker/model-7")).model == "maker/model-7"


@pytest.mark.parametrize("model", [None, "", 7])
def test_a_gateway_that_names_no_model_answers_for_the_one_that_was_asked(model: object) -> None:
    assert _asked(success(model=model)).model == GROUP


@pytest.mark.parametrize(("text", "read"), [(None, ""), ("", ""), ("no JSON at all", "no JSON at all")])
def test_a_text_is_handed_on_as_it_came_and_none_is_empty(text: str | None, read: str) -> None:
    assert _asked(success(text)).text == read


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        7,
        {"prompt_tokens": None, "completion_tokens": "22"},
        {"prompt_tokens": True, "completion_tokens": -1},
        {"prompt_tokens": 1.5},
    ],
)
def test_tokens_that_are_not_reported_are_none(usage: object) -> None:
    read = _asked(success(usage=usage))
    assert (read.input_tokens, read.output_tokens) == (0, 0)


@pytest.mark.parametrize("cost", ["None", "", "nan", "inf", "-0.1", "a dollar"])
def test_a_cost_that_is_none_is_not_reported(cost: str) -> None:
    assert _asked(success(headers=f"x-litellm-response-cost: {cost}\r\n")).cost_usd is None


def test_a_cost_of_nothing_is_nothing() -> None:
    assert _asked(success(headers="x-litellm-response-cost: 0\r\n")).cost_usd == 0.0


@pytest.mark.parametrize(
    "framed",
    [
        pytest.param(lambda body: b"Transfer-Encoding: chunked\r\n\r\n" + _chunked(body), id="in chunks"),
        pytest.param(lambda body: b"\r\n" + body, id="until the connection is closed"),
        pytest.param(lambda body: b"content-length: %d\r\n\r\n%b and more" % (len(body), body), id="and more"),
    ],
)
def test_an_answer_may_be_framed_as_http_allows(framed: Any) -> None:  # noqa: ANN401
    body = json.dumps(completion("x" * 100_000)).encode()
    assert len(_asked(b"HTTP/1.1 200 OK\r\n" + framed(body)).text) == 100_000


def _chunked(body: bytes) -> bytes:
    pieces = [body[start : start + 7_000] for start in range(0, len(body), 7_000)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])


@pytest.mark.parametrize(
    "changes",
    [
        {"choices": []},
        {"choices": None},
        {"choices": [None]},
        {"choices": [{}]},
        {"choices": [{"message": None}]},
        {"choices": [{"message": {}}]},
        {"choices": [{"message": {"content": ["parts"]}}]},
    ],
)
def test_json_that_is_no_chat_completion_is_final_and_may_have_been_paid_for(changes: dict[str, Any]) -> None:
    with pytest.raises(ModelUnavailableError, match="no chat completion") as raised:
        _asked(success(**changes))
    assert (raised.value.passing, raised.value.maybe_charged) == (False, True)


@pytest.mark.parametrize(
    "body", [b"", b"xylophone", b"[]", b"7", b"null", b'"choices"', b"\xff\xfe", b"[" * 200_000, b'{"a": ' * 30_000]
)
def test_what_is_no_chat_completion_at_all_is_final_and_may_have_been_paid_for(body: bytes) -> None:
    with pytest.raises(ModelUnavailableError, match="no chat completion") as raised:
        _asked(wire.http(200, body))
    assert (raised.value.passing, raised.value.maybe_charged) == (False, True)


def test_an_answer_that_was_withheld_is_final_and_has_used_its_tokens() -> None:
    choice = {"finish_reason": "content_filter", "message": {"content": "half a"}}
    with pytest.raises(ModelUnavailableError, match="content_filter") as raised:
        _asked(sent(200, completion(choices=[choice])))
    assert (raised.value.passing, raised.value.maybe_charged) == (False, True)


def test_a_text_that_was_cut_off_is_handed_on() -> None:
    choice = {"finish_reason": "length", "message": {"content": "half a"}}
    assert _asked(sent(200, completion(choices=[choice]))).text == "half a"
