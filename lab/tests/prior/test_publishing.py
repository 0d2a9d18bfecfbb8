"""A prior is published once, where the service finds it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import numpy as np
import pytest
from botocore.exceptions import ClientError
from rich.console import Console
from tests.bucket import REGION, emulated
from tests.prior.lakes import lay_lake
from tests.prior.test_starting import prior_for
from typer.testing import CliRunner

from tipbandit.adapters.memory import ManualClock
from tipbandit.adapters.s3_priors import S3Priors
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Prior
from tipbandit_lab.prior import documents
from tipbandit_lab.prior.command import app
from tipbandit_lab.prior.documents import Document
from tipbandit_lab.prior.errors import PriorError
from tipbandit_lab.prior.publishing import publish, setting
from tipbandit_lab.prior.showing import deviations, rewards_worth, show

LINUCB = POLICIES["linucb/v1"]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty bucket of an emulator that only the environment names."""
    monkeypatch.delenv("PRIORS", raising=False)
    with emulated(monkeypatch):
        name = f"priors-{uuid4()}"  # the emulator outlives the server
        boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield name


def document(tmp_path: Path, prior: Prior | None = None, about: dict[str, Any] | None = None) -> Document:
    return documents.read(documents.write(tmp_path / str(uuid4()), LINUCB, prior or prior_for(LINUCB), about or {}))


def test_the_service_reads_what_was_published(bucket: str, tmp_path: Path) -> None:
    ours = document(tmp_path)
    assert publish(ours, bucket)
    there = S3Priors.connect(bucket, {LINUCB.key: ours.prior.version}, ManualClock()).get(LINUCB, ours.prior.version)
    np.testing.assert_array_equal(there.mean, ours.prior.mean)
    np.testing.assert_array_equal(there.precision, ours.prior.precision)


def test_nothing_is_ever_written_over(bucket: str, tmp_path: Path) -> None:
    ours = document(tmp_path, about={"users": 1})
    assert publish(ours, bucket)
    before = stored(bucket, ours)
    assert not publish(document(tmp_path, about={"users": 2}), bucket)
    with pytest.raises(PriorError, match="is another prior; what is published under a version never changes"):
        publish(document(tmp_path, prior_for(LINUCB, seed=1)), bucket)
    assert stored(bucket, ours) == before == ours.content


def stored(bucket: str, of: Document) -> bytes:
    return bytes(boto3.client("s3").get_object(Bucket=bucket, Key=f"priors/{of.prior.version}.json")["Body"].read())


def test_a_bucket_that_cannot_be_written_is_told(bucket: str, tmp_path: Path) -> None:
    with pytest.raises(PriorError, match=f"s3://no-{bucket}/priors/some.json cannot be written: .*NoSuchBucket"):
        publish(document(tmp_path), f"no-{bucket}")


def test_two_that_write_at_once_are_told_apart_by_the_store(tmp_path: Path) -> None:
    class _Busy:
        def put_object(self, **given: object) -> None:
            assert given["IfNoneMatch"] == "*"
            raise ClientError({"Error": {"Code": "ConditionalRequestConflict"}}, "PutObject")

    with pytest.raises(PriorError, match="somebody else is writing it, try again"):
        publish(document(tmp_path), "some", _Busy())


def test_the_setting_keeps_what_other_policies_have(tmp_path: Path) -> None:
    ours = document(tmp_path)
    assert setting(ours, {}) == "PRIORS=linucb/v1=some"
    assert setting(ours, {"PRIORS": "egreedy/v2=a, linucb/v1=old"}) == "PRIORS=egreedy/v2=a linucb/v1=some"


def test_a_document_is_written_once_and_read_as_it_was(tmp_path: Path) -> None:
    prior = prior_for(LINUCB)
    place = documents.write(tmp_path / "new" / "directory", LINUCB, prior, {"users": 7})
    assert place == tmp_path / "new" / "directory" / "some.json"
    found = documents.read(place)
    assert (found.policy, found.prior.version, found.about) == (LINUCB, "some", {"users": 7})
    np.testing.assert_array_equal(found.prior.precision, prior.precision)
    assert documents.write(place, LINUCB, prior, {"users": 8}) == place
    assert documents.read(place).about == {"users": 7}
    with pytest.raises(PriorError, match="is there already, and another prior"):
        documents.write(place, LINUCB, prior_for(LINUCB, seed=1), {})


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"policy": "nobody/v1"}, "is a prior of nobody/v1; there are linucb/v1"),
        ({"fingerprint": "00", "schema_version": 2}, "schema_version is not 1; fingerprint is not"),
        ({"precision": [[0.0] * 7] * 7}, "not positive definite"),
        ({"mean": "many"}, "it is no document of a prior"),
        ({"mean": [0.0]}, "not of 7 features"),
    ],
)
def test_a_document_that_could_not_serve_is_refused(changed: dict[str, Any], says: str, tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    path.write_text(json.dumps({**json.loads(document(tmp_path).content), **changed}))
    with pytest.raises(PriorError, match=says):
        documents.read(path)


def test_what_is_no_document_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some.json").write_text("[]")
    with pytest.raises(PriorError, match=r"some\.json is no document of a prior"):
        documents.read(tmp_path / "some.json")
    with pytest.raises(PriorError, match="there is no prior at"):
        documents.read(tmp_path / "other.json")


def test_how_much_a_prior_says_is_told_in_rewards(tmp_path: Path) -> None:
    """P = 2 I, s^2 = 0.5: each weight has variance 0.25; at a mean square of 0.1 20 rewards say as much."""
    about = {"sigma2": 0.5, "mean_square": dict.fromkeys(LINUCB.feature_set.names, 0.1)}
    plain = Prior("plain", np.zeros(7), 2.0 * np.eye(7))
    ours = document(tmp_path, plain, about)
    np.testing.assert_allclose(deviations(ours), 0.5)  # type: ignore[arg-type]
    np.testing.assert_allclose(rewards_worth(ours), 20.0)  # type: ignore[arg-type]
    console = Console(width=120, record=True)
    for each in (ours, document(tmp_path, plain)):
        show(each, console)
    said = console.export_text()
    assert "0.5000" in said
    assert "sigma2: 0.5" in said


def test_a_prior_goes_from_the_lake_to_the_bucket_by_three_commands(bucket: str, tmp_path: Path) -> None:
    lake, kept = lay_lake(tmp_path / "lake"), tmp_path / "priors"
    run = CliRunner()
    learned = run.invoke(app, ["learn", "--lake", str(lake), "--days", "2026-01-05..2026-01-06", "--out", str(kept)])
    assert learned.exit_code == 0, learned.output
    (path,) = kept.glob("*.json")
    shown = run.invoke(app, ["show", str(path)])
    assert f"{path.stem}, of linucb/v1" in shown.stdout
    assert shown.stdout == learned.stdout
    for said in ("is in", "was in"):
        published = run.invoke(app, ["publish", str(path), "--bucket", bucket])
        assert published.stdout == f"PRIORS=linucb/v1={path.stem}\n"
        assert f"{path.stem} {said} s3://{bucket}/priors" in published.stderr
    assert stored(bucket, documents.read(path)) == path.read_bytes()


def test_a_policy_that_is_not_there_is_told(tmp_path: Path) -> None:
    failed = CliRunner().invoke(app, ["learn", "--lake", str(tmp_path), "--policy", "nobody/v1"])
    assert "no such policy: nobody/v1" in str(failed.exception)
