"""Which prompt versions there are: told to whoever asks for one there is not, and read seldom."""

from typing import Final

import pytest

from tests.support.cloud import PROMPT_BUCKET, Cloud, prompts
from tests.support.registry import Environment
from tipbandit.adapters import s3_versions
from tipbandit.adapters.aws import client
from tipbandit.adapters.s3_prompts import FRESH_S, TIMEOUTS
from tipbandit.errors import InvalidPromptError, UnknownPromptError

V4: Final = prompts()["v1"].replace(b"version: v1", b"version: v4", 1)


@pytest.fixture
def here(cloud: Cloud) -> Environment:  # noqa: ARG001  it must be up first
    """An environment that has read nothing yet."""
    return Environment(client("s3", TIMEOUTS))


def _refusal(here: Environment, version: str) -> str:
    with pytest.raises(UnknownPromptError) as raised:
        here.get(version)
    return str(raised.value)


def test_an_unknown_version_is_refused_with_those_there_are_in_their_order(here: Environment, cloud: Cloud) -> None:
    for version in prompts():
        cloud.delete_prompt(version)
    for version in ("v10", "v9", "v1.2", "10", "warm-2", "warm-10", "v1"):
        cloud.put_prompt(version, b"")
    assert _refusal(here, "v7") == ("no such prompt version; there are 10, v1, v1.2, v9, v10, warm-2, warm-10")


def test_other_objects_are_no_versions(here: Environment, cloud: Cloud) -> None:
    for key in ("prompts/", "prompts/.yaml", "prompts/v7.yml", "prompts/old/v8.yaml", "prompts.yaml", "v9.yaml"):
        cloud.s3.put_object(Bucket=PROMPT_BUCKET, Key=key, Body=b"")
    assert _refusal(here, "v4") == f"no such prompt version; there are {', '.join(prompts())}"


def test_an_empty_registry_says_so(here: Environment, cloud: Cloud) -> None:
    for version in prompts():
        cloud.delete_prompt(version)
    assert _refusal(here, "v1") == "no such prompt version; there are none"


def test_of_many_versions_the_first_are_named_and_all_are_known(here: Environment, cloud: Cloud) -> None:
    """S3 lists a thousand objects at a time."""
    for number in range(1, 1_006):
        cloud.put_prompt(f"v{number}", b"")
    told = _refusal(here, "v0")
    assert told.startswith("no such prompt version; there are v1, v2, v3, ")
    assert told.endswith(", v49, v50 and 955 more")
    with pytest.raises(InvalidPromptError):
        here.get("v1005")


def test_a_flood_of_made_up_names_does_not_become_a_flood_of_calls(here: Environment) -> None:
    for number in range(50):
        _refusal(here, f"made-up-{number}")
    assert here.calls == ["GetObject 404", "ListObjectsV2 200"]
    assert here.get("v1").template.version == "v1"
    here.clock.sleep(s3_versions.FRESH_S)
    _refusal(here, "made-up")
    assert here.calls[2:] == ["GetObject 200", "GetObject 404", "ListObjectsV2 200"]


def test_a_version_published_after_the_list_was_read_is_known_soon(here: Environment, cloud: Cloud) -> None:
    _refusal(here, "v4")
    cloud.put_prompt("v4", V4)
    _refusal(here, "v4")
    here.clock.sleep(s3_versions.FRESH_S)
    assert here.get("v4").template.version == "v4"


def test_a_version_that_is_kept_is_asked_for_whatever_the_list_says(here: Environment, cloud: Cloud) -> None:
    first = here.get("v1")
    here.clock.sleep(FRESH_S)
    cloud.delete_prompt("v1")
    _refusal(here, "made-up")
    cloud.put_prompt("v1", prompts()["v1"])
    assert here.get("v1") is first
    assert here.calls[-1] == "GetObject 304"
