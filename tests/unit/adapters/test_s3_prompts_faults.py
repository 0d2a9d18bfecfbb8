"""What becomes of the faults of S3 and of the wire: what was read is served, and what was not is not made up."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Final

import pytest
from urllib3.exceptions import SSLError

from tests.support import wire
from tests.support.cloud import PROMPT_BUCKET, prompts
from tests.support.registry import SILENCE, Environment, Registry, answer, at, content, listing, refusal, registry
from tipbandit.adapters.aws import Timeouts, client
from tipbandit.adapters.memory import ManualClock, MemoryTelemetry
from tipbandit.adapters.s3_prompts import FRESH_S, RETRY_S, S3Prompts
from tipbandit.errors import InvalidPromptError, PromptsUnavailableError, UnknownPromptError

V1: Final = prompts()["v1"]
GET: Final = "GET /tipbandit-prompts/prompts/v1.yaml"
IMPATIENT: Final = Timeouts(connect_ms=200, read_ms=200)
SHA256_OF_NOTHING: Final = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

FAULTS: Final[dict[str, bytes | None]] = {
    "silence": SILENCE,
    "a hang-up": None,
    "a broken status line": b"HTTP/1.1 2",
    "headers only": content(b"", length=len(V1)),
    "half an object": content(V1[: len(V1) // 2], length=len(V1)),
    "an object but for its last byte": content(V1[:-1], length=len(V1)),
    "an object of no declared length": content(V1).replace(b"Content-Length", b"X-Length"),
    "another object than its checksum says": content(V1, sha256=SHA256_OF_NOTHING),
    "an internal error": refusal(500, "InternalError"),
    "a request to slow down": refusal(503, "SlowDown"),
    "a missing permission": refusal(403, "AccessDenied"),
    "expired credentials": refusal(400, "ExpiredToken"),
    "no such bucket": refusal(404, "NoSuchBucket"),
    "a page of a gateway": answer(502, b"<html>Bad gateway</html>"),
    "a page that is not found": answer(404, b"<html>Not found</html>"),
    "a text that it is not found": answer(404, b"Not found"),
}
each_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


@pytest.fixture
def s3() -> Iterator[Registry]:
    """An S3 that holds v1."""
    with registry(V1) as serving:
        yield serving


@pytest.fixture
def here(s3: Registry) -> Environment:  # noqa: ARG001  it must be up first
    """An environment that has read nothing yet, and sends every call once."""
    return Environment(client("s3", IMPATIENT))


@each_fault
def test_a_version_that_was_never_read_is_unavailable_and_asked_for_each_time(
    s3: Registry, here: Environment, fault: bytes | None
) -> None:
    s3.answer = fault
    for _ in range(2):
        with pytest.raises(PromptsUnavailableError, match=r"^S3: "):
            here.get("v1")
    assert s3.seen == [GET, GET]
    s3.answer = s3.RIGHT
    assert here.get("v1").template.version == "v1"


@each_fault
def test_a_version_that_was_read_is_served_while_s3_fails(s3: Registry, here: Environment, fault: bytes | None) -> None:
    first = here.get("v1")
    s3.answer = fault
    here.clock.sleep(FRESH_S)
    assert [here.get("v1") for _ in range(5)] == [first] * 5
    assert s3.seen == [GET, GET]
    assert here.telemetry.warnings == ["prompts_unavailable"]
    here.clock.sleep(RETRY_S)
    assert [here.get("v1") for _ in range(5)] == [first] * 5
    assert here.telemetry.warnings == ["prompts_unavailable"] * 2


def test_a_version_is_fresh_again_once_s3_is_back(s3: Registry, here: Environment) -> None:
    here.get("v1")
    here.clock.sleep(FRESH_S)
    s3.answer = refusal(503, "SlowDown")
    here.get("v1")
    s3.answer = s3.RIGHT
    for _ in range(3):
        here.clock.sleep(RETRY_S)
        here.get("v1")
    assert here.calls == ["GetObject 200", "GetObject 503", "GetObject 304"]


def test_while_s3_fails_the_versions_that_are_kept_do_not_each_try_it(s3: Registry, here: Environment) -> None:
    here.get("v1")
    s3.document = prompts()["v2"]
    here.get("v2")
    s3.answer = refusal(503, "SlowDown")
    here.clock.sleep(FRESH_S)
    here.get("v1")
    here.get("v2")
    assert len(s3.seen) == 3


def test_what_was_found_unusable_stays_so_while_s3_fails(s3: Registry, here: Environment) -> None:
    s3.document = b"oops"
    with pytest.raises(InvalidPromptError):
        here.get("v1")
    s3.answer = refusal(503, "SlowDown")
    here.clock.sleep(FRESH_S)
    with pytest.raises(InvalidPromptError):
        here.get("v1")
    assert here.telemetry.warnings == ["prompts_unavailable"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(SILENCE, id="silence"),
        pytest.param(None, id="a hang-up"),
        pytest.param(refusal(403, "AccessDenied"), id="a missing permission"),
        pytest.param(refusal(503, "SlowDown"), id="a request to slow down"),
        pytest.param(answer(200, listing("prompts/v1.yaml").partition(b"\r\n\r\n")[2][:-9]), id="half a list"),
        pytest.param(answer(200, b"<ListBucketResult>", length=99), id="a list that breaks off"),
        pytest.param(answer(200, b"oops"), id="no list at all"),
    ],
)
def test_a_name_is_not_called_unknown_while_the_list_cannot_be_read(
    s3: Registry, here: Environment, fault: bytes | None
) -> None:
    here.get("v1")
    s3.answers = {"GET /tipbandit-prompts/": refusal(404, "NoSuchKey"), "GET /tipbandit-prompts?": fault}
    for version in ("v1", "made-up"):
        here.clock.sleep(FRESH_S)
        with pytest.raises(PromptsUnavailableError):
            here.get(version)
    s3.answers["GET /tipbandit-prompts?"] = listing("prompts/v2.yaml")
    with pytest.raises(UnknownPromptError, match="there are v2"):
        here.get("v1")


def test_an_answer_of_nothing_new_to_whoever_has_nothing_is_no_answer(s3: Registry, here: Environment) -> None:
    s3.answer = answer(304, b"")
    with pytest.raises(PromptsUnavailableError):
        here.get("v1")


def test_an_object_that_is_too_large_is_not_read_to_its_end(s3: Registry, here: Environment) -> None:
    """It claims a gigabyte, of which 100 kB come: to read on would fail."""
    s3.answer = content(b"#" * 100_000, length=10**9)
    with pytest.raises(InvalidPromptError, match="larger than"):
        here.get("v1")


def test_a_connection_that_fails_under_the_body_is_an_answer_cut_off(here: Environment) -> None:
    """Of those failures the SDK lets TLS's through as they are."""

    class Torn:
        def read(self, _: int) -> bytes:
            raise SSLError("bad record mac")

        def close(self) -> None:
            """Nothing to do."""

    def tear(parsed: dict[str, object], **_: object) -> None:
        parsed["Body"] = Torn()

    here.s3.meta.events.register("after-call.s3.GetObject", tear)
    with pytest.raises(PromptsUnavailableError, match="S3: SSLError"):
        here.get("v1")


@pytest.mark.parametrize("nowhere", [wire.closed, wire.unreachable])
def test_an_s3_that_cannot_be_reached_is_unavailable(nowhere: Callable[[], AbstractContextManager[str]]) -> None:
    with nowhere() as url, at(url):
        here = Environment(client("s3", IMPATIENT))
        with pytest.raises(PromptsUnavailableError):
            here.get("v1")


def test_reading_is_tried_twice(s3: Registry) -> None:
    """It changes nothing; a third time would be too late."""
    s3.answer = refusal(503, "SlowDown")
    with pytest.raises(PromptsUnavailableError, match="S3: SlowDown"):
        S3Prompts.connect(PROMPT_BUCKET, ManualClock(), MemoryTelemetry()).get("v1")
    assert s3.seen == [GET, GET]
