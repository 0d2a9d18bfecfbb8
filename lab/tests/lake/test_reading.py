"""What ``connect`` shows of the files of a lake."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.lake.columns import COLUMNS
from tests.lake.events import DAY, NOON, decision, lay, lay_as_it_is, logged, name, reward, signal

from tipbandit_lab.lake import LakeError, connect
from tipbandit_lab.lake.writing import Line

LATE = NOON + timedelta(hours=11, minutes=59)


def table(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = connection.sql(query)
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def column(root: Path, query: str, *, days: tuple[date, date] | None = None, skip_unknown: bool = False) -> list[Any]:
    with connect(root, days=days, skip_unknown=skip_unknown) as connection:
        return [row[0] for row in connection.sql(query).fetchall()]


@pytest.mark.parametrize("written", [("decisions",), tuple(COLUMNS)])
def test_views_have_the_columns_that_others_rely_on_with_rows_and_without(
    tmp_path: Path, written: Sequence[str]
) -> None:
    lay(tmp_path, "decisions", *logged(decision()))
    if "rewards" in written:
        lay(tmp_path, "rewards", *logged(reward()))
        lay(tmp_path, "shadows", *logged(signal()))
    with connect(tmp_path) as connection:
        for view, columns in COLUMNS.items():
            described = connection.sql(f"DESCRIBE {view}").fetchall()
            assert {each[0]: each[1] for each in described} == columns
            assert len(connection.sql(f"FROM {view}").fetchall()) == int(view in written)


def test_an_event_is_read_as_it_was_logged(tmp_path: Path) -> None:
    lay(tmp_path, "decisions", *logged(decision()))
    lay(tmp_path, "rewards", *logged(reward()))
    with connect(tmp_path) as connection:
        (read,) = table(connection, "FROM decisions")
        (told,) = table(connection, "FROM rewards")
    event = decision().model_dump(mode="json")
    context, profile = event.pop("context"), event.pop("profile_features")
    del event["event"], event["schema_version"], event["shadow"]
    moment = NOON.replace(tzinfo=None)
    assert read == {**event, **context, "profile": profile, "at": moment, "day": DAY}
    given = reward().model_dump(mode="json", exclude={"event", "schema_version"})
    assert told == {**given, "at": moment + timedelta(minutes=1), "day": DAY}


def test_what_a_shadow_was_asked_is_no_decision(tmp_path: Path) -> None:
    lay(tmp_path, "decisions", *logged(decision(1), decision(2, shadow=True), decision(3)))
    assert column(tmp_path, "SELECT decision_id FROM decisions ORDER BY 1") == [str(name(n)) for n in (1, 3)]


def test_an_event_that_arrives_several_times_is_there_once(tmp_path: Path) -> None:
    lines = logged(decision(1), decision(2), decision(3))
    lay(tmp_path, "decisions", *lines, lines[1])
    lay(tmp_path, "decisions", lines[1], lines[2], day=DAY + timedelta(days=1), file="again")
    lay(tmp_path, "rewards", *logged(reward(1)), *logged(reward(1)))
    both = [signal(1), signal(1, signal="shadow:egreedy-v2-shadow"), signal(1)]
    lay(tmp_path, "shadows", *logged(*both))
    assert column(tmp_path, "SELECT decision_id FROM decisions ORDER BY 1") == [str(name(n)) for n in (1, 2, 3)]
    assert column(tmp_path, "SELECT count(*) FROM rewards") == [1]
    assert column(tmp_path, "SELECT count(*) FROM shadows") == [2]


@pytest.mark.parametrize("files", ["ab", "ba"])
def test_of_different_lines_about_one_decision_the_first_that_was_logged_is_kept(tmp_path: Path, files: str) -> None:
    earlier = Line(NOON, reward(reward=-1.0, reaction="dismissed", n=4))
    later = Line(NOON + timedelta(milliseconds=1), reward(n=3))
    lay(tmp_path, "decisions", *logged(decision()))
    for file, line in zip(files, (earlier, later), strict=True):
        lay(tmp_path, "rewards", line, file=file)
    assert column(tmp_path, "SELECT reward FROM rewards") == [-1.0]


@pytest.mark.parametrize("files", ["ab", "ba"])
def test_which_is_kept_of_lines_of_one_moment_does_not_depend_on_their_files(tmp_path: Path, files: str) -> None:
    lines = [Line(NOON, reward(n=4, reward=0.5)), Line(NOON, reward(n=3))]
    lay(tmp_path, "decisions", *logged(decision()))
    for file, line in zip(files, lines, strict=True):
        lay(tmp_path, "rewards", line, file=file)
    assert column(tmp_path, "SELECT n FROM rewards") == [3]


def test_moments_are_utc_whatever_the_machine_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    lay(tmp_path, "decisions", *logged(decision(at=LATE)))
    assert column(tmp_path, 'SELECT "at" FROM decisions') == [LATE.replace(tzinfo=None)]
    assert column(tmp_path, "SELECT day FROM decisions") == [DAY]


def test_days_are_those_of_the_decisions_whenever_they_and_their_rewards_arrived(tmp_path: Path) -> None:
    week = [NOON + timedelta(days=days) for days in range(7)]
    for number, at in enumerate(week):
        lay(tmp_path, "decisions", *logged(decision(number, at), at=at), day=at.date())
        lay(
            tmp_path, "rewards", *logged(reward(number, at, delay_ms=5 * 86_400_000)), day=at.date() + timedelta(days=5)
        )
    late = LATE + timedelta(days=3)
    lay(tmp_path, "decisions", *logged(decision(9, late), at=late), day=late.date() + timedelta(days=1), file="late")
    days = date(2026, 1, 7), date(2026, 1, 8)
    kept = [str(name(2, week[2])), str(name(3, week[3])), str(name(9, late))]
    assert column(tmp_path, "SELECT decision_id FROM decisions ORDER BY 1", days=days) == kept
    assert column(tmp_path, "SELECT decision_id FROM rewards ORDER BY 1", days=days) == kept[:2]


def test_partitions_that_cannot_hold_the_days_are_not_opened(tmp_path: Path) -> None:
    lay(tmp_path, "decisions", *logged(decision()))
    far = tmp_path / "decisions" / "day=2026-02-01"
    far.mkdir()
    (far / "broken.parquet").write_bytes(b"no Parquet")
    assert column(tmp_path, "SELECT count(*) FROM decisions", days=(DAY, DAY)) == [1]
    with pytest.raises(LakeError, match=r"broken\.parquet"):
        connect(tmp_path)


def test_what_is_being_written_is_not_looked_at(tmp_path: Path) -> None:
    path = lay(tmp_path, "decisions", *logged(decision()))
    for hidden in (".some.parquet", "_some.parquet"):
        (path.parent / hidden).write_bytes(b"half of a fi")
    (tmp_path / "decisions" / "_temporary").mkdir()
    (tmp_path / "decisions" / "_temporary" / "x.parquet").write_bytes(b"half of a fi")
    assert column(tmp_path, "SELECT count(*) FROM decisions") == [1]


def test_a_truncated_file_is_named_and_so_is_how_many_more_there_are(tmp_path: Path) -> None:
    lay(tmp_path, "decisions", *logged(decision()), file="whole")
    for file in ("cut", "cut-too"):
        path = lay(tmp_path, "decisions", *logged(decision(1)), file=file)
        path.write_bytes(path.read_bytes()[:-50])
    (path.parent / "empty.parquet").touch()
    with pytest.raises(LakeError, match=r"/cut-too\.parquet and 2 more: truncated|/cut\.parquet and 2 more: truncated"):
        connect(tmp_path)


def test_events_of_unknown_versions_are_counted_and_refused_or_left_out(tmp_path: Path) -> None:
    lay(tmp_path, "decisions", *logged(decision(1)))
    newer = decision(2).model_dump(mode="json")
    lay_as_it_is(tmp_path, "decisions", {**newer, "schema_version": 3}, {**newer, "schema_version": None})
    lay_as_it_is(tmp_path, "decisions", {**newer, "decision_id": str(name(2)).replace("-7", "-4")}, file="other")
    with pytest.raises(LakeError) as refused:
        connect(tmp_path)
    for said in (
        "1 lines of version 3 (known: 1, 2)",
        "1 lines of version none (known: 1, 2)",
        "1 lines of version 2 without a UUIDv7",
        "--skip-unknown",
    ):
        assert said in str(refused.value)
    assert column(tmp_path, "SELECT decision_id FROM decisions", skip_unknown=True) == [str(name(1))]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda root: root / "nowhere", "there is no lake at"),
        (lambda root: lay(root, "decisions", *logged(decision())), "is a file"),
        (lambda root: root, "holds no decisions"),
        (lambda _: "gs://bucket/lake", r"a lake is a directory or s3://"),
    ],
)
def test_what_is_no_lake_is_said_to_be_none(tmp_path: Path, make: Callable[[Path], str | Path], said: str) -> None:
    with pytest.raises(LakeError, match=said):
        connect(make(tmp_path))


def test_days_without_decisions_say_which_days_there_are(tmp_path: Path) -> None:
    lay(tmp_path, "decisions", *logged(decision()))
    with pytest.raises(
        LakeError, match="no decisions of 2026-03-01 to 2026-03-02; its days are 2026-01-05 to 2026-01-05"
    ):
        connect(tmp_path, days=(date(2026, 3, 1), date(2026, 3, 2)))
    with pytest.raises(LakeError, match="is after the last"):
        connect(tmp_path, days=(date(2026, 3, 2), date(2026, 3, 1)))
    assert column(tmp_path, "SELECT count(*) FROM decisions", days=(date.min, date.max)) == [1]


def test_files_outside_of_partitions_and_of_other_tables_are_named(tmp_path: Path) -> None:
    path = lay(tmp_path, "decisions", *logged(decision()))
    stray = path.parents[1] / "stray.parquet"
    path.rename(stray)
    with pytest.raises(LakeError, match=r"stray\.parquet lies in no partition"):
        connect(tmp_path)
    stray.unlink()
    lay_as_it_is(tmp_path, "decisions", {"something": "else"}, file="foreign")
    with pytest.raises(LakeError, match=r"foreign\.parquet is no file of decisions"):
        connect(tmp_path)
