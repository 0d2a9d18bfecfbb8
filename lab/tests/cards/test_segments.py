"""Groups of users, and what exploration cost, on lakes small enough to count by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tipbandit_lab.cards.exploring import explorations
from tipbandit_lab.cards.segments import memberships

START = datetime(2026, 1, 5, tzinfo=UTC).replace(tzinfo=None)

Decision = tuple[str, str, datetime, float, str, bool]
"""Id, user, moment, hour, policy, whether it explored."""


def decision(name: str, user: str, hour: float, *, policy: str = "linucb/v1", explored: bool = False) -> Decision:
    return (name, user, START + timedelta(hours=hour), hour % 24, policy, explored)


@contextmanager
def lake(
    decisions: list[Decision], rewards: dict[str, float], delay_h: float = 0.1
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with these decisions, and rewards of some of them that come a while later."""
    with duckdb.connect() as connection:
        connection.execute(
            'CREATE TABLE decisions (decision_id VARCHAR, user_id VARCHAR, "at" TIMESTAMP, hour DOUBLE, '
            "policy VARCHAR, explored BOOLEAN, day DATE)"
        )
        connection.execute(
            'CREATE TABLE rewards (decision_id VARCHAR, user_id VARCHAR, "at" TIMESTAMP, policy VARCHAR, reward DOUBLE)'
        )
        for each in decisions:
            connection.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?)", [*each, each[2].date()])
            if each[0] in rewards:
                row = [each[0], each[1], each[2] + timedelta(hours=delay_h), each[4], rewards[each[0]]]
                connection.execute("INSERT INTO rewards VALUES (?, ?, ?, ?, ?)", row)
        yield connection


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """A preferred hour is known of owl (3 at night) and of lark (9), not of others."""
    path = tmp_path / "profiles.parquet"
    rows = {"user_id": ["owl", "lark", "late", "early"], "preferred_hour": [3.0, 9.0, None, None]}
    pq.write_table(pa.table(rows), path)
    return path


def test_a_user_is_cold_until_so_many_rewards_have_come(profiles: Path) -> None:
    """Rewards come after 0.1 h: before the third decision there were two."""
    decisions = [decision(f"d{hour}", "lark", hour) for hour in range(4)]
    with lake(decisions, {"d0": 1, "d1": 1, "d2": 1, "d3": 1}) as connection:
        assert memberships(connection, profiles, 2).of["cold"] == {"d0", "d1"}


def test_a_reward_that_comes_late_leaves_a_user_cold(profiles: Path) -> None:
    decisions = [decision(f"d{hour}", "lark", hour) for hour in range(4)]
    with lake(decisions, {"d0": 1, "d1": 1}, delay_h=2.5) as connection:
        assert memberships(connection, profiles, 1).of["cold"] == {"d0", "d1", "d2"}


def test_the_quarter_with_the_fewest_decisions_is_of_low_volume(profiles: Path) -> None:
    """Of 1, 2, 3 and 4 decisions the lowest quartile is 1."""
    counts = {"owl": 1, "lark": 2, "late": 3, "early": 4}
    decisions = [decision(f"{user}{n}", user, n) for user, count in counts.items() for n in range(count)]
    with lake(decisions, {each[0]: 1.0 for each in decisions}) as connection:
        found = memberships(connection, profiles, 1)
        assert found.few == 1
        assert found.of["low_volume"] == {"owl0"}


def test_night_users_prefer_the_night_or_are_mostly_asked_then(profiles: Path) -> None:
    """Owl prefers 3 and is asked at noon; lark prefers 9 and is asked at night; of the others the hours decide."""
    decisions = [
        decision("owl", "owl", 12),
        decision("lark", "lark", 23),
        decision("late1", "late", 22),
        decision("late2", "late", 13),
        decision("early1", "early", 6),
        decision("early2", "early", 21.9),
    ]
    with lake(decisions, {each[0]: 1.0 for each in decisions}) as connection:
        assert memberships(connection, profiles, 1).of["night"] == {"owl", "late1", "late2"}


def test_what_shadows_decided_belongs_to_nobody(profiles: Path) -> None:
    decisions = [decision("d", "lark", 1), decision("s", "lark", 1, policy="egreedy/v1")]
    with lake(decisions, {"d": 1.0}) as connection:
        groups = memberships(connection, profiles, 5).of
        assert set().union(*groups.values()) == {"d"}


def test_exploration_costs_its_share_times_what_an_explored_decision_loses() -> None:
    """1 of 4 decisions explored: 0.25 * (mean(1, 0.5, 0.6) - (-0.5)) = 0.25 * 1.2 = 0.3."""
    decisions = [decision(f"d{n}", f"u{n}", n, explored=n == 3) for n in range(4)]
    with lake(decisions, {"d0": 1.0, "d1": 0.5, "d2": 0.6, "d3": -0.5}) as connection:
        (found,) = explorations(connection, None, 0.05)
    assert (found.decisions, found.explored, found.share) == (4, 1, 0.25)
    assert found.lost is not None
    assert found.lost.value == pytest.approx(0.3)
    assert found.best is not None
    assert found.best.value == pytest.approx(0.7)


def test_where_nobody_explored_nothing_is_said_to_be_lost() -> None:
    with lake([decision("d", "u", 1), decision("e", "u", 2)], {"d": 1.0, "e": 0.0}) as connection:
        (found,) = explorations(connection, None, 0.05)
    assert (found.share, found.lost) == (0.0, None)


def test_only_the_days_that_were_asked_for_count() -> None:
    decisions = [decision("d", "u", 1), decision("e", "u", 25, explored=True)]
    rewards: dict[str, Any] = {"d": 1.0, "e": 0.0}
    with lake(decisions, rewards) as connection:
        (found,) = explorations(connection, (date(2026, 1, 6), date(2026, 1, 6)), 0.05)
    assert (found.decisions, found.explored) == (1, 1)
