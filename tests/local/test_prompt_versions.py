"""At the start every prompt version is published, once: what is published stays, whatever became of its file."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from local.options import ROOT, Options, StartError
from local.prompt_versions import PromptVersionError, publish
from local.service import Service, running
from tests.local.conftest import TOY, client
from tests.support.cloud import PROMPT_BUCKET, Cloud, emulated

SHIPPED: Final = ROOT / "shared/prompts"
DIFFERS: Final = " differs from the published v1, which is never overwritten: give it a new name, or `make clean`"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """An emulated AWS account with the shipped versions."""
    with emulated() as made:
        yield made


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with the shipped v1 and nothing else."""
    (tmp_path / "prompts").mkdir()
    shutil.copy(SHIPPED / "v1.yaml", tmp_path / "prompts")
    return tmp_path / "prompts"


def write(directory: Path, version: str, old: str = "", new: str = "") -> Path:
    """Write a version that is the shipped v1 but for its name and one change."""
    text = (SHIPPED / "v1.yaml").read_text("utf-8").replace("version: v1", f"version: {version}")
    assert old in text
    path = directory / f"{version}.yaml"
    path.write_text(text.replace(old, new) if old else text, "utf-8")
    return path


def published(s3: Any, bucket: str, version: str) -> bytes:  # noqa: ANN401  boto3 makes it at run time
    content: bytes = s3.get_object(Bucket=bucket, Key=f"prompts/{version}.yaml")["Body"].read()
    return content


def test_a_new_version_is_published_and_one_that_is_there_already_is_not_worth_a_word(
    cloud: Cloud, directory: Path
) -> None:
    path = write(directory, "v1.b-2")
    (directory / "README.md").touch()

    assert publish(directory, PROMPT_BUCKET, cloud.s3) == []
    assert publish(directory, PROMPT_BUCKET, cloud.s3) == []
    assert published(cloud.s3, PROMPT_BUCKET, "v1.b-2") == path.read_bytes()


def test_a_version_that_differs_from_the_published_one_is_told_and_not_published(
    cloud: Cloud, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = published(cloud.s3, PROMPT_BUCKET, "v1")
    write(directory, "v1", "Open tasks", "Things to do")
    monkeypatch.chdir(directory.parent)

    assert publish(directory, PROMPT_BUCKET, cloud.s3) == [f"prompts/v1.yaml{DIFFERS}"]
    assert published(cloud.s3, PROMPT_BUCKET, "v1") == before


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{{ now }}", "{{ mood }}", "mood is no field of the context"),
        ("version: v9", "version: v8", "it says it is version v8"),
        ("system: |", "system: [", "it is not YAML"),
    ],
)
def test_a_version_that_cannot_be_used_is_one_clear_line(
    cloud: Cloud, directory: Path, old: str, new: str, says: str
) -> None:
    path = write(directory, "v9", old, new)
    with pytest.raises(PromptVersionError) as caught:
        publish(directory, PROMPT_BUCKET, cloud.s3)

    assert str(caught.value).startswith(f"{path}: prompt v9 cannot be used: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@contextmanager
def _service(directory: Path) -> Iterator[tuple[Service, dict[str, str]]]:
    """The service with the prompts of `directory`; the hash of the prompt that each of some versions is."""
    with running(Options(state=directory.parent / "state", prompts=directory)) as service:
        yield service, {version: _hash(service, version) for version in ("v1", "v9")}


def _hash(service: Service, version: str) -> str:
    asked = {"user_id": "ann", "signals": {}, "prompt_version": version}
    answer = httpx.post(f"{service.url}/generate", json=asked, timeout=30, trust_env=False).json()
    return str(answer.get("prompt_hash") or answer["error"]["message"])


@pytest.mark.slow
def test_what_one_run_published_the_next_one_keeps(directory: Path) -> None:
    with _service(directory) as (service, hashes):
        assert service.warnings == ()
        assert hashes["v9"] == "no such prompt version; there are v1"
        before = hashes["v1"]

    changed = write(directory, "v1", "Open tasks", "Things to do")
    write(directory, "v9")
    with _service(directory) as (service, hashes):
        assert service.warnings == (f"{changed}{DIFFERS}",)
        assert hashes["v1"] == before
        assert hashes["v9"] not in {before, "no such prompt version; there are v1"}
        s3 = client(service, "s3")
        versions = s3.list_object_versions(Bucket="promptbucket", Prefix="prompts/v1.yaml")["Versions"]
        assert len(versions) == 1
        assert s3.get_bucket_versioning(Bucket="promptbucket")["Status"] == "Enabled"


@pytest.mark.slow
def test_a_stack_whose_prompts_cannot_be_used_does_not_start(directory: Path, tmp_path: Path) -> None:
    for name in ("code", "layer"):
        (tmp_path / name).symlink_to(TOY / name)
    text = (TOY / "template.yaml").read_text("utf-8").replace("BUCKET: !Ref Bucket", "PROMPT_BUCKET: !Ref Bucket")
    (tmp_path / "template.yaml").write_text(text, "utf-8")
    path = write(directory, "v9", "{{ now }}", "{{ mood }}")
    options = Options(template=tmp_path / "template.yaml", state=tmp_path / "state", prompts=directory)

    with pytest.raises(StartError, match=f"{path}: prompt v9 cannot be used"), running(options):
        pass
