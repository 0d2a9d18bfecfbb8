"""Scores: predicted reward, confidence width and their sum."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import histories, rewards, vectors
from tipbandit.policies.ridge import Array, Estimate, State, cold, estimate, update
from tipbandit.policies.scorers import confidence_width, predicted_reward, upper_confidence

_LAMBDAS = st.floats(-100, 100).map(lambda exponent: 10.0**exponent)


def _two_by_hand() -> Estimate:
    """A^-1 = (2 -1; -1 3)/5 and theta = (2, -1)/5: see test_ridge."""
    state = update(cold(2), np.array([1.0, 0.0]), 1.0)
    return estimate(update(state, np.array([1.0, 1.0]), 0.0), 1.0)


def test_the_predicted_reward_by_hand() -> None:
    """With theta = (0.4, -0.2): (1, 1) earns 0.2, (1, 0) earns 0.4, (0, 1) earns -0.2."""
    x = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(predicted_reward(x, _two_by_hand().theta), [0.2, 0.4, -0.2], rtol=1e-14)


def test_the_width_by_hand() -> None:
    """For (1, 1): A^-1 x = (1, 2)/5, x'A^-1 x = 3/5. For (1, 0): 2/5. For (0, 1): 3/5. For nothing: 0."""
    x = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    np.testing.assert_allclose(confidence_width(x, _two_by_hand()), np.sqrt([0.6, 0.4, 0.6, 0.0]), rtol=1e-14)


def test_the_upper_confidence_bound_by_hand() -> None:
    """For (1, 1) and alpha = 0.5: 0.2 + 0.5*sqrt(0.6) = 0.2 + 0.5*0.774597 = 0.587298."""
    bound = upper_confidence(np.array([[1.0, 1.0]]), _two_by_hand(), alpha=0.5)
    assert bound.item() == pytest.approx(0.587298, abs=1e-6)


def test_alpha_multiplies_the_width_and_nothing_else() -> None:
    x = np.array([[1.0, 1.0], [0.5, -1.0]])
    solved = _two_by_hand()
    np.testing.assert_array_equal(upper_confidence(x, solved, alpha=0.0), predicted_reward(x, solved.theta))
    np.testing.assert_allclose(
        upper_confidence(x, solved, alpha=3.0) - predicted_reward(x, solved.theta), 3 * confidence_width(x, solved)
    )


def test_the_cold_bonus_divides_by_lambda() -> None:
    """With x = (1, 1), lambda = 10: sqrt(2/10) = 0.447, where multiplying by lambda would give sqrt(20) = 4.47."""
    width = confidence_width(np.array([[1.0, 1.0]]), estimate(cold(2), 10.0))
    assert width.item() == pytest.approx(0.4472136, abs=1e-7)


@given(vectors(7), _LAMBDAS)
def test_the_cold_bonus_is_sqrt_of_x_x_over_lambda_for_any_lambda(x: Array, ridge_lambda: float) -> None:
    width = confidence_width(x[np.newaxis], estimate(cold(7), ridge_lambda))
    assert width.item() == pytest.approx(np.sqrt(np.sum(x * x / ridge_lambda)), rel=1e-12)


@given(vectors(7), _LAMBDAS)
def test_a_cold_model_predicts_nothing(x: Array, ridge_lambda: float) -> None:
    assert predicted_reward(x[np.newaxis], estimate(cold(7), ridge_lambda).theta).item() == 0


@given(histories(4), vectors(4), rewards, vectors(4))
def test_a_width_never_grows_with_learning(
    history: list[tuple[Array, float]], learned: Array, r: float, asked: Array
) -> None:
    state: State = reduce(lambda state, event: update(state, *event), history, cold(4))
    before = confidence_width(asked[np.newaxis], estimate(state, 1.0))
    after = confidence_width(asked[np.newaxis], estimate(update(state, learned, r), 1.0))
    assert after.item() <= before.item() + 1e-12


@pytest.mark.parametrize("n", [1, 10, 1_000])
def test_the_width_of_what_was_seen_n_times_by_hand(n: int) -> None:
    """With x = 1, lambda = 1: A = n + 1, width = 1/sqrt(n + 1)."""
    state = State(np.array([[float(n)]]), np.array([0.0]), n, 0.0)
    assert confidence_width(np.ones((1, 1)), estimate(state, 1.0)).item() == pytest.approx((n + 1) ** -0.5)


def test_rounding_below_zero_is_a_width_of_zero() -> None:
    slightly_off = Estimate(np.array([[-1e-20]]), np.zeros(1))
    assert confidence_width(np.ones((1, 1)), slightly_off).item() == 0


@pytest.mark.parametrize("rows", [1, 2, 127, 128, 129, 400])
def test_few_and_many_candidates_have_the_same_widths(rows: int) -> None:
    """They are computed in two ways, so every candidate is also asked about alone: to 1e-14, far below a tie."""
    x = np.sin(np.arange(1, rows * 12 + 1, dtype=np.float64) ** 2).reshape(rows, 12)
    x[-1] = x[0]
    solved = estimate(reduce(lambda state, row: update(state, row, 0.5), x[:40], cold(12)), 1.0)
    alone = [confidence_width(row[np.newaxis], solved).item() for row in x]
    np.testing.assert_allclose(confidence_width(x, solved), alone, rtol=1e-14)
    exact = np.sqrt(np.einsum("ki,ij,kj->k", x, solved.inverse, x))
    np.testing.assert_allclose(alone, exact, rtol=1e-12)


def test_computing_the_widths_leaves_candidates_and_solution_as_they_are() -> None:
    x, solved = np.ones((300, 2)), _two_by_hand()
    before = (x.tobytes(), solved.inverse.tobytes(), solved.theta.tobytes())
    upper_confidence(x, solved, alpha=0.5)
    assert before == (x.tobytes(), solved.inverse.tobytes(), solved.theta.tobytes())
