"""What becomes of the faults of Amazon Bedrock and of the wire: real sockets, and one question a call."""

import json
import time
from typing import Final

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from tests.support import wire
from tests.support.asks import SECRET_WORD, question
from tests.support.converse import MODEL, PATIENCE_S, answer, answering, bedrock_at, error, model_at, success
from tests.support.drip import dripping
from tipbandit.adapters import sdk
from tipbandit.adapters.llm.bedrock import BedrockModel
from tipbandit.errors import ModelUnavailableError

SOON_S: Final = 10.0
CONVERSE: Final = ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2")).operation_model("Converse")


def _fails(model: BedrockModel, *, passing: bool, maybe_charged: bool, within_s: float = PATIENCE_S) -> str:
    """Ask in vain, and return what is said of it."""
    with pytest.raises(ModelUnavailableError) as raised:
        model.complete(question(), within_s=within_s)
    assert (raised.value.passing, raised.value.maybe_charged) == (passing, maybe_charged)
    assert SECRET_WORD not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("reason", ["guardrail_intervened", "content_filtered"])
def test_an_answer_that_was_withheld_is_final_and_has_used_its_tokens(reason: str) -> None:
    with answering(success(f"no {SECRET_WORD}", stopReason=reason)) as (model, server):
        assert reason in _fails(model, passing=False, maybe_charged=True)
    assert len(server.requests) == 1


ERRORS: Final = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in CONVERSE.error_shapes}
PASSING: Final = {
    "InternalServerException",
    "ModelNotReadyException",
    "ModelTimeoutException",
    "ServiceUnavailableException",
    "ThrottlingException",
}


def test_the_errors_that_may_pass_are_errors_of_converse() -> None:
    assert set(ERRORS) >= PASSING


@pytest.mark.parametrize("code", ERRORS)
def test_each_error_of_converse_passes_or_is_final(code: str) -> None:
    """A model that timed out has been at work; an error otherwise costs nothing."""
    with answering(error(ERRORS[code], code)) as (model, server):
        said = _fails(model, passing=code in PASSING, maybe_charged=code == "ModelTimeoutException")
    assert said == f"Bedrock: {code}"
    assert len(server.requests) == 1


@pytest.mark.parametrize(("status", "passing"), [(500, True), (429, True), (400, False)])
def test_an_error_of_the_models_own_host_passes_as_it_would(status: int, *, passing: bool) -> None:
    with answering(error(424, "ModelErrorException", originalStatusCode=status)) as (model, _):
        _fails(model, passing=passing, maybe_charged=False)


@pytest.mark.parametrize(
    ("status", "code", "passing"),
    [
        (400, "ThrottlingException", True),
        (403, "ExpiredTokenException", False),
        (403, "UnrecognizedClientException", False),
        (400, "ServiceQuotaExceededException", False),
        (503, "NeverHeardOfException", True),
    ],
)
def test_errors_that_any_service_answers_pass_or_are_final(status: int, code: str, *, passing: bool) -> None:
    with answering(error(status, code)) as (model, _):
        assert code in _fails(model, passing=passing, maybe_charged=False)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_page_of_something_in_between_is_a_passing_fault(status: int) -> None:
    with answering(wire.http(status, b"<html>xylophone</html>")) as (model, _):
        _fails(model, passing=True, maybe_charged=False)


WHOLE: Final = json.dumps(answer()).encode()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="none: the connection is closed"),
        pytest.param(b"HTTP/1.1 2", id="a broken status line"),
        pytest.param(wire.http(200, b"", length=len(WHOLE)), id="headers only"),
        pytest.param(wire.http(200, WHOLE[:90], length=len(WHOLE)), id="half a body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", id="half a chunk"),
    ],
)
def test_an_answer_that_breaks_off_may_have_been_paid_for(answer: bytes | None) -> None:
    with answering(answer) as (model, server):
        _fails(model, passing=True, maybe_charged=True)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"xylophone",
        b"[]",
        b"{}",
        json.dumps(answer(output={})).encode(),
        json.dumps(answer(output={"message": {"content": [{"text": 7}]}})).encode(),
    ],
)
def test_an_answer_of_another_form_is_final_and_may_have_been_paid_for(body: bytes) -> None:
    with answering(wire.http(200, body)) as (model, _):
        _fails(model, passing=False, maybe_charged=True)


def test_a_bedrock_nobody_listens_for_was_asked_nothing() -> None:
    with wire.closed() as url:
        assert "EndpointConnectionError" in _fails(model_at(url), passing=True, maybe_charged=False)


def test_a_bedrock_that_never_accepts_was_asked_nothing() -> None:
    with wire.unreachable() as url:
        assert "ConnectTimeoutError" in _fails(model_at(url), passing=True, maybe_charged=False)


def test_a_bedrock_that_never_answers_is_given_up_by_the_time_out_of_a_call() -> None:
    with wire.silent() as server:
        said = _fails(model_at(server.url, call_s=0.2), passing=True, maybe_charged=True)
    assert "ReadTimeoutError" in said
    assert len(server.requests) == 1


def test_a_bedrock_that_never_answers_is_given_up_when_the_time_is_up() -> None:
    began = time.monotonic()
    with wire.silent() as server:
        _fails(model_at(server.url), passing=True, maybe_charged=True, within_s=0.3)
        assert time.monotonic() - began < SOON_S


def test_a_bedrock_that_sends_a_byte_now_and_then_is_given_up_when_the_time_is_up() -> None:
    began = time.monotonic()
    with dripping(wire.http(200, b"{", length=1 << 20)) as server:
        _fails(model_at(server.url), passing=True, maybe_charged=True, within_s=0.3)
        assert time.monotonic() - began < SOON_S


def test_without_credentials_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with wire.serving(lambda _: None) as server, bedrock_at(server.url):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name)
        sdk.session.cache_clear()  # a session keeps the credentials it has found
        model = BedrockModel.connect(MODEL, None, PATIENCE_S)
        said = _fails(model, passing=False, maybe_charged=False)
    sdk.session.cache_clear()
    assert said == "Bedrock: NoCredentialsError"
    assert server.requests == []


def test_no_setting_of_the_machine_makes_the_sdk_ask_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    with answering(error(429, "ThrottlingException")) as (model, server):
        _fails(model, passing=True, maybe_charged=False)
    assert len(server.requests) == 1
