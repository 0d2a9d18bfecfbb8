"""The counted profiles are those the recommender computes from the whole list of what was shown."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit_lab.arrays import Floats, Ints
from tipbandit_lab.histories import Histories
from tipbandit_lab.moments import REACTIONS, Moment, Profiles, Reactions, Tips
from tipbandit_recommender.profile import LEAST, Shown, profile_features

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = ("completion_rate", "dismiss_rate", "mean_dwell_s", "preferred_hour", "tips_30d")
MONTH_MS = 30 * 24 * 3_600_000
HALF_A_DECIMAL = 1e-4
"""Hours are rounded to four decimals, and a sum in another order may fall on the other side."""

hours = st.integers(0, 95).map(lambda quarter: quarter / 4) | st.floats(0, 24, exclude_max=True)
steps = st.sampled_from([0, 1, 60_000, 3_600_000, MONTH_MS - 1, MONTH_MS, MONTH_MS + 1]) | st.integers(0, MONTH_MS // 4)
dwells = st.sampled_from([0.0, 86_400.0, 86_401.0, 1e6]) | st.floats(0, 1e5)
reactions = st.sampled_from(range(len(REACTIONS)))
tips = st.tuples(hours, reactions | st.just(0), dwells, steps)


def moment(hour: Floats, at_ms: Ints) -> Moment:
    nothing = np.zeros((1, len(hour)))
    tips = Tips(nothing.astype(np.int64), nothing, nothing, nothing)
    no_luck = np.zeros(len(hour))
    ids = np.zeros((len(hour), 16), dtype=np.uint8)
    return Moment(0, 0, hour, no_luck.astype(np.int64), at_ms, tips, ids, no_luck, no_luck, no_luck)


def reacted(reaction: Ints, dwell_s: Floats) -> Reactions:
    return Reactions(reaction, np.zeros(len(reaction)), np.zeros(len(reaction)), dwell_s)


def listed(user: list[tuple[float, int, float, int]], ages: Ints) -> list[Shown]:
    return [
        Shown(
            shown_at=EPOCH + timedelta(milliseconds=int(age)),
            hour=hour,
            reaction=REACTIONS[reaction],  # type: ignore[arg-type]
            dwell_s=dwell_s,
        )
        for (hour, reaction, dwell_s, _), age in zip(user, ages, strict=True)
    ]


def counted(users: list[list[tuple[float, int, float, int]]], at_ms: Ints, asked_ms: Ints) -> list[Profiles]:
    """The profiles before the first moment, and after each: at the next one, and at last when asked."""
    histories = Histories(len(users))
    profiles = [histories.profiles(at_ms[0])]
    columns = np.array(users)  # (U, T, 4)
    for number, at in enumerate(at_ms):
        hour, reaction, dwell_s, _ = columns[:, number].T
        histories.add(moment(hour, at), reacted(reaction.astype(np.int64), dwell_s))
        profiles.append(histories.profiles(at_ms[number + 1] if number + 1 < len(at_ms) else asked_ms))
    return profiles


def same(profiles: Profiles, user: int, expected: ProfileFeatures) -> None:
    for name in FIELDS:
        said, meant = float(getattr(profiles, name)[user]), getattr(expected, name)
        if meant is None:
            assert np.isnan(said), name
        elif name == "preferred_hour":
            assert abs((said - meant + 12) % 24 - 12) <= HALF_A_DECIMAL * 1.01
            assert 0 <= said < 24
            assert said == pytest.approx(round(said, 4), abs=1e-9)
        else:
            assert said == pytest.approx(meant, abs=1e-9, rel=1e-12), name


@given(st.integers(1, 14).flatmap(lambda n: st.lists(st.lists(tips, min_size=n, max_size=n), min_size=1, max_size=4)))
@example([[(23.0, 0, 1.0, 0), (1.0, 0, 1.0, 0), (0.0, 0, 1.0, 0)] * 2])
@example([[(7.25, 0, 1.0, MONTH_MS)] * LEAST, [(7.25, 0, 1.0, MONTH_MS - 1)] * LEAST])
def test_counting_gives_each_user_the_profile_that_the_recommender_computes(users: list[list[Any]]) -> None:
    at_ms = np.cumsum([[tip[3] for tip in user] for user in users], axis=1).T  # (T, U)
    asked_ms = at_ms[-1] + at_ms[0] % 100
    moments = [*at_ms, asked_ms]
    for seen, profiles in enumerate(counted(users, at_ms, asked_ms)):
        for user, own in enumerate(users):
            history = listed(own[:seen], at_ms[:seen, user])
            now = EPOCH + timedelta(milliseconds=int(moments[seen][user]))
            same(profiles, user, profile_features(history, now=now))


def test_hours_that_chance_explains_are_no_preference() -> None:
    """Eight tips done at hour 6 and six at 18: R = 2/14 = 0.143 misses sqrt(3/14) = 0.463; 14 and 0 reach it."""
    histories = Histories(2)
    for number in range(14):
        hour = np.array([6.0 if number < 8 else 18.0, 6.0])
        histories.add(moment(hour, np.full(2, number)), reacted(np.zeros(2, dtype=np.int64), np.ones(2)))
    np.testing.assert_allclose(histories.profiles(np.full(2, 14)).preferred_hour, [np.nan, 6.0])


def test_a_slight_preference_is_none_however_many_hours_agree() -> None:
    """Of 2000 tips 1090 are done at 6 and 910 at 18: R = 0.09 is far from chance, and less than 0.1; 1110 reach it."""
    histories = Histories(2)
    for number in range(2_000):
        hour = np.where(number < np.array([1_090, 1_110]), 6.0, 18.0)
        histories.add(moment(hour, np.full(2, number)), reacted(np.zeros(2, dtype=np.int64), np.ones(2)))
    np.testing.assert_allclose(histories.profiles(np.full(2, 2_000)).preferred_hour, [np.nan, 6.0])
