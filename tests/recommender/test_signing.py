"""Signatures, checked by the receiver's own arithmetic on what arrived over the wire."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError
from botocore.session import Session

from tests.recommender.callers import GENERATE, GENERATED, PATIENT, STATS, Pauses, in_turn, refuses, says, waiting
from tests.recommender.signatures import Received
from tests.support.wire import serving
from tipbandit.contracts.signals import Signals
from tipbandit_recommender.client import Client
from tipbandit_recommender.errors import ForbiddenError, SigningError
from tipbandit_recommender.signing import SigV4

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
FIXED = Credentials("AKIDEXAMPLE", SECRET)
CREDENTIAL_VARIABLES = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)  # fmt: skip


def test_the_receivers_arithmetic_is_that_of_the_published_example() -> None:
    """get-vanilla of the AWS Signature Version 4 test suite."""
    signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
    headers = {
        "host": "example.amazonaws.com",
        "x-amz-date": "20150830T123600Z",
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={signature}",
    }
    assert Received("GET", "/", headers, b"").is_signed_with("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


def _sent(method: str, target: str, auth: SigV4, **content: Any) -> Received:  # noqa: ANN401  whatever httpx takes
    with serving(in_turn(says({}))) as server, httpx.Client(trust_env=False) as plain:
        plain.request(method, server.url + target, auth=auth, **content)
    return Received.parse(server.requests[0])


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/", b""),
        ("POST", "/reset", b'{"user_id":"ann"}'),
        ("POST", "/generate", '{"notes":["Brötchen 🥐"]}'.encode()),
        ("POST", "/score/egreedy/v2", b""),
        ("GET", "/stats?user_id=a+b", b""),
        ("GET", "/stats?user_id=a%2Bb%3D%7C~%40%3A", b""),
        ("GET", "/stats?user_id=a=b|c:d@e", b""),
        ("GET", "/stats?z=2&a=1&z=1&a-b=3&empty=&bare", b""),
        ("GET", "/stats?name=%C3%A9%F0%9F%A5%90", b""),
        ("GET", "/a%20path/%C3%A9/~x", b""),
    ],
)
def test_what_arrives_has_the_signature_it_came_with(method: str, target: str, body: bytes) -> None:
    received = _sent(method, target, SigV4("eu-central-1", credentials=FIXED), content=body)
    assert received.is_signed_with(SECRET)
    assert received.body == body
    assert received.authorization["key"] == "AKIDEXAMPLE"
    assert received.authorization["scope"].split("/", 1)[1] == "eu-central-1/execute-api/aws4_request"


def test_a_space_is_sent_as_it_is_signed() -> None:
    received = _sent("GET", "/stats?user_id=a+b", SigV4("eu-central-1", credentials=FIXED))
    assert received.target == "/stats?user_id=a%20b"


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "PUT"},
        {"target": "/reset?force=1"},
        {"target": "/Reset"},
        {"body": b'{"user_id":"bob"}'},
        {"headers": {"host": "elsewhere"}},
        {"headers": {"content-type": "text/plain"}},
        {"headers": {"x-amz-security-token": "another"}},
    ],
    ids=str,
)
def test_whatever_is_changed_on_the_way_breaks_the_signature(changed: dict[str, Any]) -> None:
    auth = SigV4("eu-central-1", credentials=Credentials("AKIDEXAMPLE", SECRET, "session-token"))
    received = _sent("POST", "/reset", auth, json={"user_id": "ann"})
    assert received.is_signed_with(SECRET)
    parts: dict[str, Any] = {name: getattr(received, name) for name in Received.__slots__}
    changed = {name: {**parts[name], **new} if name == "headers" else new for name, new in changed.items()}
    assert not Received(**{**parts, **changed}).is_signed_with(SECRET)


def test_region_and_service_are_part_of_the_signature() -> None:
    received = _sent("GET", "/", SigV4("us-east-1", service="lambda", credentials=FIXED))
    assert received.authorization["scope"].endswith("/us-east-1/lambda/aws4_request")
    assert received.is_signed_with(SECRET)


def test_credentials_are_refreshed_before_they_expire_and_every_attempt_is_signed_anew() -> None:
    """Each refresh gives credentials that are as good as expired, so that each request has to refresh."""
    handed_out: list[str] = []

    def refresh() -> dict[str, str]:
        handed_out.append(f"secret-{len(handed_out)}")
        soon = datetime.now(UTC) + timedelta(minutes=1)
        named = {"access_key": f"AKID{len(handed_out)}", "secret_key": handed_out[-1], "token": f"t{len(handed_out)}"}
        return {**named, "expiry_time": soon.isoformat()}

    credentials = RefreshableCredentials.create_from_metadata(refresh(), refresh, "test")
    auth = SigV4("eu-central-1", credentials=credentials)
    with (
        serving(in_turn(refuses(503, "unavailable"), says(STATS))) as server,
        Client(server.url, auth=auth, timeouts=waiting(PATIENT), retries=Pauses().retries()) as caller,
    ):
        caller.stats("ann")
    for number, request in enumerate(server.requests, start=1):
        received = Received.parse(request)
        assert received.headers["x-amz-security-token"] == f"t{number + 1}"
        assert received.is_signed_with(f"secret-{number}")
    assert len(server.requests) == 2


def test_the_client_sends_what_it_signed() -> None:
    request = GENERATE.model_copy(update={"signals": Signals(notes=["Brötchen 🥐"])})
    with (
        serving(in_turn(says(GENERATED), says(STATS))) as server,
        Client(server.url, auth=SigV4("eu-central-1", credentials=FIXED), timeouts=waiting(PATIENT)) as caller,
    ):
        caller.generate(request)
        caller.stats("life~1:a@b|c+d=e", "egreedy/v2")
    assert all(Received.parse(each).is_signed_with(SECRET) for each in server.requests)
    assert len(server.requests) == 2


def test_a_refused_signature_is_an_error_of_its_own() -> None:
    with (
        serving(in_turn(says({"message": "Forbidden"}, 403))) as server,
        Client(server.url, auth=SigV4("eu-central-1", credentials=FIXED), timeouts=waiting(PATIENT)) as caller,
        pytest.raises(ForbiddenError, match="GET /stats answered 403 Forbidden"),
    ):
        caller.stats("ann")


def test_a_session_finds_the_credentials() -> None:
    session = Session()
    session.set_credentials("AKIDSESSION", SECRET)
    received = _sent("GET", "/", SigV4("eu-central-1", session=session))
    assert received.authorization["key"] == "AKIDSESSION"


def test_the_environment_has_the_credentials_where_nobody_else_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    assert _sent("GET", "/", SigV4("eu-central-1")).authorization["key"] == "AKIDENVIRONMENT"


def test_without_credentials_there_is_nothing_to_sign_with(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CREDENTIAL_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(SigningError, match="no AWS credentials were found"):
        SigV4("eu-central-1")


def test_a_request_that_cannot_be_signed_is_not_sent() -> None:
    class Lost(Credentials):
        def get_frozen_credentials(self) -> Any:  # noqa: ANN401  never returns
            raise CredentialRetrievalError(provider="test", error_msg="gone")

    auth = SigV4("eu-central-1", credentials=Lost("a", "b"))
    with (
        serving(in_turn(says(STATS))) as server,
        Client(server.url, auth=auth) as caller,
        pytest.raises(SigningError, match="could not be refreshed"),
    ):
        caller.stats("ann")
    assert server.requests == []


def test_without_botocore_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.auth", None)
    with pytest.raises(ImportError, match=r"pip install 'tipbandit-recommender\[aws\]'"):
        SigV4("eu-central-1", credentials=FIXED)
