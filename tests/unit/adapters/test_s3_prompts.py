"""How prompt versions are read from S3: seldom, kept while they are the same, and never another under the same name."""

from typing import Final

import pytest

from tests.support.cloud import PROMPT_BUCKET, Cloud, prompts
from tests.support.registry import Environment, registry
from tipbandit.adapters import s3_versions
from tipbandit.adapters.aws import client
from tipbandit.adapters.memory import ManualClock, MemoryTelemetry
from tipbandit.adapters.s3_prompts import FRESH_S, TIMEOUTS, S3Prompts
from tipbandit.errors import InvalidPromptError, PromptsUnavailableError, UnknownPromptError
from tipbandit.prompts.prompt import load
from tipbandit.prompts.template import MAX_BYTES

V1: Final = prompts()["v1"]
CHANGED: Final = V1 + b"# changed\n"


def _document(version: str) -> bytes:
    """Return v1 under another name."""
    return V1.replace(b"version: v1", f"version: {version}".encode(), 1)


@pytest.fixture
def here(cloud: Cloud) -> Environment:  # noqa: ARG001  it must be up first
    """An environment that has read nothing yet."""
    return Environment(client("s3", TIMEOUTS))


def _refusal(here: Environment, version: str) -> str:
    with pytest.raises(UnknownPromptError) as raised:
        here.get(version)
    return str(raised.value)


@pytest.mark.parametrize("version", prompts())
def test_a_published_version_is_read_whole(here: Environment, version: str) -> None:
    prompt = here.get(version)
    assert prompt.template.version == version
    assert prompt.digest == load(version, prompts()[version]).digest


def test_a_version_is_read_once_while_it_is_fresh(here: Environment) -> None:
    first = here.get("v1")
    here.clock.sleep(FRESH_S - 1)
    assert here.get("v1") is first
    assert here.calls == ["GetObject 200"]


def test_a_version_that_is_still_the_same_is_not_sent_again(here: Environment) -> None:
    first = here.get("v1")
    for _ in range(2):
        here.clock.sleep(FRESH_S)
        assert here.get("v1") is first
        assert here.get("v1") is first
    assert here.calls == ["GetObject 200", "GetObject 304", "GetObject 304"]


def test_a_retired_version_is_unknown_as_soon_as_it_is_noticed(here: Environment, cloud: Cloud) -> None:
    here.get("v1")
    cloud.delete_prompt("v1")
    assert here.get("v1").template.version == "v1"
    here.clock.sleep(FRESH_S)
    assert "v1" not in _refusal(here, "v1").split("there are")[1]
    _refusal(here, "v1")
    assert here.calls == ["GetObject 200", "GetObject 404", "ListObjectsV2 200"]


def test_a_version_retired_while_it_was_still_listed_is_not_told_of(here: Environment, cloud: Cloud) -> None:
    assert "v1," in _refusal(here, "made-up")
    cloud.delete_prompt("v1")
    assert "v1," not in _refusal(here, "v1")


def test_a_version_published_again_after_it_was_retired_is_read_anew(here: Environment, cloud: Cloud) -> None:
    here.get("v1")
    cloud.delete_prompt("v1")
    here.clock.sleep(FRESH_S)
    _refusal(here, "v1")
    cloud.put_prompt("v1", CHANGED)
    here.clock.sleep(s3_versions.FRESH_S)
    assert here.get("v1").digest == load("v1", CHANGED).digest


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(CHANGED, id="another prompt"),
        pytest.param(b"oops", id="no prompt at all"),
        pytest.param(b"#" * (MAX_BYTES + 1), id="too large a document"),
    ],
)
def test_a_version_that_was_changed_stays_what_it_was(here: Environment, cloud: Cloud, other: bytes) -> None:
    first = here.get("v1")
    cloud.put_prompt("v1", other)
    here.clock.sleep(FRESH_S)
    assert here.get("v1") is first
    assert here.get("v1") is first
    assert here.telemetry.warnings == ["prompt_changed"]
    assert here.calls == ["GetObject 200", "GetObject 200"]
    cloud.put_prompt("v1", V1)
    here.clock.sleep(FRESH_S)
    assert here.get("v1") is first
    assert here.telemetry.warnings == ["prompt_changed"]


def test_the_same_document_under_another_etag_is_no_change(here: Environment, cloud: Cloud) -> None:
    """As after a copy with another encryption or in another number of parts."""
    first = here.get("v1")
    upload = {"Bucket": PROMPT_BUCKET, "Key": "prompts/v1.yaml"}
    upload["UploadId"] = cloud.s3.create_multipart_upload(**upload)["UploadId"]
    part = {"PartNumber": 1, "ETag": cloud.s3.upload_part(**upload, PartNumber=1, Body=V1)["ETag"]}
    cloud.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
    here.clock.sleep(FRESH_S)
    assert here.get("v1").digest == first.digest
    assert here.telemetry.warnings == []


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        pytest.param(b"", "the document", id="nothing"),
        pytest.param(b"version: v4\nsystem: x\n", "note", id="half a prompt"),
        pytest.param(_document("v5"), "says it is version v5", id="another version"),
        pytest.param(V1 + b"#" * (MAX_BYTES + 1), f"larger than {MAX_BYTES} bytes", id="too large"),
        pytest.param(V1 + b"#" * 2_000_000, f"larger than {MAX_BYTES} bytes", id="far too large"),
    ],
)
def test_what_is_published_and_cannot_be_used_is_told_and_remembered(
    here: Environment, cloud: Cloud, raw: bytes, problem: str
) -> None:
    cloud.put_prompt("v4", raw)
    for _ in range(3):
        with pytest.raises(InvalidPromptError, match=problem):
            here.get("v4")
    assert here.calls == ["GetObject 200"]
    cloud.put_prompt("v4", _document("v4"))
    here.clock.sleep(FRESH_S)
    assert here.get("v4").template.version == "v4"


def test_what_could_not_be_used_and_is_retired_is_unknown(here: Environment, cloud: Cloud) -> None:
    cloud.put_prompt("v4", b"")
    with pytest.raises(InvalidPromptError):
        here.get("v4")
    cloud.delete_prompt("v4")
    here.clock.sleep(FRESH_S)
    _refusal(here, "v4")


def test_the_largest_document_is_read(here: Environment, cloud: Cloud) -> None:
    cloud.put_prompt("v4", _document("v4").ljust(MAX_BYTES, b"#"))
    assert here.get("v4").template.version == "v4"


def test_a_bucket_that_does_not_exist_is_no_missing_version(here: Environment) -> None:
    with pytest.raises(PromptsUnavailableError, match="NoSuchBucket"):
        S3Prompts("tipbandit-promtps", here.s3, here.clock, here.telemetry).get("v1")


def test_on_aws_the_bucket_is_in_the_host_name(here: Environment) -> None:
    urls: list[str] = []
    here.s3.meta.events.register("before-send.s3", lambda request, **_: urls.append(request.url))
    here.get("v1")
    assert urls == ["https://tipbandit-prompts.s3.eu-central-1.amazonaws.com/prompts/v1.yaml"]


def test_at_an_endpoint_of_ones_own_the_bucket_is_in_the_path() -> None:
    """The host name of a local emulator has no subdomains."""
    with registry(V1) as s3:
        S3Prompts.connect(PROMPT_BUCKET, ManualClock(), MemoryTelemetry()).get("v1")
        assert s3.seen == ["GET /tipbandit-prompts/prompts/v1.yaml"]
