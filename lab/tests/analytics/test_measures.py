"""The table: tidy rows that name their window and their lake, the same for the same events."""

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.analytics.crowds import World
from tests.analytics.small import FIRST, lake, two

from tipbandit_lab.analytics import measures
from tipbandit_lab.analytics.analysing import analyse
from tipbandit_lab.analytics.measures import Analysis
from tipbandit_lab.analytics.staging import stage

WORLD = World(users=30, each=20)


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analyse(lake(WORLD.decisions(seed=1)))


def test_reactions_of_each_kind_are_counted_by_group_and_day() -> None:
    """Of four decisions on the second day two are completed, one is a number, one has no reward."""
    outcomes = [(1.0, "completed"), (1.0, "completed"), (0.3, None), (None, None)]
    decisions = [two(0.5, day=1, reward=reward, reaction=reaction) for reward, reaction in outcomes]
    found = analyse(lake([two(0.5, reward=-1.0, reaction="dismissed"), *decisions]))

    def on_second_day(measure: str, by: str, group: str) -> float | None:
        rows = {each.day: each.estimate for each in found.of(by, measure, daily=True)[group]}
        return rows[date(2026, 1, 6)]

    for by, group in (("all", "all"), ("policy", "linucb/v1"), ("prompt_version", "v1")):
        expected = {"served": 4, "rewarded": 3, "completed": 2, "number": 1, "dismissed": 0, "coverage": 0.75}
        assert {name: on_second_day(name, by, group) for name in expected} == expected
        assert on_second_day("mean_reward", by, group) == pytest.approx(2.3 / 3)


def test_a_row_says_its_window_its_lake_and_its_interval(analysis: Analysis, tmp_path: Path) -> None:
    measures.write(tmp_path / "table.parquet", analysis)
    table = pq.read_table(tmp_path / "table.parquet")
    assert table.schema.equals(measures.SCHEMA)
    rows = table.to_pylist()
    assert len(rows) == len(analysis.measures)
    assert {(row["window_from"], row["window_to"]) for row in rows} == {(FIRST, date(2026, 1, 6))}
    assert {row["lake"] for row in rows} == {analysis.facts.fingerprint}
    for row in rows:
        assert (row["low"] is None) == (row["high"] is None) == (row["confidence"] is None)
        assert row["estimate"] is not None or row["why_not"]
        if row["low"] is not None:
            assert row["low"] <= row["estimate"] <= row["high"]


def test_a_key_has_one_row(analysis: Analysis) -> None:
    keys = [(each.by, each.group, each.against, each.day, each.measure) for each in analysis.measures]
    assert len(keys) == len(set(keys))


def test_groups_and_days_add_up_to_all_of_it(analysis: Analysis) -> None:
    for by in ("all", "policy", "prompt_version"):
        for daily in (False, True):
            served = analysis.of(by, "served", daily=daily)
            assert sum(each.estimate or 0 for rows in served.values() for each in rows) == 600


def test_the_order_of_events_changes_neither_fingerprint_nor_bytes(tmp_path: Path) -> None:
    """Ids stay with their decisions, and rows come in another order."""
    there = lake(WORLD.decisions(seed=1))
    again = lake(WORLD.decisions(seed=1))
    for view in ("decisions", "rewards", "shadows"):
        again.table(view).order("md5(decision_id)").create("shuffled")
        again.execute(f"DROP TABLE {view}; ALTER TABLE shuffled RENAME TO {view}")
    for name, connection in (("there", there), ("again", again)):
        measures.write(tmp_path / name, analyse(connection))
    assert (tmp_path / "there").read_bytes() == (tmp_path / "again").read_bytes()


def test_one_other_reward_changes_the_fingerprint() -> None:
    decisions = WORLD.decisions(seed=1)
    place = next(place for place, each in enumerate(decisions) if each.reward is not None)
    other = [*decisions]
    other[place] = two(0.5, reward=0.125)
    assert stage(lake(decisions)).fingerprint != stage(lake(other)).fingerprint
