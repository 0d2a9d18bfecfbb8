"""Two engines on the files of one lake: the same table, row by row and bit by bit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.features.events import (
    DAY,
    NOW,
    Tip,
    by_user,
    crowd,
    decided,
    fill,
    id_of,
    profiles,
    recommended,
    rewarded,
)

from tipbandit_lab.errors import RunError
from tipbandit_lab.features import profile_table, spark
from tipbandit_lab.features.build import ENGINES, build
from tipbandit_lab.features.definition import limits
from tipbandit_lab.lake import LakeError
from tipbandit_lab.lake.writing import Line, rows, write
from tipbandit_recommender.circle import DAY_TICKS, TICKS_AN_HOUR, resultant

CROWD = crowd(300, seed=3)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _java_that_starts_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs for seconds is not worth the second compiler."""
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


def built(lake: Path, engine: str, as_of: datetime | None = NOW) -> pa.Table:
    out = lake.parent / f"{engine}.parquet"
    build(lake, out, as_of=as_of, engine=engine, memory_gb=1, master="local[2]")
    return pq.read_table(out)


def both(lake: Path, as_of: datetime | None = NOW) -> pa.Table:
    """The table of all engines, which is one."""
    first, *others = (built(lake, engine, as_of) for engine in ENGINES)
    for other in others:
        assert other.schema == first.schema == profile_table.SCHEMA
        assert other.equals(first)
    return first


@pytest.mark.slow
def test_both_engines_say_of_a_crowd_what_the_recommender_says(tmp_path: Path) -> None:
    """From a lake in which every line lies twice, as at-least-once delivery may have it."""
    found = both(fill(tmp_path / "lake {of} [all], 100%25*", CROWD, twice=True)).to_pylist()

    assert [row["user_id"] for row in found] == sorted({tip.user for tip in CROWD if tip.at <= NOW})
    assert profiles(by_user(found)) == recommended(CROWD, NOW)
    assert {row["as_of"] for row in found} == {NOW}


@pytest.mark.slow
def test_both_engines_take_the_newest_event_for_the_moment_where_none_is_given(tmp_path: Path) -> None:
    history = [Tip(at=NOW - 3 * DAY, told=None), Tip(at=NOW - 5 * DAY, told=4 * DAY, reaction="completed")]
    found = both(fill(tmp_path / "lake", history), as_of=None).to_pylist()

    assert [row["as_of"] for row in found] == [NOW - DAY]


@pytest.mark.slow
def test_both_engines_leave_out_what_a_shadow_was_asked_and_nobody_was_shown(tmp_path: Path) -> None:
    """Even where somebody rewarded it. An event that does not say, as an older one, is of a tip that was shown."""
    seen = [Tip(reaction="completed"), Tip(reaction="dismissed", shadow=None), Tip(at=NOW - 40 * DAY)]
    asked = [replace(tip, shadow=True) for tip in (*seen, Tip(user="nobody"), Tip(told=None, at=NOW - SECOND))]
    found = by_user(both(fill(tmp_path / "lake", [*seen, *asked], twice=True)).to_pylist())

    assert found.keys() == {"u"}
    assert (found["u"]["n_shown"], found["u"]["tips_30d"]) == (3, 2)
    assert profiles(found) == recommended(seen, NOW)


@pytest.mark.slow
def test_neither_engine_takes_the_moment_from_what_only_a_shadow_was_asked(tmp_path: Path) -> None:
    lake = fill(tmp_path / "lake", [Tip(at=NOW - 3 * DAY, told=None), Tip(shadow=True, told=None)])

    assert {row["as_of"] for row in both(lake, as_of=None).to_pylist()} == {NOW - 3 * DAY}


@pytest.mark.slow
def test_both_engines_keep_of_contradicting_lines_the_one_that_was_logged_first(tmp_path: Path) -> None:
    tips = [Tip(reaction="completed", dwell_s=number) for number in range(3)]
    lake = fill(tmp_path / "lake", tips)
    again = [
        Line(tip.at + later * SECOND, {**rewarded(number, tip), "reaction": reaction})
        for number, tip in enumerate(tips)
        for later, reaction in ((1, "dismissed"), (99, "ignored"))
    ]
    write(lake, "rewards", NOW.date(), "again", rows("rewards", again))
    (row,) = both(lake).to_pylist()

    assert (row["completion_rate"], row["dismiss_rate"]) == (0.0, 1.0)


@pytest.mark.slow
def test_both_engines_read_events_of_the_first_version_which_know_neither_dwell_nor_shadow(tmp_path: Path) -> None:
    tips = [Tip(reaction="completed")] * 3
    lake = tmp_path / "lake"
    for table, event in (("decisions", decided), ("rewards", rewarded)):
        lines = [Line(tip.at, {**event(number, tip), "schema_version": 1}) for number, tip in enumerate(tips)]
        write(lake, table, NOW.date(), "old", _without(rows(table, lines), "dwell_s", "shadow"))
    (row,) = both(lake).to_pylist()

    assert (row["completion_rate"], row["mean_dwell_s"], row["preferred_hour"]) == (1.0, None, 8.0)


def _without(table: pa.Table, *fields: str) -> pa.Table:
    """The events as files hold them that know nothing of some fields."""
    data = table["data"].combine_chunks()
    kept = [each.name for each in data.type if each.name not in fields]
    struct = pa.StructArray.from_arrays([data.field(name) for name in kept], names=kept)
    return table.set_column(table.schema.get_field_index("data"), "data", struct)


@pytest.mark.slow
def test_both_engines_know_users_to_whom_nothing_was_ever_told(tmp_path: Path) -> None:
    (row,) = both(fill(tmp_path / "lake", [Tip(told=None)] * 4)).to_pylist()

    assert (row["completion_rate"], row["mean_dwell_s"], row["preferred_hour"], row["tips_30d"]) == (0, None, None, 4)


def _damaged(lake: Path) -> None:
    fill(lake, CROWD[:9])
    (file,) = (lake / "decisions").rglob("*.parquet")
    file.write_bytes(file.read_bytes()[:-20])


def _of_tomorrow(lake: Path) -> None:
    fill(lake, CROWD[:9])
    line = Line(NOW, {**decided(0, CROWD[0]), "schema_version": 9})
    write(lake, "decisions", NOW.date(), "strange", rows("decisions", [line]))


def _nameless(lake: Path) -> None:
    fill(lake, CROWD[:9])
    line = Line(NOW, {**decided(0, CROWD[0]), "decision_id": id_of(0, CROWD[0]).replace("-7", "-4", 1)})
    write(lake, "decisions", NOW.date(), "strange", rows("decisions", [line]))


@pytest.mark.parametrize(
    "engine", [pytest.param(each, marks=[pytest.mark.slow] if each == "spark" else []) for each in ENGINES]
)
@pytest.mark.parametrize("make", [lambda _: None, lambda lake: lake.mkdir(), _damaged, _of_tomorrow, _nameless])
def test_a_lake_that_cannot_be_read_is_refused_and_no_file_is_left(
    make: Callable[[Path], Any], engine: str, tmp_path: Path
) -> None:
    make(tmp_path / "lake")

    with pytest.raises((LakeError, RunError)):
        built(tmp_path / "lake", engine)
    assert {each.name for each in tmp_path.iterdir()} <= {"lake"}


@pytest.mark.slow
def test_spark_makes_the_same_whole_numbers_of_every_tick() -> None:
    with spark.session("local[2]", 1) as session:
        session.sql(f"CREATE OR REPLACE TEMP VIEW limits AS {limits(NOW)}")
        found = session.sql(
            "SELECT CAST(floor(cos(angle) * unit + 5e-1) AS BIGINT), CAST(floor(sin(angle) * unit + 5e-1) AS BIGINT)"
            " FROM (SELECT id * radians_a_tick AS angle, id AS tick, unit FROM range(:ticks) CROSS JOIN limits)"
            " ORDER BY tick",
            args={"ticks": DAY_TICKS},
        ).collect()

    assert list(map(tuple, found)) == [resultant([tick / TICKS_AN_HOUR]) for tick in range(DAY_TICKS)]


def test_without_java_it_is_said_that_spark_needs_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    with pytest.raises(RunError, match="needs Java 17"):
        built(fill(tmp_path / "lake", CROWD[:3]), "spark")


def test_an_engine_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no engine 'flink'; there are duckdb, spark"):
        build(tmp_path, tmp_path / "x", engine="flink")
