"""Scores -> propensities -> the tip that is shown."""

from typing import Final
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.frequencies import agree, keys
from tipbandit.policies import exploration
from tipbandit.policies.exploration import TIE_TOLERANCE, best_of, draw, inverse_gap, propensities, uniform
from tipbandit.policies.ridge import Array

_HUGE: Final = 1e300
_EPSILONS = st.floats(0, 1)
_GAMMAS = st.floats(0, 1e6)
_RULES = st.none() | _GAMMAS
_SPECIAL: Final = [0.0, -0.0, 1.0, -1.0, 5e-324, 1e-300, _HUGE, -_HUGE]
_SCORES = st.lists(
    st.sampled_from(_SPECIAL) | st.floats(-_HUGE, _HUGE) | st.floats(-1, 1), min_size=1, max_size=30
).map(np.array)


def test_one_best_by_hand() -> None:
    """K = 4, epsilon = 0.1: 0.1/4 = 0.025 for each, and 0.9 more for the best."""
    found = propensities(np.array([0.1, 0.7, -0.2, 0.3]), 0.1)
    assert found.tolist() == pytest.approx([0.025, 0.925, 0.025, 0.025])


def test_two_best_share_by_hand() -> None:
    """K = 4, epsilon = 0.1: 0.025 for each, and 0.9/2 more for each of the two."""
    found = propensities(np.array([0.7, 0.1, 0.7, 0.3]), 0.1)
    assert found.tolist() == pytest.approx([0.475, 0.025, 0.475, 0.025])


@pytest.mark.parametrize("epsilon", [0.0, 0.3, 1.0])
def test_a_single_candidate_is_certain(epsilon: float) -> None:
    assert propensities(np.array([-3.0]), epsilon).tolist() == [1.0]


def test_inverse_gap_weights_by_hand() -> None:
    """K = 4, gamma = 10, gaps 0, 0.2, 0.4, 0.8: 1/(4 + 2) = 4/24, 1/(4 + 4) = 3/24, 1/(4 + 8) = 2/24, and 15/24."""
    found = inverse_gap(np.array([0.3, 0.5, -0.3, 0.1]), 10.0)
    assert found.tolist() == pytest.approx([4 / 24, 15 / 24, 2 / 24, 3 / 24], rel=1e-14)


def test_two_best_share_what_the_others_leave_by_hand() -> None:
    """K = 4, gamma = 10, gaps 0, 0.4, 0, 0.8: 1/(4 + 4) = 6/48 and 1/(4 + 8) = 4/48, and 38/48 for the two best."""
    found = inverse_gap(np.array([0.5, 0.1, 0.5, -0.3]), 10.0)
    assert found.tolist() == pytest.approx([19 / 48, 6 / 48, 19 / 48, 4 / 48], rel=1e-14)


def test_inverse_gap_weights_stand_on_the_floor_by_hand() -> None:
    """The weights of before with epsilon = 0.1: 0.1/4 + 0.9 * (1/6, 5/8, 1/12, 1/8)."""
    found = propensities(np.array([0.3, 0.5, -0.3, 0.1]), 0.1, 10.0)
    assert found.tolist() == pytest.approx([0.175, 0.5875, 0.1, 0.1375], rel=1e-14)


@given(_SCORES)
def test_with_gamma_zero_inverse_gap_weights_are_uniform(scores: Array) -> None:
    assert (inverse_gap(scores, 0.0) == 1 / len(scores)).all()


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30).map(np.array), _GAMMAS)
def test_the_best_have_what_the_others_leave_of_one(scores: Array, gamma: float) -> None:
    """As the paper puts it: p = 1/(K + gamma * gap), and 1 - their sum for the best."""
    best = best_of(scores)
    others = [1 / (len(scores) + gamma * (scores.max() - score)) for score in scores[~best]]
    found = inverse_gap(scores, gamma)
    assert found[~best].tolist() == pytest.approx(others, rel=1e-14)
    assert found[best].tolist() == pytest.approx([(1 - sum(others)) / best.sum()] * best.sum(), abs=1e-14)


def test_a_larger_gamma_is_greedier_and_a_huge_one_greedy() -> None:
    scores = np.array([0.3, 0.5, -0.3, 0.1])
    best = [inverse_gap(scores, gamma)[1] for gamma in (0.0, 1.0, 10.0, 100.0, 1e15)]
    assert best == sorted(set(best))
    assert best[-1] == pytest.approx(1.0, abs=1e-12)


@given(_SCORES, _EPSILONS, _RULES)
def test_the_propensities_of_the_whole_ranking_sum_to_one(scores: Array, epsilon: float, gamma: float | None) -> None:
    found = propensities(scores, epsilon, gamma)
    assert found.shape == scores.shape
    assert found.sum() == pytest.approx(1.0, abs=1e-12)
    assert ((found >= 0) & (found <= 1)).all()


@given(_SCORES, _EPSILONS, _RULES)
def test_no_candidate_is_below_the_floor_and_no_better_score_below_a_worse(
    scores: Array, epsilon: float, gamma: float | None
) -> None:
    found = propensities(scores, epsilon, gamma)
    assert (found >= epsilon / len(scores)).all()
    assert (np.diff(found[scores.argsort()]) >= 0).all()
    assert (found[best_of(scores)] == found.max()).all()


@given(_SCORES)
def test_without_epsilon_only_the_best_are_shown(scores: Array) -> None:
    assert ((propensities(scores, 0.0) > 0) == best_of(scores)).all()


@given(_SCORES, _RULES)
def test_with_epsilon_one_every_candidate_is_as_likely(scores: Array, gamma: float | None) -> None:
    assert (propensities(scores, 1.0, gamma) == 1 / len(scores)).all()


@given(_SCORES, _EPSILONS, _RULES, st.integers(0, 30))
def test_the_place_in_the_request_is_no_advantage(
    scores: Array, epsilon: float, gamma: float | None, shift: int
) -> None:
    """To 1e-15: a sum depends on its order."""
    moved = propensities(np.roll(scores[::-1], shift), epsilon, gamma)
    here = np.roll(propensities(scores, epsilon, gamma)[::-1], shift)
    np.testing.assert_allclose(moved, here, rtol=0, atol=0 if gamma is None else 1e-15)


@pytest.mark.parametrize(
    ("scores", "tied"),
    [
        ([0.5, 0.5 - 1e-13, 0.5 - 1e-11], [True, True, False]),
        ([0.5 + 1e-13, 0.5], [True, True]),
        ([1e6, 1e6 - 1e-7, 1e6 - 1e-5], [True, True, False]),
        ([-1e6, -1e6 - 1e-7, -1e6 - 1e-5], [True, True, False]),
        ([0.0, -0.0, -1e-11], [True, True, False]),
        ([1e-13, 0.0], [True, True]),
    ],
)
def test_rounding_does_not_break_a_tie(scores: list[float], tied: list[bool]) -> None:
    """The tolerance is 1e-12 below 1 and 1e-12 of the best above: 1e-6 for a million."""
    assert TIE_TOLERANCE == 1e-12
    assert best_of(np.array(scores)).tolist() == tied


def test_a_number_of_the_stream_is_the_same_on_every_machine() -> None:
    """Fixed once: another value here means that logged decisions no longer replay."""
    assert uniform(b"tipbandit").hex() == "0x1.a5c6ed93ba053p-1"
    assert uniform(b"tipbandit", counter=1).hex() == "0x1.a4227cd421580p-2"


@given(st.binary(max_size=64), st.integers(0, 2**64 - 1))
def test_a_number_of_the_stream_lies_below_one(key: bytes, counter: int) -> None:
    assert 0 <= uniform(key, counter) < 1


@pytest.mark.parametrize("stream", ["keys", "counters"])
def test_the_numbers_are_uniform_across_keys_and_along_a_stream(stream: str) -> None:
    """20,000 numbers in 50 cells of 400 each."""
    if stream == "keys":
        numbers = [uniform(key) for key in keys(20_000)]
    else:
        numbers = [uniform(b"one decision", counter) for counter in range(20_000)]
    cells = np.bincount((np.array(numbers) * 50).astype(int), minlength=50)
    assert len(cells) == 50
    assert agree(cells, np.full(50, 1 / 50))


def test_keys_that_differ_in_one_bit_have_unrelated_numbers() -> None:
    """Correlation of 20,000 pairs: within 5 standard errors (1/sqrt(n)) of zero."""
    one = [uniform(key) for key in keys(20_000)]
    other = [uniform(key[:-1] + bytes([key[-1] ^ 1])) for key in keys(20_000)]
    assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(20_000)


def test_a_key_longer_than_the_generator_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        uniform(bytes(65))


@example(np.array([0.5, 0.5 - 1e-12, 0.5 - 2e-12]), 0.1, b"the second is just tied")
@given(_SCORES, _EPSILONS, st.binary(min_size=16, max_size=16))
def test_few_and_many_candidates_are_shown_alike_to_the_last_bit(scores: Array, epsilon: float, key: bytes) -> None:
    """There is a way for few and one for many, and as it was written before there were two."""
    decided = []
    for few in (0, len(scores)):
        with patch.object(exploration, "FEW", few):
            found = propensities(scores, epsilon)
            decided.append((found.tobytes(), found.dtype, found.shape, draw(found, key)))
    best = best_of(scores)
    expected = epsilon / len(scores) + best * ((1.0 - epsilon) / np.count_nonzero(best))
    cumulative = expected.cumsum()
    place = min(int(cumulative.searchsorted(uniform(key) * cumulative[-1], side="right")), len(scores) - 1)
    assert decided == [(expected.tobytes(), expected.dtype, expected.shape, place)] * 2


@pytest.mark.parametrize("few", [0, 100])
def test_weights_whose_sum_is_not_one_are_drawn_in_proportion(few: int) -> None:
    """Of 3 and 1 the first for three of four keys, not for all: rounding leaves sums a little beside one too."""
    with patch.object(exploration, "FEW", few):
        shown = np.bincount([draw(np.array([3.0, 1.0]), key) for key in keys(2_000)], minlength=2)
    assert agree(shown, np.array([0.75, 0.25]))


@pytest.mark.parametrize("few", [0, 100])
def test_scores_that_are_no_numbers_are_never_shown_in_silence(few: int) -> None:
    with patch.object(exploration, "FEW", few), pytest.raises(ZeroDivisionError):
        propensities(np.array([0.5, np.nan, 0.7]), 0.1)


@given(_SCORES, _EPSILONS, st.binary(min_size=16, max_size=16))
def test_the_draw_inverts_the_cumulative_sum(scores: Array, epsilon: float, key: bytes) -> None:
    probabilities = propensities(scores, epsilon)
    index = draw(probabilities, key)
    below, above = probabilities[:index].sum(), probabilities[: index + 1].sum()
    assert below - 1e-12 <= uniform(key) <= above + 1e-12


def test_a_draw_on_a_boundary_belongs_to_the_next_candidate() -> None:
    """The intervals are [0, p_1), [p_1, p_1 + p_2), ...: so zero never falls to a candidate without probability."""
    number = uniform(b"tipbandit")
    probabilities = np.array([number, 1.0 - number])
    assert probabilities.sum() == 1.0
    assert draw(probabilities, b"tipbandit") == 1
    assert draw(np.array([np.nextafter(number, 1.0), 1.0 - number]), b"tipbandit") == 0


@given(_SCORES, st.binary(min_size=16, max_size=16))
def test_what_has_no_probability_is_never_drawn(scores: Array, key: bytes) -> None:
    probabilities = propensities(scores, 0.0)
    assert probabilities[draw(probabilities, key)] > 0


@pytest.mark.parametrize(
    "probabilities",
    [
        [0.025, 0.925, 0.025, 0.025],
        [0.25, 0.25, 0.25, 0.25],
        [0.0, 0.5, 0.0, 0.5, 0.0],
        [1.0],
        [0.001, 0.999],
        [1 / 7] * 7,
    ],
)
def test_tips_are_drawn_as_often_as_their_probabilities_say(probabilities: list[float]) -> None:
    given_ = np.array(probabilities)
    shown = np.bincount([draw(given_, key) for key in keys(20_000)], minlength=len(given_))
    assert agree(shown, given_)
