"""A table that is copied out and put back is the table it was: the same bytes, and every reward still counted once."""

import gzip
import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from operations import archive
from operations.archive import Archive
from operations.restoring import restore
from operations.table import Table, open_table
from tests.operations.conftest import STATES, USERS, Deploy, Deployment, Run


def test_every_item_comes_back_bit_for_bit(full: Deployment, deploy: Deploy, run: Run, exported: Path) -> None:
    other = deploy()
    status, said, _ = run("restore", exported, other.table)

    assert status == 0
    assert f"restored {STATES + 2} items into {other.table}; 0 were there" in said
    assert "resets again" in said.replace("\n", " ")
    assert other.items() == full.items() != []


def test_what_was_rewarded_before_the_export_is_still_not_rewarded_again(
    deployment: Deployment, deploy: Deploy, run: Run, tmp_path: Path
) -> None:
    rewarded = deployment.fill(1)
    waiting = deployment.decide("u-0")
    run("export", deployment.table, tmp_path / "export")
    other = deploy()
    run("restore", tmp_path / "export", other.table)

    assert [other.teach(token).body["applied"] for token in rewarded] == [False] * len(rewarded)
    assert other.teach(waiting).body == {"applied": True, "policy": "linucb/v1", "n": 2}


def test_a_tombstone_comes_back_with_its_epoch_so_that_earlier_decisions_teach_nothing(
    deployment: Deployment, deploy: Deploy, run: Run, tmp_path: Path
) -> None:
    before = deployment.decide("u-0")
    deployment.reset.post("/reset", {"user_id": "u-0"})
    run("export", deployment.table, tmp_path / "export")
    other = deploy()
    run("restore", tmp_path / "export", other.table)

    assert other.teach(before).code == "decision_before_reset"


def test_a_table_that_holds_anything_is_refused_and_stays_as_it_is(deploy: Deploy, run: Run, exported: Path) -> None:
    used = deploy()
    used.teach(used.decide("somebody"))
    before = used.items()
    status, _, complaint = run("restore", exported, used.table)

    assert (status, complaint.count("\n")) == (1, 1)
    assert f"{used.table} is not empty" in complaint
    assert used.items() == before


def test_with_resume_too_nothing_is_written_over(deploy: Deploy, run: Run, exported: Path) -> None:
    used = deploy()
    used.teach(used.decide("u-1"))
    mine = used.items()
    status, _, complaint = run("restore", exported, used.table, "--resume")

    assert (status, complaint.count("\n")) == (1, 1)
    assert "has a state#linucb/v1 that is not the export's" in complaint
    assert all(item in used.items() for item in mine)


def test_an_interrupted_restore_goes_on_where_it_stopped(
    full: Deployment, deploy: Deploy, run: Run, exported: Path
) -> None:
    other = deploy()
    left = iter(range(4))

    def interrupted() -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(archive.read(exported), open_table(other.table), resume=False, progress=interrupted)
    assert len(other.items()) == 5

    assert run("restore", exported, other.table)[0] == 1
    status, said, _ = run("restore", exported, other.table, "--resume")
    assert (status, f"restored {STATES - 3} items into {other.table}; 5 were there" in said) == (0, True)
    assert other.items() == full.items()


def test_an_export_that_dynamodb_wrote_is_read(deploy: Deploy, run: Run, exported: Path) -> None:
    """Its data files have other names, its keys the whole path in the bucket, and a partition may be empty."""
    next((exported / "data").iterdir()).rename(exported / "data/7vzyjyvwmu6rniajx2bolmwjbm.json.gz")
    (exported / "data/empty.json.gz").write_bytes(gzip.compress(b""))
    parts = [("7vzyjyvwmu6rniajx2bolmwjbm", STATES + 2), ("empty", 0)]
    lines = [
        {
            "itemCount": count,
            "md5Checksum": archive.md5(exported / f"data/{name}.json.gz"),
            "etag": "af83d6f217c19b8b0fff8023d8ca4716-1",
            "dataFileS3Key": f"AWSDynamoDB/01693685827463-2d8752fd/data/{name}.json.gz",
        }
        for name, count in parts
    ]
    (exported / "manifest-files.json").write_text("\n".join(map(json.dumps, lines)), "utf-8")

    assert run("restore", exported, deploy().table)[0] == 0


def test_an_export_of_many_items_is_several_files(
    monkeypatch: pytest.MonkeyPatch, deployment: Deployment, run: Run, deploy: Deploy, tmp_path: Path
) -> None:
    monkeypatch.setattr(archive, "ITEMS_PER_FILE", STATES // 2)
    deployment.fill(USERS)
    deployment.put("u-0", "later#1")
    run("export", deployment.table, tmp_path / "export")
    other = deploy()

    assert [part.items for part in archive.read(tmp_path / "export").parts] == [
        STATES // 2,
        STATES // 2,
        1 + STATES % 2,
    ]
    assert run("restore", tmp_path / "export", other.table)[0] == 0
    assert other.items() == deployment.items()


def test_an_export_writes_into_no_directory_that_holds_anything(
    deployment: Deployment, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("keep", "utf-8")
    status, _, complaint = run("export", deployment.table, tmp_path)

    assert (status, complaint) == (1, f"tipbandit: {tmp_path} is not an empty directory\n")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_table_that_is_not_there_or_not_ours_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    boto3.client("dynamodb").create_table(
        TableName="elsewhere",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    for name, says in (("nowhere", "ResourceNotFoundException"), ("elsewhere", "is no state table")):
        status, _, complaint = run("export", name, tmp_path / name)
        assert (status, complaint.count("\n"), says in complaint) == (1, 1, True)


def test_an_archive_holds_what_the_table_does(full: Deployment, exported: Path) -> None:
    found: Archive = archive.read(exported)
    items: list[dict[str, Any]] = list(found)

    assert sorted(items, key=str) == sorted(Table(full.table, full.dynamodb).items(), key=str)
