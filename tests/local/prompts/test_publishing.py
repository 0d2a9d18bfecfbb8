"""Versions are published once, never over another, and can be retired and brought back."""

from pathlib import Path

import pytest

from tests.local.prompts.conftest import Run, changed, stored
from tests.support.cloud import PROMPT_BUCKET, Cloud

BUCKET = ("--bucket", PROMPT_BUCKET)


def keys(cloud: Cloud) -> list[str]:
    found = cloud.s3.list_objects_v2(Bucket=PROMPT_BUCKET)
    return [each["Key"] for each in found.get("Contents", ())]


def test_the_mirror_is_published_as_it_is(run: Run, mirror: Path, cloud: Cloud) -> None:
    ran = run("publish", "--all", *BUCKET)

    assert ran.status == 0
    assert [line.partition(",")[0] for line in ran.out.splitlines()] == [
        f"{version}: published as s3://{PROMPT_BUCKET}/prompts/{version}.yaml" for version in ("v1", "v2", "v3")
    ]
    assert all(stored(cloud, version) == (mirror / f"{version}.yaml").read_bytes() for version in ("v1", "v2", "v3"))


@pytest.mark.usefixtures("cloud")
def test_publishing_the_same_again_is_no_failure(run: Run) -> None:
    run("publish", "v1", *BUCKET)
    ran = run("publish", "v1", *BUCKET)

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("v1: already published, ")


def test_a_published_version_is_never_overwritten(run: Run, mirror: Path, cloud: Cloud) -> None:
    run("publish", "v1", *BUCKET)
    before = stored(cloud, "v1")
    changed(mirror / "v1.yaml", "temperature: 0.7", "temperature: 0.8")
    ran = run("publish", "v1", "v2", *BUCKET)

    assert ran.status == 1
    assert ran.out.splitlines()[0].startswith("v1: is published as ")
    assert "`new NAME --from v1`" in ran.out.splitlines()[0]
    assert ran.out.splitlines()[1].startswith("v2: published")
    assert stored(cloud, "v1") == before


def test_nothing_is_published_if_one_of_them_is_wrong(run: Run, mirror: Path, cloud: Cloud) -> None:
    changed(mirror / "v3.yaml", "{{ task.when }}", "{{ task.due_in_hours }}")
    ran = run("publish", "--all", *BUCKET)

    assert ran.status == 1
    assert ran.out.startswith("v1: ok\nv2: ok\nv3: user: ")
    assert ran.err == "tipbandit: nothing was published\n"
    assert keys(cloud) == []


def test_a_retired_version_says_how_it_is_brought_back(run: Run, mirror: Path, cloud: Cloud) -> None:
    run("publish", "--all", *BUCKET)
    ran = run("retire", "v2", *BUCKET, "--yes")

    assert ran.status == 0
    assert keys(cloud) == ["prompts/v1.yaml", "prompts/v3.yaml"]
    command = next(line for line in ran.out.splitlines() if line.startswith("to bring it back: aws s3api"))
    cloud.s3.delete_object(Bucket=PROMPT_BUCKET, Key="prompts/v2.yaml", VersionId=command.split()[-1])
    assert stored(cloud, "v2") == (mirror / "v2.yaml").read_bytes()


@pytest.mark.usefixtures("cloud")
def test_a_retired_version_comes_back_as_it_was_or_not_at_all(run: Run, mirror: Path) -> None:
    run("publish", "v2", *BUCKET)
    run("retire", "v2", *BUCKET, "--yes")
    before = (mirror / "v2.yaml").read_text("utf-8")
    changed(mirror / "v2.yaml", "temperature: 0.9", "temperature: 0.8")
    other = run("publish", "v2", *BUCKET)
    (mirror / "v2.yaml").write_text(before, "utf-8")
    same = run("publish", "v2", *BUCKET)

    assert other.status == 1
    assert " and retired; a published version never changes" in other.out
    assert same.status == 0


def test_the_default_version_is_not_retired(run: Run, cloud: Cloud) -> None:
    run("publish", "--all", *BUCKET)

    assert run("retire", "v1", *BUCKET, "--yes").status == 1
    assert run("retire", "v3", *BUCKET, "--yes", "--default", "v3").status == 1
    assert len(keys(cloud)) == 3


def test_nothing_is_retired_without_being_sure(run: Run, cloud: Cloud) -> None:
    run("publish", "v2", *BUCKET)
    ran = run("retire", "v2", *BUCKET)

    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "add --yes" in ran.err
    assert keys(cloud) == ["prompts/v2.yaml"]


def test_the_only_copy_of_a_version_is_not_deleted(run: Run, mirror: Path, cloud: Cloud) -> None:
    cloud.s3.put_bucket_versioning(Bucket=PROMPT_BUCKET, VersioningConfiguration={"Status": "Suspended"})
    run("publish", "--all", *BUCKET)
    (mirror / "v2.yaml").unlink()

    assert run("retire", "v2", *BUCKET, "--yes").status == 1
    assert run("retire", "v3", *BUCKET, "--yes").status == 0
    assert keys(cloud) == ["prompts/v1.yaml", "prompts/v2.yaml"]


def test_a_missing_version_is_one_line_with_those_there_are(run: Run, cloud: Cloud) -> None:
    cloud.put_prompt("v10", b"-")
    cloud.put_prompt("v9", b"-")
    ran = run("retire", "v8", *BUCKET, "--yes")

    assert ran.status == 2
    assert ran.err == f"tipbandit: there is no v8 in bucket {PROMPT_BUCKET}; there are: v9, v10\n"
