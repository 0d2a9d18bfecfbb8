"""A lake in a bucket reads like one in a directory."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from pyarrow import fs
from tests.bucket import REGION, emulated
from tests.lake.events import DAY, NOON, decision, first_decision, lay, lay_as_it_is, logged, reward

from tipbandit_lab.lake import LakeError, connect
from tipbandit_lab.lake.places import Place
from tipbandit_lab.lake.verifying import verify

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An emulator with one empty bucket, as the environment says."""
    with emulated(monkeypatch):
        name = f"lake-{uuid4()}"  # the emulator outlives the server
        boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield f"s3://{name}/some/lake"


def test_a_lake_in_a_bucket_reads_like_one_in_a_directory(bucket: str, tmp_path: Path) -> None:
    lay(tmp_path, "decisions", *logged(*map(decision, range(50)), decision(7)))
    lay_as_it_is(tmp_path, "decisions", first_decision(99))
    next_day = NOON + timedelta(days=1)
    lay(tmp_path, "decisions", *logged(decision(1, next_day)), day=DAY + timedelta(days=1))
    lay(tmp_path, "rewards", *logged(*map(reward, range(40))))
    there = Place.of(bucket.removesuffix("/some/lake"))
    fs.copy_files(str(tmp_path), bucket.removeprefix("s3://"), destination_filesystem=there.files)
    for days in (None, (DAY, DAY)):
        with connect(bucket, days=days) as remote, connect(tmp_path, days=days) as local:
            for view in ("decisions", "rewards", "shadows"):
                query = f"FROM {view} ORDER BY decision_id"
                assert remote.sql(query).fetchall() == local.sql(query).fetchall()
    assert verify(bucket) == 4


def test_a_bucket_or_a_prefix_that_is_not_there_is_no_lake(bucket: str) -> None:
    for root in (bucket, "s3://nobody-has-this-bucket/lake"):
        with pytest.raises(LakeError, match="there is no lake at s3://"):
            connect(root)


def test_an_endpoint_that_does_not_answer_is_said_to_be_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with pytest.raises(LakeError, match="cannot be reached"):
        connect("s3://some/lake")
