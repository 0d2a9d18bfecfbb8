"""The command line, in processes of its own: a smoke test of Feast, SQLite and DynamoDB as they are installed."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.conftest import MOMENTS
from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit_feast import store
from tipbandit_feast.__main__ import main
from tipbandit_feast.definitions import PROFILE
from tipbandit_feast.settings import Settings


def run(*arguments: str) -> str:
    command = [sys.executable, "-m", "tipbandit_feast", *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | {"TZ": "Asia/Tokyo"}
    ).stdout


def test_the_commands_lead_from_a_file_to_the_profile_of_a_user(settings: Settings, tmp_path: Path) -> None:
    """In a zone that is not UTC: Feast keeps moments in SQLite in the zone of whoever writes."""
    (row, *_) = pq.read_table(settings.profiles / f"{MOMENTS[1].date()}.parquet").to_pylist()
    where = ["--region", settings.region, "--endpoint", settings.endpoint] if settings.endpoint else []
    place = ["--place", str(tmp_path / "store")]
    run("apply", "--profiles", str(settings.profiles), "--online", settings.online, *map(str, where), *place)
    told = run("materialize", "--as-of", str(MOMENTS[1] + timedelta(hours=1)), *place)
    found = json.loads(run("get", row["user_id"], *place))

    assert told.endswith(f" profiles as of {MOMENTS[1].isoformat()}\n")
    assert ProfileFeatures.model_validate(found) == ProfileFeatures(**{name: row[name] for name in PROFILE})
    assert set(found) == set(PROFILE)


def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get", "ann", "--place", str(tmp_path)]) == 1
    assert main(["apply", "--profiles", str(tmp_path), "--place", str(tmp_path / "x")]) == 1
    with pytest.raises(SystemExit):
        main(["materialize", "--as-of", "yesterday"])
    *first, last = capsys.readouterr().err.splitlines()

    assert [line.partition(":")[0] for line in first[:2]] == ["error", "error"]
    assert "a moment such as 2026-11-23T12:00:00Z, not 'yesterday'" in last


def test_the_region_is_the_environments_where_none_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    applied: list[Settings] = []
    monkeypatch.setattr(store, "apply", lambda settings, _: applied.append(settings))
    arguments = ["apply", "--profiles", str(tmp_path), "--online", "dynamodb"]
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert main(arguments) == 1
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert main(arguments) == 0
    assert main([*arguments, "--region", "us-east-1"]) == 0

    assert [each.region for each in applied] == ["eu-west-1", "us-east-1"]
