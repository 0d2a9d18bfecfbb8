"""The schema table: complete, consistent with itself, and fingerprinted."""

import math
from dataclasses import replace
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import legal
from tipbandit.features.schema import BASE, BASE_PROFILE, FEATURE_SETS, FEATURES, INPUTS, Feature, FeatureSet

_ROWS = pytest.mark.parametrize("row", BASE_PROFILE.features, ids=lambda row: row.name)
_WORDS: Final = {
    "pi": math.pi,
    "sin": math.sin,
    "cos": math.cos,
    "exp": math.exp,
    "log1p": math.log1p,
    "min": min,
    "max": max,
}


def test_base_has_the_seven_documented_dimensions_in_order() -> None:
    assert BASE.names == ("bias", "hour_sin", "hour_cos", "weekend", "priority", "urgency", "freshness")
    assert BASE.dim == 7


def test_base_profile_is_base_and_the_five_of_the_profile() -> None:
    assert BASE_PROFILE.names[:7] == BASE.names
    assert BASE_PROFILE.names[7:] == (
        "completion_rate",
        "dismiss_rate",
        "mean_dwell",
        "preferred_hour_alignment",
        "tip_volume",
    )
    assert BASE_PROFILE.dim == 12


def test_feature_sets_are_found_by_name() -> None:
    assert {name: each.name for name, each in FEATURE_SETS.items()} == {name: name for name in FEATURE_SETS}
    assert (FEATURE_SETS["base"], FEATURE_SETS["base+profile"]) == (BASE, BASE_PROFILE)


def test_features_are_found_by_name_and_none_of_them_is_a_product() -> None:
    assert tuple(FEATURES.values()) == BASE_PROFILE.features
    assert all(name == row.name and not row.factors for name, row in FEATURES.items())


def test_every_input_is_read_by_some_feature_and_every_feature_reads_inputs_of_the_table() -> None:
    assert {name for row in BASE_PROFILE.features for name in row.inputs} == set(INPUTS)


def test_base_reads_nothing_of_the_profile() -> None:
    assert "profile" not in {INPUTS[name].source for row in BASE.features for name in row.inputs}


def test_an_input_is_listed_under_its_own_name_with_a_range() -> None:
    assert all(name == row.name and row.low < row.high for name, row in INPUTS.items())


@_ROWS
def test_a_feature_whose_input_may_be_absent_has_a_default_within_its_range(row: Feature) -> None:
    optional = any(not INPUTS[name].required for name in row.inputs)
    assert optional == (row.default is not None)
    assert row.default is None or row.low <= row.default <= row.high


@_ROWS
@given(data=st.data())
def test_a_formula_says_what_its_transform_does(row: Feature, data: st.DataObject) -> None:
    values = {name: data.draw(legal(name), label=name) for name in row.inputs}
    said = eval(row.formula, {"__builtins__": {}}, {**_WORDS, **values})  # noqa: S307  our own table
    if row.per_candidate:
        done = row.transform(*(np.array([value], dtype=np.float64) for value in values.values()))[0]
    else:
        done = row.transform(*values.values())
    assert done == pytest.approx(said, rel=1e-12, abs=1e-12)


@_ROWS
def test_the_fingerprint_changes_with_each_row(row: Feature) -> None:
    place = BASE_PROFILE.features.index(row)
    for changed in (
        replace(row, name="other"),
        replace(row, formula="2 * (" + row.formula + ")"),
        replace(row, default=0.123),
    ):
        rows = list(BASE_PROFILE.features)
        rows[place] = changed
        assert FeatureSet("base+profile", tuple(rows)).fingerprint() != BASE_PROFILE.fingerprint()


def test_the_fingerprint_changes_with_the_order_and_number_of_rows() -> None:
    rows = BASE_PROFILE.features
    swapped = FeatureSet("base+profile", (rows[1], rows[0], *rows[2:]))
    shorter = FeatureSet("base+profile", rows[:-1])
    prints = {each.fingerprint() for each in (BASE, BASE_PROFILE, swapped, shorter)}
    assert len(prints) == 4
    assert all(len(each) == 4 for each in prints)


@pytest.mark.parametrize(("feature_set", "fingerprint"), [(BASE, "dff2609d"), (BASE_PROFILE, "dabd311d")])
def test_the_fingerprints_are_those_of_the_states_out_there(feature_set: FeatureSet, fingerprint: str) -> None:
    """Another value here means that every stored state of the set is refused: make a new set instead."""
    assert feature_set.fingerprint().hex() == fingerprint
