"""A damaged export is refused before anything is written."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from operations import archive
from tests.operations.conftest import Deploy, Run


def data(directory: Path) -> Path:
    (path,) = (directory / "data").iterdir()
    return path


def flipped(directory: Path) -> None:
    raw = bytearray(data(directory).read_bytes())
    raw[len(raw) // 2] ^= 1
    data(directory).write_bytes(raw)


def cut(directory: Path) -> None:
    data(directory).write_bytes(data(directory).read_bytes()[:-20])


def missing(directory: Path) -> None:
    data(directory).unlink()


def without_manifest(directory: Path) -> None:
    (directory / "manifest-summary.json").unlink()


def half_a_manifest(directory: Path) -> None:
    path = directory / "manifest-files.json"
    path.write_text(path.read_text("utf-8")[:-20], "utf-8")


def without_a_line(directory: Path) -> None:
    (directory / "manifest-files.json").write_text("", "utf-8")


def of_changes(directory: Path) -> None:
    path = directory / "manifest-summary.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "exportType": "INCREMENTAL_EXPORT"}), "utf-8")


def rewritten(directory: Path, lines: bytes, items: int) -> None:
    """Put other lines into the data file, with manifests that fit."""
    path = data(directory)
    path.write_bytes(gzip.compress(lines))
    part = {"itemCount": items, "md5Checksum": archive.md5(path), "dataFileS3Key": f"data/{path.name}"}
    (directory / "manifest-files.json").write_text(json.dumps(part) + "\n", "utf-8")
    summary = json.loads((directory / "manifest-summary.json").read_text("utf-8"))
    (directory / "manifest-summary.json").write_text(json.dumps({**summary, "itemCount": items}), "utf-8")


def of_something_else(directory: Path) -> None:
    rewritten(directory, b'{"Item": {"id": {"S": "x"}}}\n', 1)


def of_no_json(directory: Path) -> None:
    rewritten(directory, b"id,kind\n", 1)


def of_fewer_items(directory: Path) -> None:
    rewritten(directory, b'{"Item": {"user_id": {"S": "u"}, "kind": {"S": "k"}}}\n', 2)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (flipped, "does not have the MD5 of its manifest"),
        (cut, "does not have the MD5 of its manifest"),
        (missing, "is missing"),
        (without_manifest, "is no export, or one that did not finish"),
        (half_a_manifest, "cannot be read"),
        (without_a_line, "do not agree on the items"),
        (of_changes, "cannot be read here"),
        (of_something_else, "holds something else than items"),
        (of_no_json, "holds something else than items"),
        (of_fewer_items, "holds 1 items, not 2"),
    ],
)
def test_a_damaged_export_is_refused_in_one_line_before_anything_is_written(
    deploy: Deploy, run: Run, exported: Path, damage: Callable[[Path], None], says: str
) -> None:
    damage(exported)
    other = deploy()
    status, said, complaint = run("restore", exported, other.table)

    assert (status, said, complaint.count("\n")) == (1, "", 1)
    assert complaint.startswith("tipbandit: ")
    assert says in complaint
    assert other.items() == []
