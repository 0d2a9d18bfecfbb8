"""A prompt version is published once and never overwritten, by whomever and however often it is tried."""

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from tests.support import wire
from tests.support.cloud import PROMPT_BUCKET, Cloud, prompts
from tests.support.emulator import emulator
from tests.support.registry import SILENCE, Registry, answer, at, refusal, registry
from tipbandit.adapters.aws import Timeouts, client
from tipbandit.adapters.memory import ManualClock, MemoryTelemetry
from tipbandit.adapters.s3_prompts import S3Prompts
from tipbandit.adapters.s3_publishing import TIMEOUTS, S3PromptPublisher
from tipbandit.errors import InvalidPromptError, OutcomeUnknownError, PromptExistsError, PromptsUnavailableError

V4: Final = prompts()["v1"].replace(b"version: v1", b"version: v4", 1)
PUT: Final = "PUT /tipbandit-prompts/prompts/v4.yaml"
KEY: Final = "prompts/v4.yaml"
IMPATIENT: Final = Timeouts(connect_ms=200, read_ms=200)


@pytest.fixture
def publisher(cloud: Cloud) -> S3PromptPublisher:  # noqa: ARG001  it must be up first
    """A publisher in the emulated account."""
    return S3PromptPublisher.connect(PROMPT_BUCKET)


@pytest.fixture
def s3() -> Iterator[Registry]:
    """An S3 that fails as told."""
    with registry(V4) as serving:
        yield serving


@pytest.fixture
def hasty(s3: Registry) -> S3PromptPublisher:  # noqa: ARG001  it must be up first
    """A publisher at the S3 that fails, which does not wait a second to be told to go on: that S3 never says so."""

    def expect_nothing(params: dict[str, Any], **_: object) -> None:
        del params["headers"]["Expect"]

    made = client("s3", IMPATIENT)
    made.meta.events.register_last("before-call.s3", expect_nothing)
    return S3PromptPublisher(PROMPT_BUCKET, made)


def _published(cloud: Cloud, version: str = "v4") -> bytes:
    raw: bytes = cloud.s3.get_object(Bucket=PROMPT_BUCKET, Key=f"prompts/{version}.yaml")["Body"].read()
    return raw


def test_a_published_version_is_the_document_and_can_be_read(publisher: S3PromptPublisher, cloud: Cloud) -> None:
    published = publisher.publish("v4", V4)
    assert _published(cloud) == V4
    read = S3Prompts.connect(PROMPT_BUCKET, ManualClock(), MemoryTelemetry()).get("v4")
    assert (read.template, read.digest) == (published.template, published.digest)


def test_a_published_object_says_what_it_is_and_has_a_checksum(publisher: S3PromptPublisher, cloud: Cloud) -> None:
    publisher.publish("v4", V4)
    head = cloud.s3.head_object(Bucket=PROMPT_BUCKET, Key=KEY, ChecksumMode="ENABLED")
    assert head["ContentType"] == "application/yaml"
    assert base64.b64decode(head["ChecksumSHA256"]) == hashlib.sha256(V4).digest()


@pytest.mark.parametrize(
    "again", [pytest.param(V4 + b"# changed\n", id="another document"), pytest.param(V4, id="the same document")]
)
def test_a_version_is_not_published_again(publisher: S3PromptPublisher, cloud: Cloud, again: bytes) -> None:
    publisher.publish("v4", V4)
    with pytest.raises(PromptExistsError, match="v4"):
        publisher.publish("v4", again)
    assert _published(cloud) == V4


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(prompts()["v1"], id="another version"),
        pytest.param(V4.replace(b"{{ now }}", b"{{ nwo }}"), id="an unknown placeholder"),
    ],
)
def test_what_cannot_be_used_is_not_published(publisher: S3PromptPublisher, cloud: Cloud, raw: bytes) -> None:
    with pytest.raises(InvalidPromptError):
        publisher.publish("v4", raw)
    with pytest.raises(cloud.s3.exceptions.NoSuchKey):
        _published(cloud)


def test_of_many_who_publish_a_version_at_once_one_does(tmp_path: Path) -> None:
    with emulator(tmp_path) as url, at(url):
        boto3.client("s3").create_bucket(Bucket=PROMPT_BUCKET)
        publisher = S3PromptPublisher.connect(PROMPT_BUCKET)

        def publish(number: int) -> str | None:
            try:
                return publisher.publish("v4", V4 + f"# {number}\n".encode()).digest
            except PromptExistsError:
                return None

        with ThreadPoolExecutor(8) as pool:
            (winner,) = filter(None, pool.map(publish, range(16)))
        assert S3Prompts.connect(PROMPT_BUCKET, ManualClock(), MemoryTelemetry()).get("v4").digest == winner


def test_publishing_is_one_conditional_call_even_if_it_fails(s3: Registry) -> None:
    s3.answer = refusal(503, "SlowDown")
    with pytest.raises(OutcomeUnknownError):
        S3PromptPublisher.connect(PROMPT_BUCKET).publish("v4", V4)
    assert s3.seen == [PUT]
    assert "if-none-match: *" in s3.heads[0].lower()


@pytest.mark.parametrize(
    ("status", "code"), [(412, "PreconditionFailed"), (409, "ConditionalRequestConflict")], ids=["before", "meanwhile"]
)
def test_a_version_that_somebody_else_published_exists(
    s3: Registry, hasty: S3PromptPublisher, status: int, code: str
) -> None:
    s3.answer = refusal(status, code)
    with pytest.raises(PromptExistsError):
        hasty.publish("v4", V4)
    assert s3.seen == [PUT]


@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (404, "NoSuchBucket"), (400, "ExpiredToken")])
def test_a_call_that_s3_refuses_published_nothing(
    s3: Registry, hasty: S3PromptPublisher, status: int, code: str
) -> None:
    s3.answer = refusal(status, code)
    with pytest.raises(PromptsUnavailableError, match=code):
        hasty.publish("v4", V4)
    assert s3.seen == [PUT]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(SILENCE, id="silence"),
        pytest.param(None, id="a hang-up"),
        pytest.param(refusal(500, "InternalError"), id="an internal error"),
        pytest.param(answer(502, b"<html>Bad gateway</html>"), id="a page of a gateway"),
        pytest.param(answer(200, b"", length=9), id="an answer that breaks off"),
    ],
)
def test_a_call_that_may_have_been_carried_out_is_not_sent_again(
    s3: Registry, hasty: S3PromptPublisher, fault: bytes | None
) -> None:
    """The second would find what the first has published, and call it somebody else's."""
    s3.answer = fault
    with pytest.raises(OutcomeUnknownError):
        hasty.publish("v4", V4)
    assert s3.seen == [PUT]


def test_a_registry_that_cannot_be_reached_has_published_nothing() -> None:
    with wire.closed() as url, at(url), pytest.raises(PromptsUnavailableError):
        S3PromptPublisher(PROMPT_BUCKET, client("s3", TIMEOUTS)).publish("v4", V4)
