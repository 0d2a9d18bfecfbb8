"""The columns of many users at once are what the service encodes for each of them."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.crowds import OF_CANDIDATES, OF_PROFILES, Request, asked, crowds, legal

from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.features import encode as service
from tipbandit.features.schema import BASE, BASE_PROFILE, FEATURE_SETS, FEATURES, Feature, FeatureSet, product
from tipbandit_lab.encoding import FOR_ARRAYS, encode

_OWN = Feature(
    name="early", inputs=("hour", "preferred_hour"), formula="1 if hour < preferred_hour else -hour/24",
    transform=lambda hour, preferred: 1.0 if hour < preferred else -hour / 24, low=-1, high=1, default=0.25, meaning="",
)  # fmt: skip
_TWO = Feature(
    name="balance", inputs=("completion_rate", "dismiss_rate"), formula="completion_rate - dismiss_rate",
    transform=lambda completion, dismiss: completion - dismiss, low=-1, high=1, default=0.125, meaning="",
)  # fmt: skip
"""Features that the laboratory has no counterparts for; two inputs of the second can be absent."""
_ODD = FeatureSet(
    "odd",
    (
        FEATURES["urgency"],
        _OWN,
        _TWO,
        product(FEATURES["weekend"], FEATURES["hour_cos"]),
        product(FEATURES["freshness"], FEATURES["urgency"], FEATURES["completion_rate"]),
        product(FEATURES["dismiss_rate"], FEATURES["tip_volume"]),
    ),
)
"""Products whose factors are no features of the set, of the request alone, and of more than two."""
_SETS = [*FEATURE_SETS.values(), _ODD]
_EVERY_SET = pytest.mark.parametrize("feature_set", _SETS, ids=lambda each: each.name)


def check(feature_set: FeatureSet, requests: list[Request]) -> None:
    seen = asked(requests)
    columns = encode(feature_set, seen.moment, seen.profiles)
    got = np.stack([np.broadcast_to(column, seen.appeal.shape) for column in columns])
    for user, one in enumerate(requests):
        expected = service.encode(feature_set, one.context, one.candidates, one.profile)
        np.testing.assert_allclose(got[:, :, user].T, expected, rtol=1e-12, atol=1e-15)


@_EVERY_SET
@given(requests=crowds())
def test_each_user_gets_the_x_of_the_service(feature_set: FeatureSet, requests: list[Request]) -> None:
    check(feature_set, requests)


@_EVERY_SET
@pytest.mark.parametrize("absent", [*OF_CANDIDATES, *OF_PROFILES])
def test_one_input_that_is_absent_for_one_user_gives_its_default_to_that_user(
    feature_set: FeatureSet, absent: str
) -> None:
    tip = Candidate(tip_id="t", priority=0.2, due_in_hours=-3.0, age_hours=5.0)
    profile = ProfileFeatures(completion_rate=0.1, dismiss_rate=0.2, mean_dwell_s=700.0, preferred_hour=9.0, tips_30d=7)
    context = Context(hour=8.5, weekday=5)
    other_tip, other_profile = tip, profile
    if absent in OF_CANDIDATES:
        other_tip = tip.model_copy(update={absent: None})
    else:
        other_profile = profile.model_copy(update={absent: None})
    check(feature_set, [Request(context, [tip, tip], profile), Request(context, [tip, other_tip], other_profile)])


@_EVERY_SET
def test_what_is_one_number_a_request_stays_one_number_a_user(feature_set: FeatureSet) -> None:
    tip = Candidate(tip_id="t", priority=0.2)
    seen = asked([Request(Context(hour=8.5, weekday=5), [tip] * 3, None)] * 2)
    columns = encode(feature_set, seen.moment, None)
    assert [column.shape for column in columns] == [
        (3, 2) if feature.per_candidate else (2,) for feature in feature_set.features
    ]


@pytest.mark.parametrize(
    "feature", [row for row in FEATURES.values() if row.inputs and not row.per_candidate], ids=lambda row: row.name
)
@given(data=st.data())
def test_a_transform_for_arrays_is_the_one_of_the_table(feature: Feature, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.tuples(*(legal(name) for name in feature.inputs)), min_size=1, max_size=5))
    got = FOR_ARRAYS[feature.formula](*(np.array(column) for column in zip(*rows, strict=True)))
    np.testing.assert_allclose(got, [feature.transform(*row) for row in rows], rtol=1e-12, atol=1e-15)


def test_a_feature_with_the_name_of_another_is_read_by_its_own_formula() -> None:
    """It is not in the table, so its own transform is called, one user after the other."""
    other = replace(FEATURES["hour_sin"], formula="hour*hour", transform=lambda hour: hour * hour)
    seen = asked([Request(Context(hour=hour, weekday=0), [Candidate(tip_id="t")], None) for hour in (2.0, 3.0)])
    (both, own) = encode(FeatureSet("other", (FEATURES["hour_sin"], other)), seen.moment, None)
    np.testing.assert_allclose(both, [math.sin(math.tau * 2 / 24), math.sin(math.tau * 3 / 24)])
    np.testing.assert_array_equal(own, [4.0, 9.0])


def test_an_input_without_a_default_is_asked_for() -> None:
    strict = replace(FEATURES["completion_rate"], default=None)
    seen = asked([Request(Context(hour=2.0, weekday=0), [Candidate(tip_id="t")], None)])
    with pytest.raises(ValueError, match="completion_rate needs completion_rate"):
        encode(FeatureSet("strict", (strict,)), seen.moment, None)


def test_a_moment_is_encoded_once_for_all_players_but_profiles_are_their_own() -> None:
    tip = Candidate(tip_id="t", priority=0.2)
    one, other = (
        asked([Request(Context(hour=8.5, weekday=5), [tip], ProfileFeatures(completion_rate=rate))])
        for rate in (0.1, 0.9)
    )
    first = encode(BASE, one.moment, one.profiles)
    second = encode(BASE_PROFILE, one.moment, other.profiles)
    assert all(a is b for a, b in zip(first, second, strict=False))
    assert encode(BASE_PROFILE, one.moment, one.profiles)[7] == 0.1
    assert second[7] == 0.9


def test_columns_that_are_shared_cannot_be_written_to_and_inputs_still_can() -> None:
    tip = Candidate(tip_id="t", priority=0.2)
    seen = asked([Request(Context(hour=8.5, weekday=5), [tip], ProfileFeatures(completion_rate=0.5))])
    assert seen.profiles is not None
    for column in encode(BASE_PROFILE, seen.moment, seen.profiles):
        with pytest.raises(ValueError, match="read-only"):
            column[...] = 1.0
    seen.profiles.completion_rate[0] = 0.7
    seen.moment.tips.priority[0] = 0.7
