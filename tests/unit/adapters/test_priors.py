"""Priors on S3: the lean reader against the SDK's client, what is kept, and what cannot be had."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

import boto3
import numpy as np
import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as TheirCredentials
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from tests.support import cloud, wire
from tipbandit.adapters import lean, lean_s3
from tipbandit.adapters.memory import ManualClock
from tipbandit.adapters.s3_priors import RETRY_S, S3Priors, key_of
from tipbandit.adapters.signing import Credentials, Signer
from tipbandit.adapters.timeouts import Timeouts
from tipbandit.errors import PriorsUnavailableError, PriorUnusableError
from tipbandit.policies.policy import Policy
from tipbandit.policies.prior import Prior, dumps
from tipbandit.policies.registry import POLICIES

_POLICY: Final = POLICIES["linucb/v1"]
_TIMEOUTS: Final = Timeouts(connect_ms=500, read_ms=500)
_BUCKET: Final = "tipbandit-priors"
_LAMBDA: Final = {
    "AWS_LAMBDA_FUNCTION_NAME": "score",
    "AWS_ACCESS_KEY_ID": "access",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
    "AWS_REGION": "eu-central-1",
}


def _document(version: str = "a", policy: Policy = _POLICY) -> bytes:
    dim = policy.feature_set.dim
    return dumps(Prior(version, np.linspace(-0.5, 0.5, dim), 2.0 * np.eye(dim)), policy)


def _bucket(url: str, *, attempts: int = 1) -> lean_s3.LeanBucket:
    return lean_s3.LeanBucket(_BUCKET, _TIMEOUTS, {**_LAMBDA, "AWS_ENDPOINT_URL_S3": url}, attempts=attempts)


@pytest.fixture(scope="module")
def s3() -> Iterator[tuple[str, Any]]:
    """An emulated S3 behind a socket, with the bucket, and the SDK's client of it."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as environment:
        for name, value in cloud.ENVIRONMENT.items():
            environment.setenv(name, value)
        client = boto3.client("s3", endpoint_url=url)
        client.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": cloud.REGION})
        yield url, client
    server.stop()


@pytest.mark.parametrize("key", ["priors/a.json", "with blanks/ü~(1)+=&.json"])
def test_an_object_is_read_whole(s3: tuple[str, Any], key: str) -> None:
    url, client = s3
    body = os.urandom(20_000)
    client.put_object(Bucket=_BUCKET, Key=key, Body=body)
    assert _bucket(url).read(key) == body


def test_an_object_that_is_not_there_is_refused_as_to_the_sdk(s3: tuple[str, Any]) -> None:
    url, client = s3
    with pytest.raises(ClientError) as ours:
        _bucket(url).read("priors/none.json")
    with pytest.raises(ClientError) as theirs:
        client.get_object(Bucket=_BUCKET, Key="priors/none.json")
    assert ours.value.response["Error"]["Code"] == theirs.value.response["Error"]["Code"] == "NoSuchKey"


@given(
    key=st.text(st.characters(codec="utf-8", exclude_characters="\r\n?#"), min_size=1, max_size=30),
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  given after
)
def test_the_signature_of_a_read_is_the_sdks(key: str, moment: datetime) -> None:
    signer = Signer(Credentials("access", "secret", "token"), "s3", "eu-central-1")
    path = "/priors/" + quote(key, safe="/-_.~")
    headers = {"host": "bucket.s3.eu-central-1.amazonaws.com", "x-amz-content-sha256": lean_s3._NOTHING}  # noqa: SLF001  as it sends it
    mine = signer.signed(headers, b"", moment.strftime("%Y%m%dT%H%M%SZ"), method="GET", path=path)
    request = AWSRequest("GET", f"https://{headers['host']}{path}", headers={"host": headers["host"]})
    their = auth.S3SigV4Auth(TheirCredentials("access", "secret", "token"), "s3", "eu-central-1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "get_current_datetime", lambda: moment)
        their.add_auth(request)
    assert mine["authorization"] == request.headers["Authorization"]


def test_the_public_address_has_the_bucket_in_its_name_unless_that_has_dots() -> None:
    plain = lean_s3.LeanBucket("tips", _TIMEOUTS, _LAMBDA, attempts=1)
    dotted = lean_s3.LeanBucket("my.tips", _TIMEOUTS, _LAMBDA, attempts=1)
    assert (plain._authority, plain._prefix) == ("tips.s3.eu-central-1.amazonaws.com", "/")  # noqa: SLF001  no network
    assert (dotted._authority, dotted._prefix) == ("s3.eu-central-1.amazonaws.com", "/my.tips/")  # noqa: SLF001  likewise


def test_what_another_answers_is_not_taken_for_an_object() -> None:
    with (
        wire.serving(lambda _: wire.http(200, b"<html>hello</html>")) as server,
        pytest.raises(BotoCoreError, match="not the service's"),
    ):
        _bucket(server.url).read("priors/a.json")


def test_a_fault_that_passes_is_asked_again() -> None:
    answers = iter([wire.http(503, b"<Error><Code>SlowDown</Code></Error>"), wire.http(500, b"")])
    with wire.serving(lambda _: next(answers)) as server, pytest.raises(ClientError, match="500"):
        _bucket(server.url, attempts=2).read("priors/a.json")
    assert len(server.requests) == 2


class _Store:
    """Objects in a dictionary, and how often each was asked for."""

    def __init__(self, objects: dict[str, bytes | Exception]) -> None:
        self.objects = objects
        self.asked: list[str] = []

    def read(self, key: str) -> bytes:
        self.asked.append(key)
        found = self.objects.get(key) or ClientError({"Error": {"Code": "NoSuchKey", "Message": ""}}, "GetObject")
        if isinstance(found, Exception):
            raise found
        return found


def _priors(objects: dict[str, bytes | Exception]) -> tuple[S3Priors, _Store, ManualClock]:
    store, clock = _Store(objects), ManualClock()
    return S3Priors(store.read, {"linucb/v1": "a"}, clock), store, clock


def test_a_version_is_read_once() -> None:
    priors, store, clock = _priors({key_of("a"): _document()})
    first = priors.get(_POLICY, "a")
    clock.sleep(86_400)
    assert priors.get(_POLICY, "a") is first
    assert store.asked == ["priors/a.json"]


def test_only_a_policy_that_is_named_has_a_current_version() -> None:
    priors, _, _ = _priors({})
    assert {key: priors.current(POLICIES[key]) for key in POLICIES} == dict.fromkeys(POLICIES) | {"linucb/v1": "a"}


_MISSING: Final = (PriorUnusableError, "there is none of that name")
_ANOTHERS: Final = (PriorUnusableError, "policy is not linucb/v1")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, _MISSING),
        (b"{}", (PriorUnusableError, "no document")),
        (_document(policy=POLICIES["egreedy/v1"]), _ANOTHERS),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "GetObject"),
            (PriorsUnavailableError, "S3: "),
        ),
        (BotoCoreError(), (PriorsUnavailableError, "S3: BotoCoreError")),
    ],
)
def test_what_cannot_be_had_is_asked_for_seldom_until_it_is_there(
    found: bytes | Exception | None, expected: tuple[type[Exception], str]
) -> None:
    kind, says = expected
    priors, store, clock = _priors({} if found is None else {key_of("a"): found})
    for _ in range(3):
        with pytest.raises(kind, match=says):
            priors.get(_POLICY, "a")
    assert len(store.asked) == 1
    store.objects[key_of("a")] = _document()
    clock.sleep(RETRY_S)
    assert priors.get(_POLICY, "a").version == "a"
    assert len(store.asked) == 2


def test_without_a_lambda_environment_the_sdk_reads(s3: tuple[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    url, client = s3
    client.put_object(Bucket=_BUCKET, Key=key_of("a"), Body=_document())
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
    assert S3Priors.connect(_BUCKET, {}, ManualClock()).get(_POLICY, "a").version == "a"


def test_in_lambda_the_lean_reader_does(s3: tuple[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    url, client = s3
    client.put_object(Bucket=_BUCKET, Key=key_of("a"), Body=_document())
    for name, value in {**_LAMBDA, "AWS_ENDPOINT_URL_S3": url}.items():
        monkeypatch.setenv(name, value)
    for name in lean._SAYS_MORE:  # noqa: SLF001  whatever the machine has set
        monkeypatch.delenv(name, raising=False)
    priors = S3Priors.connect(_BUCKET, {}, ManualClock())
    assert isinstance(getattr(priors._read, "__self__", None), lean_s3.LeanBucket)  # noqa: SLF001  which of the two
    assert priors.get(_POLICY, "a").version == "a"
