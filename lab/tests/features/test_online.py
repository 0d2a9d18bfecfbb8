"""The online store, on an emulator of DynamoDB, and the command that fills it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import boto3
import pyarrow.parquet as pq
import pytest
import typer
from moto.server import ThreadedMotoServer
from tests.features.events import DAY, NOW, Tip, by_user, crowd, fill, recommended
from typer.testing import CliRunner

from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit_lab.errors import RunError
from tipbandit_lab.features import online
from tipbandit_lab.features.command import features
from tipbandit_lab.lake import LakeError

TABLE: Final = "profiles"
CROWD: Final = crowd(60, seed=4)

app = typer.Typer()
app.command()(features)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _store(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings = {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": "eu-central-1"}
    for name, value in {**settings, "ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    table = boto3.resource("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "user_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "user_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield
    table.delete()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_writes_the_file_and_the_store_and_a_reader_gets_what_the_recommender_says(tmp_path: Path) -> None:
    lake, out = fill(tmp_path / "lake", CROWD), tmp_path / "new" / "profiles.parquet"
    told = run("--lake", str(lake), "--as-of", "2026-11-23T13:00:00+01:00", "--out", str(out), "--table", TABLE)
    rows, expected = by_user(pq.read_table(out).to_pylist()), recommended(CROWD, NOW)

    assert told.startswith(f"{len(expected)} profiles as of 2026-11-23T12:00:00+00:00 in ")
    assert rows.keys() == expected.keys()
    for user, profile in expected.items():
        assert online.read(TABLE, user) == online.Stored(profile, NOW, rows[user]["n_shown"])
    assert online.read(TABLE, "nobody") is None


def test_a_later_table_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    """What no longer means anything does not stay behind: thirty days later there are no tips of the last thirty."""
    lake = fill(tmp_path / "lake", [Tip(reaction="completed", dwell_s=4)] * 3)
    for as_of in (NOW, NOW + 31 * DAY):
        run("--lake", str(lake), "--as-of", as_of.isoformat(), "--out", str(tmp_path / "x"), "--table", TABLE)

    assert online.read(TABLE, "u") == online.Stored(
        ProfileFeatures(completion_rate=1, dismiss_rate=0, mean_dwell_s=4, preferred_hour=8, tips_30d=0),
        NOW + 31 * DAY,
        3,
    )


def test_a_profile_of_one_tip_has_no_numbers_that_mean_nothing(tmp_path: Path) -> None:
    lake = fill(tmp_path / "lake", [Tip(reaction="completed", dwell_s=4)])
    run("--lake", str(lake), "--out", str(tmp_path / "x"), "--table", TABLE)
    item = boto3.resource("dynamodb").Table(TABLE).get_item(Key={"user_id": "u"})["Item"]

    assert item.keys() == {"user_id", "as_of", "tips_30d", "n_shown"}


def test_a_moment_without_a_zone_is_utc(tmp_path: Path) -> None:
    lake = fill(tmp_path / "lake", CROWD)

    assert "as of 2026-11-23T12:00:00+00:00" in run(
        "--lake", str(lake), "--out", str(tmp_path / "x"), "--as-of", "2026-11-23 12:00"
    )


def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake, out = str(fill(tmp_path / "lake", CROWD[:9])), str(tmp_path / "x")
    with pytest.raises(LakeError, match="there is no lake at"):
        run("--lake", str(tmp_path / "none"), "--out", out)
    with pytest.raises(ValueError, match=r"--as-of takes a moment such as .*, not 'yesterday'"):
        run("--lake", lake, "--out", out, "--as-of", "yesterday")
    with pytest.raises(RunError, match="there is no DynamoDB table nowhere; it takes one key, user_id"):
        run("--lake", lake, "--out", out, "--table", "nowhere")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(RunError, match="DynamoDB cannot be reached"):
        online.read(TABLE, "u")
