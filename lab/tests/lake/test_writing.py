"""Lines become files that a reader sees whole or not at all."""

import json
import logging
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from pydantic import BaseModel
from tests.lake.events import DAY, decision, lay, logged, reward, signal

from tipbandit_lab.lake.schema import EVENTS, table_schema
from tipbandit_lab.lake.writing import Line, rows, stamp, write


def test_a_moment_is_stamped_as_the_functions_logger_does() -> None:
    moment = datetime(2026, 1, 5, 8, 30, 0, 123_000, tzinfo=UTC)
    record = logging.makeLogRecord({"created": moment.timestamp(), "msecs": 123.0})
    formatter = LambdaPowertoolsFormatter(utc=True)
    assert formatter.formatTime(record) == stamp(moment) == "2026-01-05 08:30:00,123+0000"
    assert stamp(moment.astimezone(timezone(timedelta(hours=9)))) == stamp(moment)


@pytest.mark.parametrize(("table", "event"), [("decisions", decision()), ("rewards", reward()), ("shadows", signal())])
def test_an_event_comes_back_as_it_was(table: str, event: BaseModel) -> None:
    written = rows(table, logged(event, event))
    assert written.schema.equals(table_schema(table))
    assert EVENTS[table].model_validate_json(json.dumps(written["data"][1].as_py())) == event


def test_no_lines_are_an_empty_table() -> None:
    assert rows("decisions", []).schema.equals(table_schema("decisions"))
    assert not rows("decisions", []).num_rows


def test_a_field_that_the_table_does_not_have_is_refused() -> None:
    event = {**reward().model_dump(mode="json"), "mood": "fine"}
    with pytest.raises(ValueError, match="unexpected field"):
        rows("rewards", logged(event))


def test_lines_longer_than_a_block_are_read() -> None:
    event = {**reward().model_dump(mode="json"), "x": [0.123456789] * 200_000}
    assert len(rows("rewards", logged(event))["data"][0].as_py()["x"]) == 200_000


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, "rewards", *logged(reward()))
    written = rows("rewards", [Line(datetime.now(UTC), reward(2))])

    def fails(_: pa.Table, path: Path, **__: object) -> None:
        path.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(pq, "write_table", fails)
    with pytest.raises(OSError, match="no space left"):
        write(tmp_path, "rewards", DAY, "other", written)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["some.parquet"]
