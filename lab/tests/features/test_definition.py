"""The definition in SQL: what the recommender computes from the same events, user by user and bit by bit."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.features.events import DAY, NOW, REACTIONS, Tip, by_duckdb, crowd, in_memory, profiles, recommended

from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.features.schema import INPUTS
from tipbandit_lab.features import duck, profile_table
from tipbandit_lab.features.definition import PROFILE, limits
from tipbandit_recommender.circle import DAY_TICKS, TICKS_AN_HOUR, resultant

MS = timedelta(milliseconds=1)
hours = st.integers(0, 95).map(lambda quarter: quarter / 4) | st.floats(0, 24, exclude_max=True)
ages = st.sampled_from([-MS, 0 * MS, MS, 30 * DAY - MS, 30 * DAY, 30 * DAY + MS]) | st.timedeltas(-DAY, 60 * DAY).map(
    lambda age: age // MS * MS
)
delays = st.none() | st.sampled_from([0 * MS, DAY, 30 * DAY]) | st.integers(0, 10**9).map(lambda ms: ms * MS)
dwells = st.none() | st.sampled_from([0.0, 599.9995, 600.0, 600.0005, 86_400.0]) | st.floats(0, 86_400)
tips = st.builds(
    Tip,
    user=st.sampled_from("abc"),
    at=ages.map(lambda age: NOW - age),
    hour=hours,
    told=delays,
    reaction=st.sampled_from([*REACTIONS, "completed", "completed"]),
    dwell_s=dwells,
)
ALL_AT_SIX = [Tip(hour=6, reaction="completed")] * 3


@given(st.lists(tips, max_size=30))
@example(ALL_AT_SIX)
@example([Tip(hour=hour, reaction="completed") for hour in (23, 1, 23, 1, 0)])
@example([Tip(hour=hour, reaction="completed") for hour in (6, 18) * 5])
@example([Tip(dwell_s=dwell) for dwell in (None, None, 0.0, None, 700.0, 0.1)])
def test_sql_says_of_every_user_what_the_recommender_says(history: list[Tip]) -> None:
    assert profiles(by_duckdb(history)) == recommended(history, NOW)


def test_sql_says_of_a_whole_crowd_what_the_recommender_says() -> None:
    everyone = crowd(400, seed=1)
    found, expected = profiles(by_duckdb(everyone)), recommended(everyone, NOW)
    differing = {user: (found[user], expected[user]) for user in expected if found[user] != expected[user]}

    assert found.keys() == expected.keys()
    assert not differing
    for name in PROFILE:  # each is there for some and absent for others
        assert 0 < sum(getattr(each, name) is None for each in found.values()) < len(found) or name == "tips_30d"


def test_the_columns_are_the_users_inputs_of_the_schema_table() -> None:
    users_own = [name for name, row in INPUTS.items() if row.source == "profile"]
    with in_memory(ALL_AT_SIX) as connection:
        found = duck.profiles(connection, NOW).columns

    assert found == profile_table.SCHEMA.names == ["user_id", "as_of", *users_own, "n_shown"]
    assert users_own == list(ProfileFeatures.model_fields)


def test_a_dwell_that_nobody_measured_is_not_a_long_one() -> None:
    """(10 + 20 + 600)/3 = 210 of six tips; least(NULL, 600) would be 600, and the mean 405."""
    history = [Tip(dwell_s=dwell) for dwell in (10.0, None, 20.0, None, 5_000.0, None)]

    assert by_duckdb(history)["u"]["mean_dwell_s"] == 210
    assert by_duckdb([Tip()] * 5)["u"]["mean_dwell_s"] is None


def test_nothing_of_the_future_is_known() -> None:
    """A reward that comes a millisecond late has not come; a tip shown a millisecond later was not shown."""
    early = [Tip(at=NOW - DAY, told=DAY, reaction="completed", dwell_s=3)] * 3
    late = [Tip(at=NOW - DAY, told=DAY + MS, reaction="completed", dwell_s=3)] * 3
    coming = [Tip(at=NOW + MS, reaction="dismissed")] * 3

    assert profiles(by_duckdb(early + coming))["u"] == ProfileFeatures(
        completion_rate=1, dismiss_rate=0, mean_dwell_s=3, preferred_hour=8, tips_30d=3
    )
    assert profiles(by_duckdb(late + coming))["u"] == ProfileFeatures(completion_rate=0, dismiss_rate=0, tips_30d=3)
    assert by_duckdb(coming) == {}


def test_an_earlier_moment_is_what_it_was_then() -> None:
    history = crowd(30, seed=2)
    for then in (NOW - 10 * DAY, NOW - 40 * DAY):
        assert profiles(by_duckdb(history, then)) == recommended(history, then)


@pytest.mark.parametrize("change", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
def test_daylight_saving_moves_neither_the_hour_nor_the_window(change: datetime) -> None:
    """Eight o'clock in Berlin is another hour of UTC after the change; thirty days are 720 hours across it."""
    before = 7 if change.month == 3 else 6
    days = [change.replace(hour=0) + n * DAY for n in range(-8, 8)]
    mornings = [day.replace(hour=before if day < change else 13 - before) for day in days]
    history = [Tip(at=at, hour=8, reaction="completed") for at in mornings]
    now = mornings[0] + 30 * DAY

    at_once, later = by_duckdb(history, now - MS)["u"], by_duckdb(history, now)["u"]
    assert (at_once["preferred_hour"], at_once["tips_30d"]) == (8, 16)
    assert (later["preferred_hour"], later["tips_30d"]) == (8, 15)


@pytest.mark.parametrize(
    ("shown_at", "hour"),
    [((6, 6, 6), 6), ((23, 1, 23, 1), 0), ((0, 6) * 3, 3), ((6, 18) * 10, None), ((8, 8), None), ((23.99999,) * 3, 0)],
)
def test_the_preferred_hour_is_a_mean_on_the_circle_or_nothing(shown_at: Sequence[float], hour: float | None) -> None:
    history = [Tip(hour=each, reaction="completed") for each in shown_at]

    assert by_duckdb(history)["u"]["preferred_hour"] == hour


def test_more_tips_than_the_table_allows_are_as_many_as_it_allows() -> None:
    with in_memory([]) as connection:
        connection.execute(
            "CREATE OR REPLACE TEMP VIEW decisions AS SELECT printf('%d', range) AS decision_id, 'u' AS user_id, "
            "TIMESTAMP '2026-11-23' AS \"at\", CAST(8 AS DOUBLE) AS hour FROM range(1000001)"
        )
        (row,) = duck.profiles(connection, NOW).to_arrow_table().to_pylist()

    assert (row["tips_30d"], row["n_shown"]) == (INPUTS["tips_30d"].high, 1_000_001)


def test_the_engine_makes_the_same_whole_numbers_of_every_tick() -> None:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TEMP VIEW limits AS {limits(NOW)}")
        found = connection.execute(
            "SELECT CAST(floor(cos(angle) * unit + 5e-1) AS BIGINT), CAST(floor(sin(angle) * unit + 5e-1) AS BIGINT)"
            " FROM (SELECT range * radians_a_tick AS angle, range AS tick, unit FROM range(?), limits) ORDER BY tick",
            [DAY_TICKS],
        ).fetchall()

    assert found == [resultant([tick / TICKS_AN_HOUR]) for tick in range(DAY_TICKS)]


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        limits(NOW.replace(tzinfo=None))
    assert limits(NOW.astimezone(tz=None)) == limits(NOW)


def test_no_number_is_so_large_that_a_whole_number_of_the_engines_cannot_hold_it() -> None:
    """A trillion tips of one user, each an hour's vector or ten minutes in milliseconds, sum up below 2^63."""
    assert math.log2(1e10 * max(1 << 26, 600_000)) < 63
