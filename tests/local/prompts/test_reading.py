"""The versions there are, one of them, and how two differ."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from local.__main__ import main
from tests.local.prompts.conftest import SHIPPED, Run, changed
from tests.support.cloud import PROMPT_BUCKET, Cloud


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_list_shows_what_tells_versions_apart(run: Run, mirror: Path) -> None:
    header, _, *rows = run("list").out.splitlines()

    assert header.split() == ["version", "hash", "bytes", "placeholders", "max", "tokens", "note"]
    assert [row.split()[:5] for row in rows] == [
        [version, digest(mirror / f"{version}.yaml")[:12], str((mirror / f"{version}.yaml").stat().st_size), *facts]
        for version, facts in {"v1": ["9", "900"], "v2": ["8", "1200"], "v3": ["6", "400"]}.items()
    ]
    assert "Plain. Says what is known" in rows[0]
    assert {len(row) for row in rows} == {100}


def test_v10_comes_after_v9(run: Run, mirror: Path) -> None:
    for version in ("v10", "v9", "plain"):
        shutil.copy(mirror / "v1.yaml", mirror / f"{version}.yaml")

    assert [row.split()[0] for row in run("list").out.splitlines()[2:]] == ["plain", "v1", "v2", "v3", "v9", "v10"]


def test_without_a_verb_it_lists_what_ships(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prompts"]) == 0
    assert {path.stem for path in SHIPPED.iterdir()} <= set(capsys.readouterr().out.split())


def test_a_version_that_cannot_be_used_is_listed_with_the_reason(run: Run, mirror: Path) -> None:
    (mirror / "v2.yaml").write_text("- no prompt\n", "utf-8")
    ran = run("list")

    assert ran.status == 0
    assert "cannot be used: the" in ran.out.splitlines()[3]


def test_an_empty_mirror_is_said_to_be_empty(run: Run, mirror: Path) -> None:
    for path in mirror.iterdir():
        path.unlink()

    assert run("list").out == f"no prompt versions in {mirror}\n"


def test_a_bucket_is_listed_beside_the_mirror(run: Run, mirror: Path, cloud: Cloud) -> None:
    cloud.put_prompt("v1", (mirror / "v1.yaml").read_bytes())
    cloud.put_prompt("v2", (mirror / "v2.yaml").read_bytes() + b"# changed\n")
    cloud.put_prompt("v10", (mirror / "v3.yaml").read_bytes().replace(b"version: v3", b"version: v10"))
    cloud.s3.put_object(Bucket=PROMPT_BUCKET, Key="prompts/old/v1.yaml", Body=b"not a version")
    rows = [row.split() for row in run("list", "--bucket", PROMPT_BUCKET).out.splitlines()[2:]]

    assert [(row[0], row[5]) for row in rows] == [("v1", "same"), ("v2", "differs"), ("v3", "only"), ("v10", "only")]
    assert [row[6] for row in rows[2:]] == ["here", "there"]
    assert rows[1][1] == hashlib.sha256((mirror / "v2.yaml").read_bytes() + b"# changed\n").hexdigest()[:12]


def test_a_document_is_shown_byte_by_byte_and_its_hash_beside_it(run: Run, mirror: Path) -> None:
    ran = run("show", "v2")

    assert ran.out.encode() == (mirror / "v2.yaml").read_bytes()
    assert ran.err == f"v2 · sha256 {digest(mirror / 'v2.yaml')} · {mirror / 'v2.yaml'}\n"


def test_a_bucket_s_document_is_shown_from_the_bucket(run: Run, mirror: Path, cloud: Cloud) -> None:
    cloud.put_prompt("v2", (mirror / "v2.yaml").read_bytes() + b"# changed\n")
    ran = run("show", "v2", "--bucket", PROMPT_BUCKET)

    assert ran.out.endswith("# changed\n")
    assert f"s3://{PROMPT_BUCKET}/prompts/v2.yaml" in ran.err


def test_the_schema_of_the_answer_is_json(run: Run) -> None:
    schema = json.loads(run("show", "v3", "--schema").out)

    assert schema["properties"]["tips"]["items"]["properties"]["text"] == {
        "type": "string", "minLength": 1, "maxLength": 80
    }  # fmt: skip


def test_two_versions_are_compared_line_by_line(run: Run, mirror: Path) -> None:
    shutil.copy(mirror / "v3.yaml", mirror / "v4.yaml")
    changed(mirror / "v4.yaml", "temperature: 0.5", "temperature: 0.9")
    lines = run("diff", "v3", "v4").out.splitlines()

    assert lines[:2] == [f"--- {mirror / 'v3.yaml'}", f"+++ {mirror / 'v4.yaml'}"]
    assert [line for line in lines[2:] if line[0] in "+-"] == [
        "-sampling: {temperature: 0.5, max_tokens: 400}",
        "+sampling: {temperature: 0.9, max_tokens: 400}",
    ]


def test_a_lost_line_break_at_the_end_is_a_difference_that_shows(run: Run, mirror: Path) -> None:
    (mirror / "v4.yaml").write_bytes((mirror / "v3.yaml").read_bytes().rstrip(b"\n"))

    assert run("diff", "v3", "v4").out.endswith("+  additionalProperties: false\n\\ No newline at end of file\n")


def test_the_mirror_is_compared_with_the_bucket(run: Run, mirror: Path, cloud: Cloud) -> None:
    cloud.put_prompt("v1", (mirror / "v1.yaml").read_bytes())
    cloud.put_prompt("v3", (mirror / "v3.yaml").read_bytes() + b"# there\n")

    same = run("diff", "v1", "--bucket", PROMPT_BUCKET).out
    other = run("diff", "v3", "--bucket", PROMPT_BUCKET).out

    assert same == f"{mirror / 'v1.yaml'} and s3://{PROMPT_BUCKET}/prompts/v1.yaml are the same\n"
    assert other.endswith("+# there\n")


def test_what_a_document_holds_cannot_drive_the_terminal(run: Run, mirror: Path) -> None:
    (mirror / "v4.yaml").write_bytes((mirror / "v3.yaml").read_bytes() + "# \x1b[2J\u202e\r\n".encode())

    assert run("diff", "v3", "v4").out.endswith("+# \\x1b[2J\\u202e\\r\n")
