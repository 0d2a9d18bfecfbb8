"""What survives a restart: everything, or a clear refusal."""

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

from local.child import REGION
from local.service import Service
from local.state import StateError, Storage
from tests.local.conftest import client

ITEM: Final = {
    "id": {"S": "é"},
    "blob": {"B": b"\x00\xff"},
    "blobs": {"BS": [b"\x01"]},
    "nested": {"M": {"list": {"L": [{"B": b"\x02"}, {"NULL": True}, {"N": "1.50"}]}}},
}
RESOURCES: Final = {
    "AWS::DynamoDB::Table": {"Table": "Table"},
    "AWS::SecretsManager::Secret": {"Secret": "Secret"},
    "AWS::S3::Bucket": {"Bucket": "bucket"},
}


@pytest.fixture
def storage(toy: Service, monkeypatch: pytest.MonkeyPatch) -> Storage:
    for name, value in {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(name, value)
    _clear(toy)
    return Storage(toy.endpoint, RESOURCES)


def _clear(toy: Service) -> None:
    dynamodb = client(toy, "dynamodb")
    for item in dynamodb.scan(TableName="Table")["Items"]:
        dynamodb.delete_item(TableName="Table", Key={"id": item["id"]})


def test_what_is_saved_comes_back_as_it_was(toy: Service, storage: Storage, tmp_path: Path) -> None:
    dynamodb, secrets, s3 = (client(toy, name) for name in ("dynamodb", "secretsmanager", "s3"))
    dynamodb.put_item(TableName="Table", Item=ITEM)
    for number in range(60):  # more than one batch
        dynamodb.put_item(TableName="Table", Item={"id": {"S": str(number)}})
    before = secrets.get_secret_value(SecretId="Secret")["SecretString"]
    key = "a/b c%2Fd"
    s3.put_object(Bucket="bucket", Key=key, Body=b"\xff", ContentType="image/x", Metadata={"k": "v"})
    storage.save(tmp_path / "state.json")

    _clear(toy)
    secrets.put_secret_value(SecretId="Secret", SecretString="another")
    s3.delete_object(Bucket="bucket", Key=key)
    storage.load(tmp_path / "state.json")

    items = dynamodb.scan(TableName="Table")["Items"]
    assert len(items) == 61
    assert ITEM in items
    assert secrets.get_secret_value(SecretId="Secret")["SecretString"] == before
    found = s3.get_object(Bucket="bucket", Key=key)
    assert (found["Body"].read(), found["ContentType"]) == (b"\xff", "image/x")
    assert {name.lower(): value for name, value in found["Metadata"].items()} == {"k": "v"}


def test_a_binary_secret_comes_back(toy: Service, storage: Storage, tmp_path: Path) -> None:
    secrets = client(toy, "secretsmanager")
    text = secrets.get_secret_value(SecretId="Secret")["SecretString"]
    secrets.put_secret_value(SecretId="Secret", SecretBinary=b"\x00\xff")
    storage.save(tmp_path / "state.json")
    secrets.put_secret_value(SecretId="Secret", SecretString=text)
    storage.load(tmp_path / "state.json")
    assert secrets.get_secret_value(SecretId="Secret")["SecretBinary"] == b"\x00\xff"
    secrets.put_secret_value(SecretId="Secret", SecretString=text)


def test_without_a_file_there_is_nothing_to_load(storage: Storage, tmp_path: Path) -> None:
    storage.load(tmp_path / "state.json")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ({"version": 2}, "is of version 2"),
        ({"tables": {"Gone": [{"id": {"S": "x"}}]}}, "holds Gone, which the template no longer defines"),
        ({"secrets": {"Gone": {"SecretString": "x"}}}, "holds Gone"),
        ({"tables": {"Table": [{"id": {"B": "?"}}]}}, "is unreadable"),
        ({"tables": {"Table": [{"other": {"S": "x"}}]}}, "is unreadable"),
        ({"tables": {"Table": ["x"]}}, "is unreadable"),
        ({"buckets": None}, "is unreadable"),
        ({"secrets": {"Secret": {}}}, "is unreadable"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_in_one_line(
    storage: Storage, tmp_path: Path, damage: dict[str, Any], says: str
) -> None:
    state = {"version": 1, "tables": {}, "secrets": {}, "buckets": {}, **damage}
    (tmp_path / "state.json").write_text(json.dumps(state), "utf-8")
    with pytest.raises(StateError) as caught:
        storage.load(tmp_path / "state.json")
    assert says in str(caught.value)
    assert "`make clean` forgets it" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("storage")
def test_what_a_condition_leaves_out_of_a_run_is_kept_for_the_next(toy: Service, tmp_path: Path) -> None:
    saved = {"secrets": {"Elsewhere": {"SecretString": "x"}}, "tables": {"Other": [{"id": {"B": "?"}}]}, "buckets": {}}
    (tmp_path / "state.json").write_text(json.dumps({"version": 1, **saved}), "utf-8")
    storage = Storage(toy.endpoint, RESOURCES, defined=["Table", "Secret", "Bucket", "Elsewhere", "Other"])
    storage.load(tmp_path / "state.json")
    storage.save(tmp_path / "state.json")

    kept = json.loads((tmp_path / "state.json").read_text("utf-8"))
    assert kept["secrets"]["Elsewhere"] == {"SecretString": "x"}
    assert kept["tables"]["Other"] == [{"id": {"B": "?"}}]
    assert set(kept["secrets"]) == {"Secret", "Elsewhere"}


def test_half_a_file_is_refused(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"version": 1, "tab', "utf-8")
    with pytest.raises(StateError, match="is unreadable"):
        storage.load(tmp_path / "state.json")


def test_a_save_that_fails_leaves_the_last_one(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("the last one", "utf-8")
    (tmp_path / "state.tmp").mkdir()
    with pytest.raises(OSError, match="directory"):
        storage.save(tmp_path / "state.json")
    assert (tmp_path / "state.json").read_text("utf-8") == "the last one"
