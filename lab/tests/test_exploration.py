"""Propensities and draws of many users at once are those of the service."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.crowds import Request, asked

from tipbandit.contracts.inputs import Candidate, Context
from tipbandit.policies import exploration as service
from tipbandit_lab import exploration
from tipbandit_lab.arrays import Floats

_STEP = 4e-13
"""Two are tied, three are not."""


@st.composite
def scores(draw: st.DrawFn) -> Floats:
    """Return scores (K, U), of some users close to each other, of some high, of some far below 0."""
    candidates, users = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    columns = []
    for _ in range(users):
        middle = draw(st.sampled_from([0.0, 0.3, -0.7, 40.0, -40.0, 1e6]))
        step = draw(st.sampled_from([0.0, _STEP, _STEP * max(1.0, abs(middle)), 0.1]))
        places = draw(st.lists(st.integers(-3, 3), min_size=candidates, max_size=candidates))
        columns.append([middle + step * place for place in places])
    return np.array(columns).T.copy()


@given(scores=scores())
def test_the_best_are_those_of_the_service(scores: Floats) -> None:
    got = exploration.best_of(scores)
    np.testing.assert_array_equal(got, np.stack([service.best_of(each) for each in scores.T], axis=1))


@given(scores=scores(), epsilon=st.sampled_from([0.0, 1.0]) | st.floats(0, 1))
def test_greedy_propensities_are_those_of_the_service_bit_for_bit(scores: Floats, epsilon: float) -> None:
    got = exploration.greedy(exploration.best_of(scores), epsilon)
    np.testing.assert_array_equal(got, np.stack([service.propensities(each, epsilon) for each in scores.T], axis=1))


@given(scores=scores(), epsilon=st.floats(0, 1), gamma=st.sampled_from([0.0, 1.0]) | st.floats(0, 1e4))
def test_inverse_gap_propensities_are_those_of_the_service(scores: Floats, epsilon: float, gamma: float) -> None:
    got = exploration.inverse_gap(scores, exploration.best_of(scores), epsilon, gamma)
    expected = np.stack([service.propensities(each, epsilon, gamma) for each in scores.T], axis=1)
    np.testing.assert_allclose(got, expected, rtol=1e-13)


@given(keys=st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=5), data=st.data())
def test_a_decision_id_draws_what_it_draws_in_the_service(keys: list[bytes], data: st.DataObject) -> None:
    candidates = data.draw(st.integers(1, 6))
    weights = st.lists(st.integers(0, 4), min_size=candidates, max_size=candidates).filter(any)
    probabilities = np.array([data.draw(weights) for _ in keys], dtype=np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    request = Request(Context(hour=1.0, weekday=1), [Candidate(tip_id="t")], None)
    moment = asked([request] * len(keys), b"".join(keys)).moment
    np.testing.assert_array_equal(moment.uniforms(), [service.uniform(key) for key in keys])
    got = exploration.draw(probabilities.T.copy(), moment.uniforms())
    assert got.tolist() == [service.draw(*each) for each in zip(probabilities, keys, strict=True)]


@pytest.mark.parametrize(
    ("uniform", "index"), [(0.0, 1), (np.nextafter(0.25, 0), 1), (0.25, 2), (0.5, 4), (np.nextafter(1, 0), 4)]
)
def test_each_candidate_has_its_interval_closed_below_and_open_above(uniform: float, index: int) -> None:
    """So one without probability is never shown."""
    probabilities = np.array([0.0, 0.25, 0.25, 0.0, 0.5])
    by_service = np.searchsorted(probabilities.cumsum(), uniform, side="right")
    assert exploration.draw(probabilities[:, None], np.array([uniform])).tolist() == [index] == [by_service]


def test_probabilities_are_shares_of_their_sum() -> None:
    """Rounding leaves it a little beside 1; here it is 2, and 0.4 of it is 0.8."""
    assert exploration.draw(np.array([[0.7], [0.2], [1.1]]), np.array([0.4])).tolist() == [1]


def test_a_sum_that_rounding_pushed_up_draws_the_last_one_at_most() -> None:
    probabilities = np.full((10, 1), 0.1)
    assert exploration.draw(probabilities, np.array([1.0])).tolist() == [9]


@pytest.mark.parametrize("candidates", [1, 255, 256, 700])
def test_many_candidates_are_counted_right(candidates: int) -> None:
    marked = np.ones((candidates, 3), dtype=np.bool_)
    marked[0, 1] = False
    assert exploration.count(marked).tolist() == [candidates, candidates - 1, candidates]
