"""The reward model: what it predicts, and that nothing predicts itself."""

import numpy as np
import pytest

from tipbandit_lab.evaluation.models import cross_fitted, folds_of


def test_all_rounds_of_a_user_are_in_one_fold_and_folds_are_of_a_size() -> None:
    group = np.repeat(np.arange(50), 4)
    fold = folds_of(group, 5)
    assert all(len(set(fold[group == user])) == 1 for user in range(50))
    assert np.bincount(fold).tolist() == [40] * 5


def test_more_folds_than_users_are_refused() -> None:
    with pytest.raises(ValueError, match="2 to 3 folds for 3 groups, not 5"):
        folds_of(np.array([0, 1, 2]))


def test_what_is_linear_is_predicted() -> None:
    rng = np.random.default_rng(1)
    there = np.tile([True, True, False], (2_000, 1))
    x = np.column_stack([np.ones(4_000), rng.uniform(-1, 1, size=4_000)])
    expected = (x @ [0.2, 0.5]).reshape(2_000, 2)
    shown = rng.integers(2, size=2_000)
    reward = expected[np.arange(2_000), shown] + rng.normal(0, 0.1, size=2_000)
    found = cross_fitted(x, there, shown, reward, folds_of(np.arange(2_000)))
    assert np.abs(found[:, :2] - expected).max() < 0.05
    assert (found[:, 2] == 0).all()


def test_no_users_rewards_predict_that_users_rounds() -> None:
    """Each user has a feature of its own: without the user's rewards it says nothing, so all predictions are 0."""
    users = np.repeat(np.arange(10), 20)
    reward = np.random.default_rng(2).choice([-1.0, 1.0], size=200)
    found = cross_fitted(np.eye(10)[users], np.ones((200, 1), dtype=bool), users * 0, reward, folds_of(users))
    assert np.abs(found).max() < 1e-12


def test_predictions_stay_in_the_range_of_what_was_seen() -> None:
    x = np.linspace(0, 1, 40)[:, None] * 10
    reward = np.clip(x[:, 0], -1, 1)
    found = cross_fitted(x, np.ones((40, 1), dtype=bool), np.zeros(40, dtype=np.int64), reward, folds_of(np.arange(40)))
    assert found.max() <= 1.0
    assert found.min() >= 0.0
