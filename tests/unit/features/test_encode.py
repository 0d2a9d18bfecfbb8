"""Context + candidates + profile -> X."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import candidates, contexts, profiles
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.features.encode import encode
from tipbandit.features.schema import BASE, BASE_PROFILE, FEATURE_SETS, FeatureSet
from tipbandit.policies.ridge import Array

_NOON_MONDAY = Context(hour=12.0, weekday=0)
_BARE = Candidate(tip_id="t")
_SETS = pytest.mark.parametrize("feature_set", FEATURE_SETS.values(), ids=FEATURE_SETS)


def _x(
    context: Context = _NOON_MONDAY, candidate: Candidate = _BARE, profile: ProfileFeatures | None = None
) -> dict[str, float]:
    row: Array = encode(BASE_PROFILE, context, [candidate], profile)[0]
    return dict(zip(BASE_PROFILE.names, row.tolist(), strict=True))


@pytest.mark.parametrize(
    ("hour", "sin", "cos"),
    [
        (0.0, 0.0, 1.0),
        (3.0, 0.5**0.5, 0.5**0.5),
        (6.0, 1.0, 0.0),
        (12.0, 0.0, -1.0),
        (18.0, -1.0, 0.0),
        (22.0, -0.5, 0.75**0.5),
    ],
)
def test_the_hour_stands_on_a_circle(hour: float, sin: float, cos: float) -> None:
    """2*pi*hour/24 is 45 degrees at three, 90 at six, 180 at noon, 270 at six in the evening, 330 at ten."""
    x = _x(Context(hour=hour, weekday=0))
    assert (x["hour_sin"], x["hour_cos"]) == pytest.approx((sin, cos), abs=1e-15)


def test_midnight_has_neighbours_on_both_sides() -> None:
    just_before = encode(BASE, Context(hour=np.nextafter(24.0, 0.0).item(), weekday=0), [_BARE], None)
    midnight = encode(BASE, Context(hour=0.0, weekday=0), [_BARE], None)
    np.testing.assert_allclose(just_before, midnight, atol=1e-14)


@pytest.mark.parametrize(("weekday", "weekend"), [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 1), (6, 1)])
def test_the_weekend_is_saturday_and_sunday(weekday: int, weekend: int) -> None:
    assert _x(Context(hour=1.0, weekday=weekday))["weekend"] == weekend


@pytest.mark.parametrize("priority", [0.0, 0.25, 1.0])
def test_priority_is_taken_as_sent(priority: float) -> None:
    assert _x(candidate=Candidate(tip_id="t", priority=priority))["priority"] == priority


@pytest.mark.parametrize(
    ("due_in_hours", "urgency"),
    [
        (0.0, 1.0),
        (-0.0, 1.0),
        (-5.0, 1.0),
        (-87_600.0, 1.0),
        (24.0, 0.36787944117144233),
        (48.0, 0.1353352832366127),
        (87_600.0, 0.0),
    ],
)
def test_urgency_falls_by_e_a_day_and_is_full_when_overdue(due_in_hours: float, urgency: float) -> None:
    """exp(-24/24) = 1/e = 0.3679, exp(-48/24) = 1/e^2 = 0.1353; exp(-3650) is below the smallest double."""
    assert _x(candidate=Candidate(tip_id="t", due_in_hours=due_in_hours))["urgency"] == pytest.approx(urgency)


@pytest.mark.parametrize(
    ("age_hours", "freshness"), [(0.0, 1.0), (36.0, 0.6065306597126334), (72.0, 0.36787944117144233), (87_600.0, 0.0)]
)
def test_freshness_falls_by_e_in_three_days(age_hours: float, freshness: float) -> None:
    """exp(-36/72) = e^-0.5 = 0.6065, exp(-72/72) = 1/e = 0.3679."""
    assert _x(candidate=Candidate(tip_id="t", age_hours=age_hours))["freshness"] == pytest.approx(freshness)


def test_the_rates_of_the_profile_are_taken_as_sent() -> None:
    x = _x(profile=ProfileFeatures(completion_rate=0.25, dismiss_rate=0.75))
    assert (x["completion_rate"], x["dismiss_rate"]) == (0.25, 0.75)


@pytest.mark.parametrize(("dwell", "scaled"), [(0.0, 0.0), (150.0, 0.25), (600.0, 1.0), (601.0, 1.0), (86_400.0, 1.0)])
def test_dwell_counts_up_to_ten_minutes(dwell: float, scaled: float) -> None:
    assert _x(profile=ProfileFeatures(mean_dwell_s=dwell))["mean_dwell"] == scaled


@pytest.mark.parametrize(
    ("hour", "preferred", "alignment"),
    [
        (8.0, 8.0, 1.0),
        (20.0, 8.0, -1.0),
        (8.0, 20.0, -1.0),
        (14.0, 8.0, 0.0),
        (23.0, 1.0, 0.75**0.5),
        (1.0, 23.0, 0.75**0.5),
    ],
)
def test_alignment_is_one_at_the_preferred_hour_and_minus_one_twelve_hours_away(
    hour: float, preferred: float, alignment: float
) -> None:
    """Two hours, also across midnight, are 30 degrees, and cos 30 = sqrt(3)/2."""
    x = _x(Context(hour=hour, weekday=0), profile=ProfileFeatures(preferred_hour=preferred))
    assert x["preferred_hour_alignment"] == pytest.approx(alignment, abs=1e-15)


@pytest.mark.parametrize(
    ("count", "volume"), [(0, 0.0), (9, 0.333285), (99, 0.666570), (1000, 1.0), (1001, 1.0), (1_000_000, 1.0)]
)
def test_volume_is_logarithmic_up_to_a_thousand(count: int, volume: float) -> None:
    """log1p(9)/log1p(1000) = ln 10/ln 1001 = 2.302585/6.908755 = 0.333285, and twice that for 99."""
    assert _x(profile=ProfileFeatures(tips_30d=count))["tip_volume"] == pytest.approx(volume, rel=1e-5)


def test_an_absent_number_takes_its_documented_default() -> None:
    x = _x()
    assert (x["bias"], x["priority"], x["urgency"], x["freshness"]) == (1.0, 0.5, 0.0, 1.0)
    assert (x["completion_rate"], x["dismiss_rate"], x["mean_dwell"]) == (0.5, 0.5, 0.0)
    assert (x["preferred_hour_alignment"], x["tip_volume"]) == (0.0, 0.0)


def test_absence_in_one_candidate_does_not_touch_the_others() -> None:
    tips = [Candidate(tip_id="a", priority=0.9), Candidate(tip_id="b"), Candidate(tip_id="c", priority=0.1)]
    x = encode(BASE, _NOON_MONDAY, tips, None)
    assert x[:, BASE.names.index("priority")].tolist() == [0.9, 0.5, 0.1]


def test_zero_is_a_value_and_not_an_absence() -> None:
    x = _x(
        candidate=Candidate(tip_id="t", priority=0.0, due_in_hours=0.0, age_hours=0.0),
        profile=ProfileFeatures(
            completion_rate=0.0, dismiss_rate=0.0, mean_dwell_s=0.0, preferred_hour=0.0, tips_30d=0
        ),
    )
    assert (x["priority"], x["urgency"], x["freshness"]) == (0.0, 1.0, 1.0)
    assert (x["completion_rate"], x["dismiss_rate"]) == (0.0, 0.0)
    assert x["preferred_hour_alignment"] == -1.0


def test_an_empty_profile_is_an_absent_profile() -> None:
    np.testing.assert_array_equal(
        encode(BASE_PROFILE, _NOON_MONDAY, [_BARE], ProfileFeatures()),
        encode(BASE_PROFILE, _NOON_MONDAY, [_BARE], None),
    )


@given(profiles(), st.sampled_from(sorted(ProfileFeatures.model_fields)))
def test_one_absent_profile_number_moves_its_own_dimension_alone(profile: ProfileFeatures, name: str) -> None:
    feature = next(row for row in BASE_PROFILE.features if name in row.inputs)
    whole = _x(profile=profile)
    partial = _x(profile=profile.model_copy(update={name: None}))
    assert partial == {**whole, feature.name: feature.default}


@given(contexts(), st.lists(candidates(), min_size=1, max_size=3), profiles())
def test_base_ignores_the_profile(context: Context, tips: list[Candidate], profile: ProfileFeatures) -> None:
    with_it, without = encode(BASE, context, tips, profile), encode(BASE, context, tips, None)
    assert with_it.shape == (len(tips), 7)
    np.testing.assert_array_equal(with_it, without)


@given(contexts(), st.lists(candidates(), min_size=1, max_size=3), st.none() | profiles())
def test_the_first_seven_dimensions_are_the_same_in_both_sets(
    context: Context, tips: list[Candidate], profile: ProfileFeatures | None
) -> None:
    whole = encode(BASE_PROFILE, context, tips, profile)
    assert whole.shape == (len(tips), 12)
    np.testing.assert_array_equal(whole[:, :7], encode(BASE, context, tips, profile))


@_SETS
@given(context=contexts(), tips=st.lists(candidates(), min_size=1, max_size=9), profile=st.none() | profiles())
def test_all_at_once_is_the_same_as_one_by_one(
    feature_set: FeatureSet, context: Context, tips: list[Candidate], profile: ProfileFeatures | None
) -> None:
    """To the last bit but one: the vector units of some machines round exp differently from the scalar one.

    A product doubles that at most, and is rounded once more.
    """
    together = encode(feature_set, context, tips, profile)
    one_by_one = np.vstack([encode(feature_set, context, [tip], profile) for tip in tips])
    np.testing.assert_array_max_ulp(together, one_by_one, maxulp=3 if feature_set.products else 1)


@_SETS
@given(context=contexts(), tips=st.lists(candidates(), min_size=1, max_size=3), profile=st.none() | profiles())
def test_every_legal_input_gives_values_within_the_range_of_the_table(
    feature_set: FeatureSet, context: Context, tips: list[Candidate], profile: ProfileFeatures | None
) -> None:
    x = encode(feature_set, context, tips, profile)
    assert (x >= [row.low for row in feature_set.features]).all()
    assert (x <= [row.high for row in feature_set.features]).all()


@given(contexts(), st.lists(candidates(), min_size=2, max_size=3), profiles())
def test_what_is_no_candidate_s_own_is_the_same_for_all(
    context: Context, tips: list[Candidate], profile: ProfileFeatures
) -> None:
    x = encode(BASE_PROFILE, context, tips, profile)
    shared = [not row.per_candidate for row in BASE_PROFILE.features]
    assert all((one == other).all() for one, other in pairwise(x[:, shared]))


def test_a_context_without_its_hour_is_a_mistake_of_ours() -> None:
    half = Context.model_construct(hour=None, weekday=0)
    with pytest.raises(ValueError, match="hour_sin needs hour"):
        encode(BASE, half, [_BARE], None)
