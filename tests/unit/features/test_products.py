"""Products of features: how they are built, what they are, and the feature sets made with them."""

import math
from dataclasses import replace
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import candidates, contexts, profiles
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.features import schema
from tipbandit.features.encode import encode
from tipbandit.features.schema import (
    BASE,
    BASE_ALIGNMENT,
    BASE_ALIGNMENT_WEEKEND,
    BASE_HOURS,
    BASE_PROFILE,
    BASE_WEEKEND,
    FEATURE_SETS,
    FEATURES,
    Feature,
    FeatureSet,
    product,
)
from tipbandit.policies.ridge import cold, update, weights
from tipbandit.policies.scorers import predicted_reward

_OWN: Final = ("priority", "urgency", "freshness")
_WITH_PRODUCTS = {name: each for name, each in FEATURE_SETS.items() if each.products}
_SETS = pytest.mark.parametrize("feature_set", _WITH_PRODUCTS.values(), ids=_WITH_PRODUCTS)
_ROWS = st.lists(st.sampled_from(list(FEATURES.values())), min_size=2, max_size=4)
_TIPS = st.lists(candidates(), min_size=1, max_size=4)


def _of(*names: str) -> Feature:
    return product(*(FEATURES[name] for name in names))


def test_a_product_says_what_it_is() -> None:
    made = _of("urgency", "preferred_hour_alignment")
    assert (made.name, made.formula) == ("urgency*preferred_hour_alignment", "urgency*preferred_hour_alignment")
    assert made.factors == ("urgency", "preferred_hour_alignment")
    assert made.inputs == ("due_in_hours", "hour", "preferred_hour")
    assert made.per_candidate


def test_an_input_of_two_factors_is_named_once() -> None:
    assert _of("hour_sin", "preferred_hour_alignment", "hour_cos").inputs == ("hour", "preferred_hour")


def test_a_product_is_a_candidate_s_own_where_a_factor_is() -> None:
    assert _of("hour_sin", "freshness").per_candidate
    assert not _of("hour_sin", "weekend").per_candidate


@pytest.mark.parametrize(
    ("names", "low", "high"),
    [
        (("urgency", "weekend"), 0, 1),
        (("urgency", "hour_sin"), -1, 1),
        (("hour_sin", "hour_cos"), -1, 1),
        (("bias", "priority"), 0, 1),
    ],
)
def test_a_range_is_the_range_of_the_products(names: tuple[str, ...], low: float, high: float) -> None:
    """Of [0, 1] x [0, 1], [0, 1] x [-1, 1], [-1, 1] x [-1, 1] and 1 x [0, 1]."""
    assert (_of(*names).low, _of(*names).high) == (low, high)


@pytest.mark.parametrize(
    ("names", "default"),
    [
        (("priority", "freshness"), 0.5),
        (("priority", "completion_rate"), 0.25),
        (("priority", "preferred_hour_alignment"), 0.0),
        (("priority", "hour_sin"), None),
        (("bias", "weekend"), None),
    ],
)
def test_a_default_is_the_product_of_the_defaults_where_all_have_one(
    names: tuple[str, ...], default: float | None
) -> None:
    """0.5 * 1, 0.5 * 0.5, 0.5 * 0; the hour, the bias and the weekday are never absent."""
    assert _of(*names).default == default


def test_factors_of_factors_are_factors() -> None:
    nested = product(_of("priority", "weekend"), FEATURES["hour_sin"])
    assert nested == replace(_of("priority", "weekend", "hour_sin"), transform=nested.transform)


def test_a_product_needs_two_factors() -> None:
    for features in ((), (FEATURES["priority"],)):
        with pytest.raises(ValueError, match="at least two factors"):
            product(*features)


def test_a_product_of_what_is_not_in_the_table_is_refused_with_all_names() -> None:
    own, other = replace(FEATURES["priority"], name="own"), replace(FEATURES["weekend"], formula="weekday")
    with pytest.raises(ValueError, match="not of own, weekend"):
        product(own, FEATURES["urgency"], other)


def test_the_crossed_sets_have_the_documented_dimensions_in_order() -> None:
    alignment = "preferred_hour_alignment"
    for crossed, names, dim in (
        (BASE_HOURS, ("hour_sin", "hour_cos"), 13),
        (BASE_WEEKEND, ("weekend",), 10),
        (BASE_ALIGNMENT, (alignment,), 10),
        (BASE_ALIGNMENT_WEEKEND, (alignment, "weekend"), 13),
    ):
        assert crossed.names == (*BASE.names, *(f"{own}*{name}" for own in _OWN for name in names))
        assert crossed.dim == dim


def test_the_fingerprints_of_the_crossed_sets_are_fixed() -> None:
    """Another value here means that every stored state of the set is refused: make a new set instead."""
    assert {name: each.fingerprint().hex() for name, each in _WITH_PRODUCTS.items()} == {
        "base+hours": "c9a1618c",
        "base+weekend": "3be16217",
        "base+alignment": "013af5a6",
        "base+alignment+weekend": "0c7f449e",
    }


@pytest.mark.parametrize("changed", [{"formula": "2*(x)"}, {"default": 0.123}])
@pytest.mark.parametrize("name", ["urgency", "preferred_hour_alignment"])
def test_the_fingerprint_changes_with_a_factor_that_is_not_in_the_set(
    name: str, changed: dict[str, str | float], monkeypatch: pytest.MonkeyPatch
) -> None:
    features = (FEATURES["bias"], _of("urgency", "preferred_hour_alignment"))
    before = FeatureSet("crossed", features).fingerprint()
    monkeypatch.setattr(schema, "FEATURES", {**FEATURES, name: replace(FEATURES[name], **changed)})  # type: ignore[arg-type]
    assert FeatureSet("crossed", features).fingerprint() != before


def test_products_by_hand() -> None:
    """At six in the morning sin is 1 and cos is 0. Due in 24 h: urgency 1/e = 0.367879; aged 72 h: freshness 1/e."""
    tip = Candidate(tip_id="t", priority=0.25, due_in_hours=24.0, age_hours=72.0)
    x = encode(BASE_HOURS, Context(hour=6.0, weekday=0), [tip], None)[0, BASE.dim :]
    assert x.tolist() == pytest.approx([0.25, 0.0, 0.367879, 0.0, 0.367879, 0.0], abs=1e-6)


def test_products_with_what_is_absent_by_hand() -> None:
    """At two at night sin is 1/2 and cos is sqrt(3)/2: priority 0.5, urgency 0 and freshness 1 times these."""
    x = encode(BASE_HOURS, Context(hour=2.0, weekday=0), [Candidate(tip_id="t")], None)[0, BASE.dim :]
    assert x.tolist() == pytest.approx([0.25, 0.433013, 0.0, 0.0, 0.5, 0.866025], abs=1e-6)


@pytest.mark.parametrize("profile", [None, ProfileFeatures(), ProfileFeatures(completion_rate=0.9)])
def test_without_a_preferred_hour_nothing_is_aligned(profile: ProfileFeatures | None) -> None:
    """Alignment 0 times whatever the tip is; the weekend, which is known, times it."""
    tip = Candidate(tip_id="t", priority=0.25, due_in_hours=0.0, age_hours=0.0)
    x = encode(BASE_ALIGNMENT_WEEKEND, Context(hour=2.0, weekday=6), [tip], profile)[0, BASE.dim :]
    assert x.tolist() == [0.0, 0.25, 0.0, 1.0, 0.0, 1.0]


def test_a_factor_that_is_not_in_the_set_by_hand() -> None:
    """Four hours from the preferred one cos is 1/2: of priority 0.8 and 0.1 that leaves 0.4 and 0.05."""
    tips = [Candidate(tip_id="a", priority=0.8), Candidate(tip_id="b", priority=0.1)]
    x = encode(BASE_ALIGNMENT, Context(hour=1.0, weekday=0), tips, ProfileFeatures(preferred_hour=21.0))
    assert x[:, BASE_ALIGNMENT.names.index("priority*preferred_hour_alignment")].tolist() == pytest.approx([0.4, 0.05])


def test_a_product_without_a_required_input_is_a_mistake_of_ours() -> None:
    half = Context.model_construct(hour=None, weekday=0)
    with pytest.raises(ValueError, match="hour_sin needs hour"):
        encode(FeatureSet("crossed", (_of("urgency", "hour_sin"),)), half, [Candidate(tip_id="t")], None)


@given(rows=_ROWS, context=contexts(), tips=_TIPS, profile=st.none() | profiles(), among=st.booleans())
def test_a_product_is_the_product_of_its_factors_wherever_these_are(
    *, rows: list[Feature], context: Context, tips: list[Candidate], profile: ProfileFeatures | None, among: bool
) -> None:
    """Beside its factors, before them, or without them in the set: to the last bit the same."""
    crossed = FeatureSet("crossed", (product(*rows), *(BASE_PROFILE.features if among else ())))
    columns = dict(zip(BASE_PROFILE.names, encode(BASE_PROFILE, context, tips, profile).T, strict=True))
    expected = math.prod((columns[row.name] for row in rows[1:]), start=columns[rows[0].name])
    np.testing.assert_array_equal(encode(crossed, context, tips, profile)[:, 0], expected)


def test_with_products_the_hour_does_change_which_tip_is_best() -> None:
    """Urgent tips are liked at six in the morning and disliked at six in the evening, calm ones are all the same."""
    tips = [Candidate(tip_id="urgent", due_in_hours=0.0), Candidate(tip_id="calm")]
    x = {hour: encode(BASE_HOURS, Context(hour=hour, weekday=0), tips, None) for hour in (6.0, 18.0)}
    state = cold(BASE_HOURS.dim)
    for _ in range(5):
        state = update(update(state, x[6.0][0], 1.0), x[18.0][0], -1.0)
        state = update(update(state, x[6.0][1], 0.0), x[18.0][1], 0.0)
    scores = {hour: predicted_reward(x[hour], weights(state, 1.0)) for hour in x}
    assert [scores[hour].argmax() for hour in (6.0, 18.0)] == [0, 1]


@_SETS
@given(contexts(), _TIPS, st.none() | profiles())
def test_the_first_seven_dimensions_are_those_of_base(
    feature_set: FeatureSet, context: Context, tips: list[Candidate], profile: ProfileFeatures | None
) -> None:
    x = encode(feature_set, context, tips, profile)
    assert x.shape == (len(tips), feature_set.dim)
    np.testing.assert_array_equal(x[:, :7], encode(BASE, context, tips, None))
