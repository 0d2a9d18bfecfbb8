"""Profile features from a history: numbers checked by hand, and what holds for every history."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.contracts.reward import Reaction
from tipbandit.features.schema import FEATURES
from tipbandit_recommender.profile import (
    LEAST_RESULTANT,
    LONGEST_DWELL_S,
    Shown,
    circular_mean,
    preferred_hour,
    profile_features,
)

NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY: Final = timedelta(days=1)


def shown(
    reaction: Reaction | None = None, *, hour: float = 8, ago: timedelta = DAY, dwell_s: float | None = None
) -> Shown:
    return Shown(shown_at=NOW - ago, hour=hour, reaction=reaction, dwell_s=dwell_s)


def completed_at(*hours: float) -> list[Shown]:
    return [shown("completed", hour=hour) for hour in hours]


def hours_apart(one: float, other: float) -> float:
    """On the clock: 23 and 1 are two hours apart."""
    return abs((one - other + 12) % 24 - 12)


def test_no_history_says_nothing() -> None:
    assert profile_features([], now=NOW) == ProfileFeatures()


def test_rates_are_shares_of_all_that_was_shown() -> None:
    """Eight shown: 3 completed, 2 dismissed, 1 snoozed, 1 ignored, 1 of which nothing is known: 3/8 and 2/8."""
    twice: list[Reaction | None] = ["completed", "dismissed"] * 2
    reactions = [*twice, "completed", "snoozed", "ignored", None]
    profile = profile_features(list(map(shown, reactions)), now=NOW)

    assert (profile.completion_rate, profile.dismiss_rate, profile.tips_30d) == (0.375, 0.25, 8)


def test_the_mean_dwell_is_of_the_tips_that_were_measured() -> None:
    """(3 + 5 + 13)/3 = 7; the two that were not measured do not count as 0."""
    history = [shown(dwell_s=dwell) for dwell in (3, None, 5, 13, None)]

    assert profile_features(history, now=NOW).mean_dwell_s == 7


def test_a_tip_left_open_counts_for_ten_minutes_at_most() -> None:
    """(0 + 30 + 600)/3 = 210, whether it was left open for ten minutes, for a week or for ever."""
    for open_s in (600.0, 604_800.0, math.inf):
        history = [shown(dwell_s=dwell) for dwell in (0, 30, open_s)]
        assert profile_features(history, now=NOW).mean_dwell_s == 210


def test_a_dwell_that_was_not_measured_is_not_ten_minutes() -> None:
    assert profile_features([shown("completed")] * 5, now=NOW).mean_dwell_s is None


def test_ten_minutes_are_what_the_table_says_is_the_most() -> None:
    feature = FEATURES["mean_dwell"]

    assert LONGEST_DWELL_S == 600
    assert feature.transform(LONGEST_DWELL_S) == feature.transform(LONGEST_DWELL_S + 1) == feature.high
    assert feature.transform(LONGEST_DWELL_S - 1) < feature.high


def test_a_sum_of_dwells_is_exact_and_so_knows_no_order() -> None:
    """Added one by one 0.1, 0.2 and 0.3 make 0.6000000000000001, and backwards 0.6."""
    history = [shown(dwell_s=dwell) for dwell in (0.1, 0.2, 0.3)]

    assert profile_features(history, now=NOW).mean_dwell_s == profile_features(history[::-1], now=NOW).mean_dwell_s


def test_more_tips_than_the_contract_counts_are_as_many_as_it_counts() -> None:
    assert profile_features([shown()] * 1_000_001, now=NOW).tips_30d == 1_000_000


def test_one_or_two_hours_are_no_preference_and_three_must_be_equal() -> None:
    assert [preferred_hour([8] * count) for count in range(4)] == [None, None, None, 8]
    assert preferred_hour([8, 8, 8.5]) is None


def test_fewer_than_three_make_no_mean() -> None:
    two = [shown("completed", dwell_s=4)] * 2

    assert profile_features(two, now=NOW) == ProfileFeatures(tips_30d=2)
    assert profile_features(two * 2, now=NOW) == ProfileFeatures(
        completion_rate=1.0, dismiss_rate=0.0, mean_dwell_s=4.0, preferred_hour=8.0, tips_30d=4
    )


def test_three_tips_are_the_first_whose_share_is_no_worse_than_the_neutral_rate() -> None:
    """1/(2 sqrt(2)) = 0.354 > 1/sqrt(12) = 0.289 = 1/(2 sqrt(3)): a half is better than two tips, not than three."""
    errors = {count: 1 / (2 * math.sqrt(count)) for count in (2, 3)}
    told = {count: profile_features([shown("ignored")] * count, now=NOW).completion_rate for count in errors}

    assert errors[2] > 1 / math.sqrt(12) == pytest.approx(errors[3])
    assert told == {2: None, 3: 0.0}


@pytest.mark.parametrize(
    ("hours", "mean", "resultant"),
    [
        ((23, 1), 0, math.cos(math.pi / 12)),  # 15 degrees to either side of midnight
        ((0, 6), 3, math.sqrt(0.5)),
        ((22, 0, 2), 0, (1 + math.sqrt(3)) / 3),  # cos 30 = sqrt(3)/2, twice, and 1
        ((17.5,), 17.5, 1),
        ((23.99999,), 0, 1),  # to a third of a second
    ],
)
def test_hours_are_averaged_on_the_circle(hours: Sequence[float], mean: float, resultant: float) -> None:
    direction, length = circular_mean(hours)

    assert direction == mean
    assert length == pytest.approx(resultant)


def test_the_preferred_hour_is_the_mean_hour_of_the_completed_tips_alone() -> None:
    history = [*completed_at(23, 1, 23, 1), *(shown("dismissed", hour=12) for _ in range(20))]

    assert profile_features(history, now=NOW).preferred_hour == 0


@pytest.mark.parametrize("hours", [(), (6, 18), (0, 8, 16), (8,) * 50 + (20,) * 50, tuple(range(24)) * 3])
def test_there_is_no_preferred_hour_where_there_are_none_or_they_cancel_out(hours: Sequence[float]) -> None:
    profile = profile_features([*completed_at(*hours), *[shown()] * 3], now=NOW)

    assert profile.preferred_hour is None
    assert profile.completion_rate == len(hours) / (len(hours) + 3)


def test_hours_that_agree_no_more_than_chance_does_are_no_preference() -> None:
    """Of n at 0 h and n at 6 h is sqrt(1/2), so 2n R^2 = n >= 3 from n = 3 on."""
    assert preferred_hour([0, 6] * 2) is None
    assert preferred_hour([0, 6] * 3) == 3


def test_many_hours_that_hardly_agree_are_no_preference_either() -> None:
    """54 % at 8 h, 46 % at 20 h: R = 0.08 < 0.1, though n R^2 = 64. With 56 % it is 0.12."""
    assert LEAST_RESULTANT == 0.1
    assert preferred_hour([8] * 5_400 + [20] * 4_600) is None
    assert preferred_hour([8] * 5_600 + [20] * 4_400) == 8


def test_thirty_days_are_thirty_days_and_what_is_still_to_come_is_not_history() -> None:
    second = timedelta(seconds=1)
    ages = (timedelta(0), 30 * DAY - second, 30 * DAY, 300 * DAY)
    history = [shown("completed", ago=age) for age in ages]

    assert profile_features(history, now=NOW).tips_30d == 2
    assert profile_features([*history, shown("dismissed", ago=-second)], now=NOW).dismiss_rate == 0
    assert profile_features(history[2:], now=NOW).tips_30d == 0
    assert profile_features([shown(ago=-second)], now=NOW) == ProfileFeatures()


def test_daylight_saving_does_not_move_the_hour_which_is_the_callers() -> None:
    """Eight o'clock in Berlin is 6:00 UTC until 25 October 2026, 7:00 UTC from then on."""
    mornings = [datetime(2026, 10, day, 6 if day < 25 else 7, tzinfo=UTC) for day in range(20, 32)]
    history = [Shown(shown_at=moment, hour=8, reaction="completed") for moment in mornings]

    assert profile_features(history, now=NOW).preferred_hour == 8


def test_the_zone_in_which_a_moment_is_written_does_not_matter() -> None:
    tokyo = timezone(timedelta(hours=9))
    history = [shown("completed", ago=days * DAY) for days in range(28, 33)]
    elsewhere = [Shown(shown_at=each.shown_at.astimezone(tokyo), hour=8, reaction="completed") for each in history]

    assert profile_features(elsewhere, now=NOW.astimezone(tokyo)) == profile_features(history, now=NOW)


@pytest.mark.parametrize(("hour", "dwell_s"), [(24, -1), (-0.1, -1e-9), (math.nan, math.nan), (math.inf, -math.inf)])
def test_a_tip_that_cannot_have_been_shown_so_is_refused_with_all_that_is_wrong(hour: float, dwell_s: float) -> None:
    with pytest.raises(ValueError, match=r"shown_at must .*; hour must .*; dwell_s must "):
        Shown(shown_at=NOW.replace(tzinfo=None), hour=hour, dwell_s=dwell_s)


histories = st.lists(
    st.builds(
        Shown,
        shown_at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        hour=st.floats(0, 24, exclude_max=True),
        reaction=st.none() | st.sampled_from(get_args(Reaction)),
        dwell_s=st.none() | st.floats(0),
    ),
    max_size=40,
)


@given(histories)
def test_every_history_makes_a_profile_that_the_service_takes(history: list[Shown]) -> None:
    profile = profile_features(history, now=NOW)

    assert ProfileFeatures.model_validate_json(profile.model_dump_json()) == profile
    assert (profile.completion_rate or 0) + (profile.dismiss_rate or 0) <= 1


@given(histories, st.randoms())
def test_the_order_of_the_history_does_not_matter(history: list[Shown], random: Random) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)

    assert profile_features(shuffled, now=NOW) == profile_features(history, now=NOW)


@given(st.lists(st.floats(0, 24, exclude_max=True), min_size=1, max_size=30), st.floats(0, 24))
def test_another_clock_turns_the_mean_hour_with_it(hours: list[float], turn: float) -> None:
    mean, resultant = circular_mean(hours)
    turned, same = circular_mean([(hour + turn) % 24 for hour in hours])

    assert same == pytest.approx(resultant, abs=1e-4)  # the turned hours are rounded anew
    assert resultant < LEAST_RESULTANT or hours_apart(turned, mean + turn) < 1e-3
