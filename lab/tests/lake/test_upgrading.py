"""Events of older versions, and of writers with other columns, read as those of today."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.lake.events import DAY, decision, first_decision, first_reward, lay, lay_as_it_is, logged, name, reward

from tipbandit_lab.lake import LakeError, connect


def rows(root: Path, query: str) -> list[tuple[Any, ...]]:
    with connect(root) as connection:
        return connection.sql(query).fetchall()


def test_a_decision_of_the_first_version_reads_like_one_of_today(tmp_path: Path) -> None:
    lay(tmp_path / "new", "decisions", *logged(decision(1), decision(2)))
    lay_as_it_is(tmp_path / "old", "decisions", first_decision(1), first_decision(2))
    query = "FROM decisions ORDER BY decision_id"
    assert rows(tmp_path / "old", query) == rows(tmp_path / "new", query)


def test_scores_and_propensities_of_a_ranking_come_in_the_order_of_the_candidates(tmp_path: Path) -> None:
    event = first_decision()
    assert [row["tip_id"] for row in event["ranking"]] == ["b", "a", "c"]
    lay_as_it_is(tmp_path, "decisions", event)
    read = rows(tmp_path, "SELECT candidates.tip_id, scores, propensities FROM decisions")
    assert read == [(["a", "b", "c"], [0.5, 2.0, -1.0], [0.1, 0.8, 0.1])]


def test_a_column_without_any_value_is_null_in_both_versions(tmp_path: Path) -> None:
    lay_as_it_is(tmp_path, "decisions", first_decision())
    assert rows(tmp_path, "SELECT candidates.age_hours, candidates.priority FROM decisions") == [
        (None, [0.25, None, 1.0])
    ]


def test_versions_lie_side_by_side_in_one_partition(tmp_path: Path) -> None:
    lay_as_it_is(tmp_path, "decisions", first_decision(1), first_decision(2))
    lay(tmp_path, "decisions", *logged(decision(2), decision(3)))
    lay_as_it_is(tmp_path, "rewards", first_reward(1))
    lay(tmp_path, "rewards", *logged(reward(2)))
    assert rows(tmp_path, "SELECT decision_id, len(scores) FROM decisions ORDER BY 1") == [
        (str(name(number)), 3) for number in (1, 2, 3)
    ]
    assert rows(tmp_path, "SELECT dwell_s FROM rewards ORDER BY decision_id") == [(None,), (4.5,)]


def test_a_field_that_a_later_writer_adds_changes_nothing(tmp_path: Path) -> None:
    event = decision().model_dump(mode="json")
    event["mood"] = "fine"
    event["profile_features"]["shoe_size"] = 43.0
    lay_as_it_is(tmp_path / "more", "decisions", event)
    lay(tmp_path / "same", "decisions", *logged(decision()))
    assert rows(tmp_path / "more", "FROM decisions") == rows(tmp_path / "same", "FROM decisions")


def test_numbers_of_another_width_are_read(tmp_path: Path) -> None:
    path = lay(tmp_path / "narrow", "decisions", *logged(decision()))
    table = pq.read_table(path, partitioning=None)
    narrow = pa.schema([*list(table.schema)[:-1], ("data", _narrow(table.schema.field("data").type))])
    pq.write_table(table.cast(narrow), path)
    lay(tmp_path / "wide", "decisions", *logged(decision()))
    query = "SELECT weekday, hour, scores, profile, typeof(weekday), typeof(scores), typeof(profile) FROM decisions"
    assert rows(tmp_path / "narrow", query) == rows(tmp_path / "wide", query)


def _narrow(column: pa.DataType) -> pa.DataType:
    if pa.types.is_struct(column):
        return pa.struct([(each.name, _narrow(each.type)) for each in column])
    if pa.types.is_list(column):
        return pa.list_(_narrow(column.value_type))
    return {pa.int64(): pa.int32(), pa.float64(): pa.float32()}.get(column, column)


def test_a_column_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    path = lay_as_it_is(tmp_path, "decisions", {**decision().model_dump(mode="json"), "profile_features": "none"})
    assert path.parent.name == f"day={DAY}"
    with pytest.raises(LakeError, match=r'data\."profile_features" is VARCHAR'):
        connect(tmp_path)
