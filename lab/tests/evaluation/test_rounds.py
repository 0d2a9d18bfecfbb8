"""Rounds are refused when a field is wrong, and every wrong field is named."""

from typing import Any

import numpy as np
import pytest

from tipbandit_lab.evaluation.rounds import Rounds, padded


def rounds(**changed: Any) -> Rounds:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "shown": np.array([0, 1]),
        "propensity": np.array([0.5, 0.25]),
        "reward": np.array([1.0, -1.0]),
        "target": np.array([[0.2, 0.8, 0.0], [0.5, 0.25, 0.25]]),
        "present": np.array([[True, True, False], [True, True, True]]),
        "logged": np.array([[0.5, 0.5, 0.0], [0.5, 0.25, 0.25]]),
        "predicted": np.zeros((2, 3)),
    }
    return Rounds(**(fields | changed))


def test_the_weight_is_target_over_propensity() -> None:
    """0.2/0.5 and 0.25/0.25."""
    assert rounds().weights.tolist() == [0.4, 1.0]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("propensity", [np.nan, 0.25], "propensity is missing in 1 of 2 rounds"),
        ("propensity", [0.0, 1.5], "propensity lies outside (0, 1] in 2 of 2 rounds"),
        ("propensity", [0.4, 0.25], "propensity is not what logged has for the shown candidate in 1 of 2 rounds"),
        ("reward", [np.nan, 0.0], "reward is missing or not finite in 1 of 2 rounds"),
        ("reward", [np.inf, 0.0], "reward is missing or not finite in 1 of 2 rounds"),
        ("reward", [1.5, 0.0], "reward lies outside [-1, 1] in 1 of 2 rounds"),
        ("shown", [3, 0], "shown is no candidate in 1 of 2 rounds"),
        ("shown", [2, 0], "shown is padding in 1 of 2 rounds"),
        ("shown", [0.0, 1.0], "shown must hold integers, not float64"),
        ("target", [[0.2, 0.7, 0.0], [0.5, 0.25, 0.25]], "target does not sum to 1 in 1 of 2 rounds"),
        ("target", [[0.2, 0.7, 0.1], [0.5, 0.25, 0.25]], "target is no probability, or not 0 in the padding, in 1 of"),
        ("target", [[1.2, -0.2, 0.0], [0.5, 0.25, 0.25]], "target is no probability"),
        ("target", [[np.nan, 1, 0.0], [0.5, 0.25, 0.25]], "target is no probability"),
        ("target", [0.5, 0.5], "target must have the shape (n, K)"),
        ("target", np.empty((0, 3)), "target must have the shape (n, K), each at least 1"),
        ("logged", [[0.5, 0.4, 0.0], [0.5, 0.25, 0.25]], "logged does not sum to 1 in 1 of 2 rounds"),
        ("predicted", [[np.nan, 0, 0], [0, 0, 0]], "predicted is missing or not finite in 1 of 2 rounds"),
        ("group", [1, 2, 3], "group must have the shape (2,), as target has (2, 3), not (3,)"),
        ("present", [[True, True]], "present must have the shape (2, 3)"),
    ],
)
def test_what_is_wrong_is_named(field: str, value: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^rounds: ") as refused:
        rounds(**{field: np.array(value)})
    assert sentence in str(refused.value)


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"^rounds: ") as refused:
        rounds(reward=np.array([2.0, 0.0]), propensity=np.array([np.nan, 0.25]), target=np.eye(3)[:2] * 0.9)
    for field in ("reward lies outside", "propensity is missing", "target does not sum to 1"):
        assert field in str(refused.value)


def test_what_lies_in_the_padding_of_predictions_is_nobodys_business() -> None:
    assert len(rounds(predicted=np.array([[0, 0, np.nan], [0, 0, 0]]))) == 2


def test_another_range_of_rewards_can_be_stated() -> None:
    assert len(rounds(reward=np.array([5.0, 0.0]), reward_range=(0.0, 5.0))) == 2
    with pytest.raises(ValueError, match="reward_range must rise, not go from 1 to 1"):
        rounds(reward_range=(1.0, 1.0))


def test_rows_of_different_lengths_are_padded_with_zeros() -> None:
    array, there = padded([np.array([1.0]), np.array([2.0, 3.0])])
    assert array.tolist() == [[1, 0], [2, 3]]
    assert there.tolist() == [[True, False], [True, True]]
