"""The ridge regression: update and solution, by hand and against least squares."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import histories, rewards, vectors
from tipbandit.policies.ridge import Array, State, cold, estimate, update, weights

History = list[tuple[Array, float]]
_LAMBDAS = st.floats(1e-3, 1e3)
_DISCOUNTS = st.floats(0.2, 1.0)


def _learned(dim: int, history: History, discount: float = 1.0) -> State:
    return reduce(lambda state, event: update(state, event[0], event[1], discount), history, cold(dim))


def test_nothing_is_known_at_first() -> None:
    state = cold(3)
    assert (state.n, state.reward_sum) == (0, 0.0)
    assert not state.gram.any()
    assert state.gram.shape == (3, 3)
    assert estimate(state, 1.0).theta.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("n", "theta"), [(1, 0.5), (2, 2 / 3), (9, 0.9)])
def test_one_dimension_by_hand(n: int, theta: float) -> None:
    """With x = 1 and r = 1, n times, lambda = 1: A = 1 + n, b = n, theta = n/(n + 1)."""
    state = _learned(1, [(np.array([1.0]), 1.0)] * n)
    assert estimate(state, 1.0).theta.item() == pytest.approx(theta, rel=1e-15)


def test_two_dimensions_by_hand() -> None:
    """With x = (1, 0), r = 1, then x = (1, 1), r = 0, lambda = 1.

    G = (1 0; 0 0) + (1 1; 1 1) = (2 1; 1 1), A = (3 1; 1 2), det A = 5, A^-1 = (2 -1; -1 3)/5, b = (1, 0),
    theta = (2, -1)/5.
    """
    state = _learned(2, [(np.array([1.0, 0.0]), 1.0), (np.array([1.0, 1.0]), 0.0)])
    solved = estimate(state, 1.0)
    assert state.gram.tolist() == [[2.0, 1.0], [1.0, 1.0]]
    assert state.b.tolist() == [1.0, 0.0]
    np.testing.assert_allclose(solved.inverse, [[0.4, -0.2], [-0.2, 0.6]], rtol=1e-14)
    np.testing.assert_allclose(solved.theta, [0.4, -0.2], rtol=1e-14)


def test_a_stronger_regulariser_pulls_to_zero_by_hand() -> None:
    """With x = (2, 0), r = 1: A = (lambda + 4, 0; 0, lambda), theta = 2/(lambda + 4): 0.4 for 1, 0.02 for 96."""
    state = update(cold(2), np.array([2.0, 0.0]), 1.0)
    assert estimate(state, 1.0).theta.tolist() == pytest.approx([0.4, 0.0])
    assert estimate(state, 96.0).theta.tolist() == pytest.approx([0.02, 0.0])


def test_learning_counts_and_sums_the_rewards() -> None:
    """1 - 0.25 + 0 = 0.75 from three rewards."""
    state = _learned(2, [(np.ones(2), 1.0), (np.ones(2), -0.25), (np.ones(2), 0.0)])
    assert (state.n, state.reward_sum) == (3, 0.75)


@given(histories(5), _LAMBDAS)
def test_learning_one_by_one_is_least_squares_on_all_at_once(history: History, ridge_lambda: float) -> None:
    """Ridge is least squares with sqrt(lambda)*I under X and zeros under r (no code in common with ours)."""
    x = np.vstack([*(x for x, _ in history), np.sqrt(ridge_lambda) * np.eye(5)])
    r = np.array([*(r for _, r in history), *np.zeros(5)])
    batch = np.linalg.lstsq(x, r)[0]
    np.testing.assert_allclose(estimate(_learned(5, history), ridge_lambda).theta, batch, rtol=1e-8, atol=1e-10)


def test_two_discounted_rewards_by_hand() -> None:
    """With x = (1, 0), r = 1, then x = (1, 1), r = -1, discount 1/2, lambda = 1.

    G = (1/2 0; 0 0) + (1 1; 1 1) = (3/2 1; 1 1), b = (1/2, 0) - (1, 1) = (-1/2, -1), A = (5/2 1; 1 2), det A = 4,
    theta = (2*(-1/2) - 1*(-1), -1*(-1/2) + 5/2*(-1))/4 = (0, -1/2). Two rewards were learned, and their sum is 0.
    """
    state = _learned(2, [(np.array([1.0, 0.0]), 1.0), (np.array([1.0, 1.0]), -1.0)], 0.5)
    assert state.gram.tolist() == [[1.5, 1.0], [1.0, 1.0]]
    assert state.b.tolist() == [-0.5, -1.0]
    assert (state.n, state.reward_sum) == (2, 0.0)
    np.testing.assert_allclose(estimate(state, 1.0).theta, [0.0, -0.5], atol=1e-15)


def test_the_same_reward_over_and_over_converges_by_hand() -> None:
    """G = xx' (1 + d + d^2 + ...) = xx'/(1 - d), b = rx/(1 - d): for d = 0.9, ten times one reward."""
    x = np.array([1.0, -0.5, 0.25])
    state = _learned(3, [(x, 0.5)] * 400, 0.9)
    np.testing.assert_allclose(state.gram, 10 * np.outer(x, x), rtol=1e-12)
    np.testing.assert_allclose(state.b, 5 * x, rtol=1e-12)
    assert (state.n, state.reward_sum) == (400, 200.0)


def test_what_nothing_was_learned_about_for_long_returns_to_the_prior() -> None:
    """After x = e1, r = 1 and 60 times e2 with d = 1/2 G_11 is 2^-60: theta_1 is 0 again, and its variance 1/lambda."""
    state = _learned(2, [(np.array([1.0, 0.0]), 1.0)] + [(np.array([0.0, 1.0]), 1.0)] * 60, 0.5)
    solved = estimate(state, 4.0)
    assert solved.theta[0] == pytest.approx(0.0, abs=1e-15)
    assert solved.inverse[0, 0] == pytest.approx(1 / 4)
    assert solved.theta[1] == pytest.approx(2 / (2 + 4))


@given(histories(5), _LAMBDAS, _DISCOUNTS)
def test_discounted_learning_is_weighted_least_squares_on_all_at_once(
    history: History, ridge_lambda: float, discount: float
) -> None:
    """The i-th of n weighs discount^(n - i); lambda is not weighted, so its rows are as they were."""
    n = len(history)
    root = [discount ** ((n - 1 - i) / 2) for i in range(n)]
    x = np.vstack([*(w * x for w, (x, _) in zip(root, history, strict=True)), np.sqrt(ridge_lambda) * np.eye(5)])
    r = np.array([*(w * r for w, (_, r) in zip(root, history, strict=True)), *np.zeros(5)])
    batch = np.linalg.lstsq(x, r)[0]
    found = estimate(_learned(5, history, discount), ridge_lambda).theta
    np.testing.assert_allclose(found, batch, rtol=1e-8, atol=1e-10)


@given(histories(5), vectors(5), rewards)
def test_without_a_discount_nothing_changes_to_the_last_bit(history: History, x: Array, r: float) -> None:
    """Sums of xx' and rx, as in every state learned before there was a discount."""
    state = _learned(5, history)
    found = update(state, x, r, 1.0)
    assert found.gram.tobytes() == (state.gram + x[:, None] * x).tobytes()
    assert found.b.tobytes() == (state.b + r * x).tobytes()
    assert (found.n, found.reward_sum) == (state.n + 1, state.reward_sum + r)


@given(histories(4), st.integers(0, 12))
def test_the_order_of_rewards_does_not_matter(history: History, cut: int) -> None:
    one, other = _learned(4, history), _learned(4, [*history[cut:], *history[:cut]][::-1])
    np.testing.assert_allclose(one.gram, other.gram, atol=1e-12)
    np.testing.assert_allclose(one.b, other.b, atol=1e-12)


@given(histories(4), vectors(4), rewards, _DISCOUNTS)
def test_learning_returns_the_next_state_and_leaves_the_old_one(
    history: History, x: Array, r: float, discount: float
) -> None:
    state = _learned(4, history)
    before = (state.gram.tobytes(), state.b.tobytes(), state.n, state.reward_sum)
    after = update(state, x, r, discount)
    assert before == (state.gram.tobytes(), state.b.tobytes(), state.n, state.reward_sum)
    assert after.n == state.n + 1


@given(histories(5), _LAMBDAS)
def test_weights_alone_are_those_of_the_whole_solution(history: History, ridge_lambda: float) -> None:
    state = _learned(5, history)
    found = weights(state, ridge_lambda)
    np.testing.assert_allclose(found, estimate(state, ridge_lambda).theta, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose((state.gram + ridge_lambda * np.eye(5)) @ found, state.b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n", [1, 1_000_000])
def test_weights_of_one_direction_alone_by_hand(n: int) -> None:
    """With x = (1, 1) and r = 1, n times, lambda = 1: theta = n/(2n + 1) (1, 1), also where n dwarfs lambda."""
    x = np.ones(2)
    state = State(n * np.outer(x, x), n * x, n, float(n))
    assert weights(state, 1.0).tolist() == pytest.approx([n / (2 * n + 1)] * 2, rel=1e-9)


@given(histories(4), _LAMBDAS)
def test_solving_changes_nothing_and_solves(history: History, ridge_lambda: float) -> None:
    state = _learned(4, history)
    before = state.gram.tobytes()
    a = state.gram + ridge_lambda * np.eye(4)
    np.testing.assert_allclose(a @ estimate(state, ridge_lambda).inverse, np.eye(4), atol=1e-8)
    assert state.gram.tobytes() == before


@given(histories(6), _DISCOUNTS)
def test_g_stays_symmetric_to_the_last_bit(history: History, discount: float) -> None:
    """So that its upper triangle is all that need be stored."""
    gram = _learned(6, history, discount).gram
    np.testing.assert_array_equal(gram, gram.T)
