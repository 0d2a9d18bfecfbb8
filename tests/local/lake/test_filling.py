"""The thread that fills a lake from logs: every event at least once, whatever is in its way."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
import pytest

from local.lake import filling
from local.lake.filling import Filling
from local.lake.plan import Delivery, Plan

PATIENCE_S: Final = 30.0
LOG: Final = "ScoreFunction.log"
COLUMNS: Final = {"timestamp": "string", "data": "struct<event:string,n:bigint>"}
PLAN: Final = Plan(
    "LakeBucket",
    (
        Delivery(LOG, '{ $.data.event = "a" }', "a/day=!{timestamp:yyyy-MM-dd}/", "errors/a/", COLUMNS),
        Delivery(LOG, '{ $.data.event = "b" }', "b/day=!{timestamp:yyyy-MM-dd}/", "errors/b/", COLUMNS),
    ),
)


@dataclass
class Lake:
    """A directory with logs and a lake, and the keys its bucket was told of."""

    folder: Path
    stored: list[str] = field(default_factory=list)

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Fill it for the length of a ``with`` block."""
        (self.folder / "logs").mkdir(exist_ok=True)
        thread = Filling(PLAN, logs=self.folder / "logs", root=self.root, stored=self.stored.append)
        try:
            yield
        finally:
            thread.close()

    @property
    def root(self) -> Path:
        """The directory of the lake itself."""
        return self.folder / "lake"

    def log(self, *lines: object) -> None:
        """Have a function write lines into its log."""
        (self.folder / "logs").mkdir(exist_ok=True)
        with (self.folder / "logs" / LOG).open("a", encoding="utf-8") as file:
            file.writelines(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)

    def rows(self, table: str) -> list[int]:
        """What came into a table, by its number."""
        files = sorted(self.root.glob(f"{table}/day=*/*.parquet"))
        return sorted(row["data"]["n"] for file in files for row in pq.read_table(file).to_pylist())


def event(kind: str, n: object) -> dict[str, Any]:
    return {"level": "INFO", "timestamp": "now", "data": {"event": kind, "n": n}}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)


def test_every_event_of_a_log_goes_into_its_own_table_and_nothing_else_does(lake: Lake) -> None:
    others: tuple[object, ...] = ({"_aws": {}}, "[ERROR] Traceback", "{", "[1]", event("c", 3))
    with lake.filling():
        lake.log(event("a", 1), event("b", 2), *others, event("a", 4))

    assert (lake.rows("a"), lake.rows("b")) == ([1, 4], [2])
    assert {path.parts[-3] for path in lake.root.rglob("*.parquet")} == {"a", "b"}


def test_an_object_is_whole_when_it_is_there_and_its_bucket_is_told(lake: Lake) -> None:
    with lake.filling():
        lake.log(event("a", 1), event("b", 2))

    files = [path.relative_to(lake.root).as_posix() for path in lake.root.rglob("*") if path.is_file()]
    assert sorted(files) == sorted(lake.stored)
    assert all(key.endswith(".parquet") for key in files)


def test_a_line_does_not_wait_for_the_end_of_the_stack(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "FLUSH_S", 0.0)
    with lake.filling():
        lake.log(event("a", 1))
        until(lambda: lake.rows("a") == [1])
        lake.log(event("a", 2))
        until(lambda: lake.rows("a") == [1, 2])

    assert len(lake.stored) == 2


def test_what_was_logged_while_nobody_filled_is_found_by_the_next_and_nothing_is_added_twice(lake: Lake) -> None:
    lake.log(event("a", 1))
    with lake.filling():
        pass
    lake.log(event("a", 2))
    with lake.filling():
        lake.log(event("a", 3))
    with lake.filling():
        pass

    assert lake.rows("a") == [1, 2, 3]


def test_many_lines_are_written_before_they_fill_the_memory(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "_MOST_BYTES", 300)
    lake.log(*(event("ab"[n % 2], n) for n in range(40)))
    with lake.filling():
        pass

    assert sorted(lake.rows("a") + lake.rows("b")) == list(range(40))
    assert len(lake.stored) > 5


def test_a_line_that_fits_no_column_is_kept_as_firehose_keeps_it(lake: Lake) -> None:
    wrong = event("a", "many")
    with lake.filling():
        lake.log(event("a", 1), wrong, event("a", 3))

    (kept,) = (lake.root / "errors/a").glob("*.json")
    line = json.loads(kept.read_text("utf-8"))
    assert lake.rows("a") == [1, 3]
    assert json.loads(base64.b64decode(line["rawData"])) == wrong
    assert line["lastErrorCode"] == "DataFormatConversion.MalformedData"
    assert line["lastErrorMessage"]


def test_a_lake_that_cannot_be_written_is_written_when_it_can(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(filling, "FLUSH_S", 0.0)
    lake.root.write_text("in the way", "utf-8")
    with lake.filling():
        lake.log(event("a", 1))
        until(lambda: caplog.records)
        lake.root.unlink()
        until(lambda: lake.rows("a") == [1])

    assert "the lake cannot be filled" in caplog.text


def test_a_lake_that_could_not_be_written_to_the_end_is_filled_by_the_next_stack(lake: Lake) -> None:
    lake.root.write_text("in the way", "utf-8")
    with lake.filling():
        lake.log(event("a", 1))
    lake.root.unlink()
    with lake.filling():
        pass

    assert lake.rows("a") == [1]
