"""Numbers in words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import legal, profiles
from tipbandit.context import wording
from tipbandit.context.data import Phrase
from tipbandit.contracts.inputs import Context, ProfileFeatures
from tipbandit.contracts.signals import CalendarLoad
from tipbandit.features.schema import INPUTS

_CLOCK = re.compile(r"(?:1?\d|2[0-3]):[0-5]\d")
_SPAN = re.compile(r"(?:1 (?:minute|hour|day)|(?:0|[2-9]|[1-9]\d+) (?:minute|hour|day)s)")
_PROFILE = [name for name, row in INPUTS.items() if row.source == "profile"]


@pytest.mark.parametrize(
    ("hour", "shown"),
    [
        (0.0, "0:00"),
        (-0.0, "0:00"),
        (8.5, "8:30"),
        (9 + 5 / 60, "9:05"),
        (12.0, "12:00"),
        (23.999, "23:59"),
        (24 - 1e-9, "23:59"),
        (0.0166, "0:00"),
        (7.9999, "7:59"),
    ],
)
def test_an_hour_is_shown_as_on_a_clock(hour: float, shown: str) -> None:
    assert wording.clock(hour) == shown


@pytest.mark.parametrize("hour", range(24))
def test_every_minute_of_the_day_is_shown_as_itself(hour: int) -> None:
    """123 minutes are 2.05 h, and 2.05 * 60 = 122.99999999999999 in floating point: still 2:03."""
    shown = [wording.clock((hour * 60 + minute) / 60) for minute in range(60)]
    assert shown == [f"{hour}:{minute:02}" for minute in range(60)]


@given(legal("hour"))
def test_there_is_no_minute_60_and_no_hour_24(hour: float) -> None:
    assert _CLOCK.fullmatch(wording.clock(hour))


@pytest.mark.parametrize(
    ("hour", "weekday", "said"),
    [
        (0.0, 0, "Monday, 0:00 (night)"),
        (4.99, 1, "Tuesday, 4:59 (night)"),
        (5.0, 2, "Wednesday, 5:00 (morning)"),
        (11.75, 3, "Thursday, 11:45 (morning)"),
        (12.0, 4, "Friday, 12:00 (afternoon)"),
        (17.0, 5, "Saturday, 17:00 (evening)"),
        (21.99, 6, "Sunday, 21:59 (evening)"),
        (22.0, 6, "Sunday, 22:00 (night)"),
        (23.999, 0, "Monday, 23:59 (night)"),
    ],
)
def test_a_moment_has_its_weekday_its_time_and_its_part_of_the_day(hour: float, weekday: int, said: str) -> None:
    assert wording.moment(Context(hour=hour, weekday=weekday)) == said


def test_a_moment_that_is_not_known_is_said_to_be_unknown() -> None:
    assert wording.moment(None) == "unknown"


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (0.0, "0 minutes"),
        (0.001, "0 minutes"),
        (1 / 60, "1 minute"),
        (1.4 / 60, "1 minute"),
        (0.5, "30 minutes"),
        (0.99, "59 minutes"),
        (0.999, "1 hour"),
        (1.0, "1 hour"),
        (1.4, "1 hour"),
        (1.6, "2 hours"),
        (23.9, "24 hours"),
        (24.0, "24 hours"),
        (47.6, "48 hours"),
        (48.0, "2 days"),
        (24 * 3.4, "3 days"),
        (8_760.0, "365 days"),
        (87_600.0, "3650 days"),
    ],
)
def test_a_span_is_said_in_minutes_hours_or_days(hours: float, said: str) -> None:
    """47.6 hours are 48 to the nearest, and only 48 whole ones are two days."""
    assert wording.span(hours) == said


@given(st.floats(0, 87_600))
def test_every_span_is_a_count_of_one_unit_and_one_is_singular(hours: float) -> None:
    assert _SPAN.fullmatch(wording.span(hours))


@given(st.floats(0, 87_600), st.floats(0, 87_600))
def test_a_longer_span_is_never_said_to_be_shorter(one: float, other: float) -> None:
    def minutes(hours: float) -> int:
        count, unit = wording.span(hours).split(" ")
        return int(count) * {"minute": 1, "hour": 60, "day": 1440}[unit.rstrip("s")]

    shorter, longer = sorted((one, other))
    assert minutes(shorter) <= minutes(longer)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (None, "no due time"),
        (0.0, "due now"),
        (-0.0, "due now"),
        (5.0, "due in 5 hours"),
        (23.99, "due in 24 hours"),
        (87_600.0, "due in 3650 days"),
        (-0.001, "due now"),
        (-0.01, "1 minute overdue"),
        (-1.0, "1 hour overdue"),
        (-24.0, "24 hours overdue"),
        (-48.0, "2 days overdue"),
        (-87_600.0, "3650 days overdue"),
    ],
)
def test_a_due_time_lies_ahead_or_behind(hours: float | None, said: str) -> None:
    assert wording.due(hours) == said


@pytest.mark.parametrize(
    ("priority", "said"),
    [
        (None, "unstated"),
        (0.0, "low"),
        (1 / 3, "low"),
        (0.34, "normal"),
        (0.5, "normal"),
        (0.66, "normal"),
        (2 / 3, "high"),
        (1.0, "high"),
    ],
)
def test_a_priority_is_high_normal_or_low_by_thirds(priority: float | None, said: str) -> None:
    assert wording.importance(priority) == said


def test_ages_are_told_and_so_is_not_knowing_them() -> None:
    assert (wording.age(72.0), wording.age(0.0), wording.age(None)) == ("3 days old", "new", "of unknown age")
    assert (wording.ago(0.0), wording.ago(0.4 / 60)) == ("just now", "just now")
    assert (wording.ago(2.0), wording.ago(1 / 60), wording.ago(None)) == (
        "2 hours ago",
        "1 minute ago",
        "some time ago",
    )


@pytest.mark.parametrize(
    ("calendar", "said"),
    [
        (None, "unknown"),
        (CalendarLoad(), "unknown"),
        (CalendarLoad(meetings_left=0), "0 appointments still to come today"),
        (CalendarLoad(meetings_left=1), "1 appointment still to come today"),
        (CalendarLoad(meetings_left=100), "100 appointments still to come today"),
        (CalendarLoad(busy_hours=6.5), "6.5 hours of today are taken"),
        (CalendarLoad(busy_hours=1.0), "1.0 hours of today are taken"),
        (CalendarLoad(busy_hours=1e-7), "0.0 hours of today are taken"),
        (CalendarLoad(busy_hours=-0.0), "0.0 hours of today are taken"),
        (CalendarLoad(busy_hours=24.0), "24.0 hours of today are taken"),
        (CalendarLoad(free_in_hours=0.0), "free now"),
        (CalendarLoad(free_in_hours=-0.0), "free now"),
        (CalendarLoad(free_in_hours=0.001), "free now"),
        (CalendarLoad(free_in_hours=1.0), "next free in 1 hour"),
        (
            CalendarLoad(meetings_left=2, busy_hours=3.25, free_in_hours=0.75),
            "2 appointments still to come today; 3.2 hours of today are taken; next free in 45 minutes",
        ),
    ],
)
def test_the_calendar_is_told_as_far_as_it_is_known(calendar: CalendarLoad | None, said: str) -> None:
    assert wording.workload(calendar) == said


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ({"completion_rate": 0.425}, "completes 42% of the tips shown"),
        ({"completion_rate": 0.0}, "completes 0% of the tips shown"),
        ({"completion_rate": -0.0}, "completes 0% of the tips shown"),
        ({"completion_rate": 1.0}, "completes 100% of the tips shown"),
        ({"dismiss_rate": -0.0}, "dismisses 0% of the tips shown"),
        ({"dismiss_rate": 0.07}, "dismisses 7% of the tips shown"),
        ({"mean_dwell_s": 0.0}, "looks at a tip for about 0 seconds"),
        ({"mean_dwell_s": 1.0}, "looks at a tip for about 1 second"),
        ({"mean_dwell_s": 119.0}, "looks at a tip for about 119 seconds"),
        ({"mean_dwell_s": 120.0}, "looks at a tip for about 2 minutes"),
        ({"mean_dwell_s": 86_400.0}, "looks at a tip for about 1440 minutes"),
        ({"preferred_hour": 0.0}, "most often completes tips around 0:00"),
        ({"preferred_hour": 23.999}, "most often completes tips around 23:59"),
        ({"tips_30d": 0}, "was shown 0 tips in the last 30 days"),
        ({"tips_30d": 1}, "was shown 1 tip in the last 30 days"),
        ({"tips_30d": 1_000_000}, "was shown 1000000 tips in the last 30 days"),
    ],
)
def test_a_profile_number_has_its_sentence(profile: dict[str, float], said: str) -> None:
    """Zero is a number that is known, not an absent one."""
    assert wording.habits(ProfileFeatures.model_validate(profile)) == (said,)


@pytest.mark.parametrize("name", _PROFILE)
def test_every_profile_input_of_the_schema_table_has_a_sentence(name: str) -> None:
    alone = ProfileFeatures.model_validate({name: 1})
    assert len(wording.habits(alone)) == 1


@given(profiles())
def test_what_is_absent_from_a_profile_has_no_sentence(profile: ProfileFeatures) -> None:
    known = profile.model_dump(exclude_none=True)
    assert len(wording.habits(profile)) == len(known)
    assert wording.habits(profile) == tuple(
        sentence
        for name in ProfileFeatures.model_fields
        if name in known
        for sentence in wording.habits(ProfileFeatures.model_validate({name: known[name]}))
    )


def test_without_a_profile_there_are_no_habits() -> None:
    assert wording.habits(None) == wording.habits(ProfileFeatures()) == ()


@given(legal("due_in_hours"), legal("priority"), legal("age_hours"), profiles())
def test_all_wording_is_the_service_s_own_and_plain(
    due: float, priority: float, age: float, profile: ProfileFeatures
) -> None:
    """No sign of a number that was formatted for machines: no exponent, no minus, no nan."""
    said = [wording.due(due), wording.importance(priority), wording.age(age), wording.ago(age)]
    said += wording.habits(profile)
    assert all(type(each) is Phrase for each in said)
    assert [each for each in said if re.search(r"e[+-]\d|-\d|nan|inf\b|None", each)] == []
