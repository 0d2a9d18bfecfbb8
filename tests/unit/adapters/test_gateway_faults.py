"""What becomes of the faults of a gateway and of the wire: real sockets, and never longer than there is time."""

import datetime as dt
import ipaddress
import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support import wire
from tests.support.asks import SECRET_WORD, question
from tests.support.chat import KEY, PATIENCE_S, answering, completion, failure, model_at, success
from tests.support.drip import dripping, served
from tipbandit.adapters.llm import exchange
from tipbandit.adapters.llm.exchange import MAX_BYTES
from tipbandit.adapters.llm.gateway import GatewayModel
from tipbandit.errors import ModelUnavailableError

SHORT_S: Final = 0.3
SOON_S: Final = 10.0
WHOLE: Final = json.dumps(completion()).encode()


def _fails(model: GatewayModel, *, passing: bool, maybe_charged: bool, within_s: float = PATIENCE_S) -> str:
    """Ask in vain, and return what is said of it."""
    with pytest.raises(ModelUnavailableError) as raised:
        model.complete(question(), within_s=within_s)
    assert (raised.value.passing, raised.value.maybe_charged) == (passing, maybe_charged)
    assert SECRET_WORD not in str(raised.value)
    assert KEY not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 529])
def test_a_gateway_that_is_throttled_or_fails_may_be_asked_again_and_has_used_nothing(status: int) -> None:
    with answering(failure(status, "throttling_error")) as (model, server):
        said = _fails(model, passing=True, maybe_charged=False)
    assert said == f"gateway: {status} throttling_error"
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [408, 504])
def test_a_gateway_that_waited_in_vain_may_have_used_something(status: int) -> None:
    """The model was at work for all that time."""
    with answering(failure(status, "invalid_request_error")) as (model, _):
        _fails(model, passing=True, maybe_charged=True)


@pytest.mark.parametrize("status", [400, 402, 403, 404, 413, 422])
def test_a_gateway_that_refuses_the_question_will_refuse_it_again(status: int) -> None:
    with answering(failure(status, "invalid_request_error")) as (model, server):
        _fails(model, passing=False, maybe_charged=False)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [204, 301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """It would take the key and the prompt along."""
    with wire.serving(lambda _: success()) as other:
        head = f"HTTP/1.1 {status} X\r\nLocation: {other.url}/v1/chat/completions\r\nContent-Length: 0\r\n\r\n"
        with answering(head.encode()) as (model, server):
            assert str(status) in _fails(model, passing=False, maybe_charged=False)
    assert (len(server.requests), len(other.requests)) == (1, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>xylophone</html>",
        b"[" * 200_000,
        b'{"error": "xylophone"}',
        b'{"error": {"type": ["xylophone"]}}',
        b'{"error": {"type": "a xylophone, please"}}',
    ],
)
def test_an_error_of_any_form_is_its_status(body: bytes) -> None:
    with answering(wire.http(503, body)) as (model, _):
        assert _fails(model, passing=True, maybe_charged=False) == "gateway: 503"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="none: the connection is closed"),
        pytest.param(b"HTTP/1.1 2", id="a broken status line"),
        pytest.param(b"SSH-2.0-xylophone\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-", id="half the headers"),
        pytest.param(wire.http(200, b"", length=len(WHOLE)), id="headers only"),
        pytest.param(wire.http(200, WHOLE[:90], length=len(WHOLE)), id="half a body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", id="no chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", id="half a chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n{", id="a chunk of no length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", id="an endless header"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", id="a flood of headers"),
    ],
)
def test_an_answer_that_breaks_off_may_have_been_paid_for(answer: bytes | None) -> None:
    with answering(answer) as (model, server):
        _fails(model, passing=True, maybe_charged=True)
    assert len(server.requests) == 1


def test_a_gateway_nobody_listens_for_was_asked_nothing() -> None:
    with wire.closed() as url:
        assert "ConnectionRefusedError" in _fails(model_at(url), passing=True, maybe_charged=False)


def test_a_gateway_whose_name_is_unknown_was_asked_nothing() -> None:
    assert "gaierror" in _fails(model_at("http://nowhere.invalid"), passing=True, maybe_charged=False)


def test_a_gateway_that_never_accepts_was_asked_nothing() -> None:
    with wire.unreachable() as url:
        _fails(model_at(url), passing=True, maybe_charged=False, within_s=SHORT_S)


def test_a_gateway_that_never_answers_is_given_up_when_the_time_is_up() -> None:
    began = time.monotonic()
    with wire.silent() as server:
        _fails(model_at(server.url), passing=True, maybe_charged=True, within_s=SHORT_S)
        assert time.monotonic() - began < SOON_S
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        pytest.param(b"", b"x", id="before the status"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", id="headers"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="patience"),
        pytest.param(wire.http(200, b"{", length=1 << 20), b" ", id="the body"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", b" ", id="a body without end"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", id="chunks"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0", id="the length of a chunk"),
        pytest.param(wire.http(500, b"{", length=1 << 20), b" ", id="an error"),
    ],
)
def test_a_gateway_that_sends_a_byte_now_and_then_is_hung_up_on_when_the_time_is_up(start: bytes, drop: bytes) -> None:
    """So the thread that listened to it ends too."""
    began = time.monotonic()
    with dripping(start, drop=drop) as server:
        _fails(model_at(server.url), passing=True, maybe_charged=True, within_s=SHORT_S)
        assert time.monotonic() - began < SOON_S
        assert server.was_left.wait(PATIENCE_S)


def test_asking_again_without_response_format_has_the_rest_of_the_time_and_no_more() -> None:
    answers = iter([failure(400, "invalid_request_error", "response_format")])
    is_over = []

    def respond(_: bytes) -> bytes | None:
        answer = next(answers, None)
        if answer is None:
            time.sleep(2 * SHORT_S)
            is_over.append(True)
        return answer

    with wire.serving(respond, hangs_up=True) as server:
        _fails(model_at(server.url), passing=True, maybe_charged=True, within_s=SHORT_S)
        assert is_over == []
    assert len(server.requests) == 2


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"])
def test_an_answer_that_is_too_large_is_not_read_to_its_end(head: bytes) -> None:
    with dripping(head, drop=b" " * 65_536, every_s=0.0) as server:
        said = _fails(model_at(server.url), passing=False, maybe_charged=True)
        assert server.was_left.wait(PATIENCE_S)
    assert str(MAX_BYTES) in said


def test_an_answer_may_be_as_large_as_the_limit() -> None:
    with answering(wire.http(200, WHOLE + b" " * (MAX_BYTES - len(WHOLE)))) as (model, _):
        assert model.complete(question(), within_s=PATIENCE_S).text == "tips"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of this machine that is its own authority, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a gateway")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "gateway.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture
def encrypted(certificate: Path) -> Iterator[str]:
    """The address of a gateway that shows the certificate and answers."""
    exchange._tls.cache_clear()  # noqa: SLF001  it knows the authorities of when it was made
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with served(lambda connection: connection.sendall(success()), tls=context) as url:
        yield url
    exchange._tls.cache_clear()  # noqa: SLF001


def test_a_gateway_is_trusted_by_its_certificate(
    encrypted: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert model_at(encrypted).complete(question(), within_s=PATIENCE_S).text == "tips"


def test_a_gateway_of_an_unknown_authority_is_told_nothing_now_or_later(encrypted: str) -> None:
    assert "SSLCertVerificationError" in _fails(model_at(encrypted), passing=False, maybe_charged=False)


def test_a_gateway_that_does_not_encrypt_where_it_should_is_told_nothing() -> None:
    with wire.serving(lambda _: b"HTTP/1.1 400 X\r\n\r\n", hangs_up=True) as server:
        _fails(model_at(server.url.replace("http:", "https:")), passing=True, maybe_charged=False, within_s=SHORT_S)
