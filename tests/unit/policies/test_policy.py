"""Choose and learn: what a policy shows, and how it is named."""

import math
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.frequencies import agree, keys
from tests.unit.strategies import histories, rewards, vectors
from tipbandit.features.schema import BASE, BASE_HOURS
from tipbandit.policies import ridge
from tipbandit.policies.exploration import best_of
from tipbandit.policies.policy import Choice, Policy, choose, learn
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Array, State, cold

_GREEDY = Policy(key="greedy/v1", feature_set=BASE, epsilon=0.1)
_OPTIMISTIC = Policy(key="optimistic/v1", feature_set=BASE, epsilon=0.1, alpha=0.5)
_WEIGHING = Policy(key="weighing/v1", feature_set=BASE, epsilon=0.1, square_gamma=4.0)
_ALL_AT_ONCE = Policy(
    key="all/v1", feature_set=BASE_HOURS, epsilon=0.05, alpha=0.5, discount=0.9, square_gamma=2.0, ridge_lambda=3.0
)
_EACH = {**POLICIES, _WEIGHING.key: _WEIGHING, _ALL_AT_ONCE.key: _ALL_AT_ONCE}
_EVERY = pytest.mark.parametrize("policy", _EACH.values(), ids=_EACH)
_KEYS = st.binary(min_size=16, max_size=16)


def _tips(dim: int, count: int = 5) -> Array:
    """Fixed candidates without structure, the second and the last one equal."""
    x = np.sin(np.arange(1, count * dim + 1, dtype=np.float64) ** 2).reshape(count, dim)
    x[-1] = x[1]
    return x


def _taught(policy: Policy) -> State:
    """A state that has learned a little from each of the fixed candidates."""
    state = cold(policy.feature_set.dim)
    for index, x in enumerate(_tips(policy.feature_set.dim)):
        state = learn(policy, state, x, (-1.0) ** index / (index + 1))
    return state


def _shown(policy: Policy, state: State, x: Array, draws: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.bincount([choose(policy, state, x, key).index for key in keys(draws)], minlength=len(x))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"key": "greedy"}, "key must be <name>/<version>"),
        ({"key": "greedy/"}, "key must be <name>/<version>"),
        ({"key": "/v1"}, "key must be <name>/<version>"),
        ({"key": "a/b/c"}, "key must be <name>/<version>"),
        ({"key": "é t/v1"}, "key must be <name>/<version>"),
        ({"key": ""}, "key must be <name>/<version>"),
        ({"ridge_lambda": 0.0}, "ridge_lambda must be positive and finite"),
        ({"ridge_lambda": -1.0}, "ridge_lambda must be positive and finite"),
        ({"ridge_lambda": math.inf}, "ridge_lambda must be positive and finite"),
        ({"ridge_lambda": math.nan}, "ridge_lambda must be positive and finite"),
        ({"epsilon": -0.01}, "epsilon must lie in [0, 1]"),
        ({"epsilon": 1.01}, "epsilon must lie in [0, 1]"),
        ({"epsilon": math.nan}, "epsilon must lie in [0, 1]"),
        ({"alpha": -0.01}, "alpha must be non-negative and finite"),
        ({"alpha": math.inf}, "alpha must be non-negative and finite"),
        ({"alpha": math.nan}, "alpha must be non-negative and finite"),
        ({"discount": 0.0}, "discount must lie in (0, 1]"),
        ({"discount": -0.5}, "discount must lie in (0, 1]"),
        ({"discount": 1.01}, "discount must lie in (0, 1]"),
        ({"discount": math.nan}, "discount must lie in (0, 1]"),
        ({"square_gamma": 0.0}, "square_gamma must be positive and finite"),
        ({"square_gamma": -1.0}, "square_gamma must be positive and finite"),
        ({"square_gamma": math.inf}, "square_gamma must be positive and finite"),
        ({"square_gamma": math.nan}, "square_gamma must be positive and finite"),
    ],
)
def test_a_bad_hyper_parameter_is_refused_by_name(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match="policy") as refusal:
        replace(_OPTIMISTIC, **wrong)
    assert str(refusal.value).endswith(f": {sentence}")


def test_all_bad_hyper_parameters_are_named_at_once() -> None:
    with pytest.raises(ValueError, match="policy 'x'") as refusal:
        Policy(
            key="x", feature_set=BASE, ridge_lambda=-1.0, epsilon=2.0, alpha=math.nan, discount=0.0, square_gamma=0.0
        )
    names = ("key", "ridge_lambda", "epsilon", "alpha", "discount", "square_gamma")
    assert all(f"{name} must" in str(refusal.value) for name in names)


@pytest.mark.parametrize(
    "edge",
    [
        {"epsilon": 0.0},
        {"epsilon": 1.0},
        {"alpha": 0.0},
        {"ridge_lambda": 1e-9},
        {"discount": 1.0},
        {"discount": 1e-9},
        {"square_gamma": 1e-9},
    ],
)
def test_the_ends_of_the_ranges_are_allowed(edge: dict[str, Any]) -> None:
    replace(_OPTIMISTIC, **edge)


def test_a_policy_can_not_be_changed() -> None:
    with pytest.raises(AttributeError):
        _GREEDY.epsilon = 1.0  # type: ignore[misc]


def test_a_greedy_policy_scores_by_predicted_reward_by_hand() -> None:
    """After x = e1, r = 1: A = diag(2, 1, ..., 1), theta = (1/2, 0, ...); e1 scores 1/2 and e2 scores 0."""
    state = learn(_GREEDY, cold(7), np.eye(7)[0], 1.0)
    assert choose(_GREEDY, state, np.eye(7)[:2], b"key").scores.tolist() == [0.5, 0.0]


def test_an_optimistic_policy_adds_the_width_by_hand() -> None:
    """The same with alpha = 1/2: e1 scores 1/2 + 1/2*sqrt(1/2) = 0.853553, e2 scores 0 + 1/2*sqrt(1) = 1/2."""
    state = learn(_OPTIMISTIC, cold(7), np.eye(7)[0], 1.0)
    scores = choose(_OPTIMISTIC, state, np.eye(7)[:2], b"key").scores
    assert scores.tolist() == pytest.approx([0.853553, 0.5], abs=1e-6)


@given(histories(7), st.lists(vectors(7), min_size=1, max_size=6), _KEYS)
def test_with_the_new_settings_at_their_defaults_a_policy_is_what_it_was(
    history: list[tuple[Array, float]], rows: list[Array], key: bytes
) -> None:
    """As it was written before there were any: learned without a discount, shown by the best and the floor alone."""
    x = np.vstack(rows)
    state = reduce(lambda state, event: learn(_OPTIMISTIC, state, *event), history, cold(7))
    gram = sum((x[:, None] * x for x, _ in history), np.zeros((7, 7)))
    assert state.gram.tobytes() == gram.tobytes()
    choice = choose(_OPTIMISTIC, state, x, key)
    best = best_of(choice.scores)
    assert choice.propensities.tobytes() == (0.1 / len(x) + best * (0.9 / best.sum())).tobytes()


@_EVERY
def test_tips_are_shown_as_often_as_their_logged_propensities_say(policy: Policy) -> None:
    """The propensity that is logged is not one computed on the side: 10,000 decisions, 5 standard errors."""
    x, state = _tips(policy.feature_set.dim), _taught(policy)
    logged = choose(policy, state, x, b"any").propensities
    assert agree(_shown(policy, state, x, 10_000), logged)


@_EVERY
def test_the_choice_carries_the_propensity_it_was_made_with(policy: Policy) -> None:
    x, state = _tips(policy.feature_set.dim), _taught(policy)
    for key in keys(200):
        choice = choose(policy, state, x, key)
        assert choice.propensity == choice.propensities[choice.index]
        assert choice.propensities.sum() == pytest.approx(1.0)


@_EVERY
def test_propensities_are_not_one_hot_where_the_draw_is_random(policy: Policy) -> None:
    choice = choose(policy, _taught(policy), _tips(policy.feature_set.dim), b"key")
    assert (choice.propensities > 0).all()
    assert (choice.propensities < 1).all()


@pytest.mark.parametrize("key", ["egreedy/v1", "egreedy/v2"])
def test_a_cold_greedy_policy_has_nothing_but_ties_and_shows_them_uniformly(key: str) -> None:
    policy = POLICIES[key]
    x = _tips(policy.feature_set.dim)
    assert choose(policy, cold(x.shape[1]), x, b"key").propensities.tolist() == pytest.approx([0.2] * 5)
    assert agree(_shown(policy, cold(x.shape[1]), x, 5_000), np.full(5, 0.2))


@pytest.mark.parametrize("policy", [_GREEDY, _OPTIMISTIC], ids=lambda policy: policy.key)
def test_a_tie_for_the_best_is_broken_uniformly(policy: Policy) -> None:
    """Of e1, e2, e1 the first and the third are equal and best: 0.9/2 + 0.1/3 each, and 0.1/3 for the second."""
    state = learn(policy, cold(7), np.eye(7)[0], 1.0)
    x = np.eye(7)[[0, 1, 0]]
    assert choose(policy, state, x, b"key").propensities.tolist() == pytest.approx([29 / 60, 2 / 60, 29 / 60])
    assert agree(_shown(policy, state, x, 5_000), np.array([29 / 60, 2 / 60, 29 / 60]))


@given(histories(7), st.lists(vectors(7), min_size=1, max_size=6), _KEYS)
def test_one_key_replays_exactly(history: list[tuple[Array, float]], rows: list[Array], key: bytes) -> None:
    x = np.vstack(rows)
    state = reduce(lambda state, event: learn(_OPTIMISTIC, state, *event), history, cold(7))
    one, other = choose(_OPTIMISTIC, state, x, key), choose(_OPTIMISTIC, state, x, key)
    assert one.index == other.index
    assert one.scores.tobytes() == other.scores.tobytes()
    assert one.propensities.tobytes() == other.propensities.tobytes()


def test_another_key_changes_the_draw() -> None:
    """Of 50 equal candidates, 100 keys show about 50*(1 - 0.98^100) = 43 different ones."""
    x = np.ones((50, 7))
    assert len({choose(_GREEDY, cold(7), x, key).index for key in keys(100)}) > 30


@given(histories(7), st.lists(vectors(7), min_size=1, max_size=6), _KEYS)
def test_choosing_leaves_the_state_and_the_candidates_as_they_are(
    history: list[tuple[Array, float]], rows: list[Array], key: bytes
) -> None:
    x = np.vstack(rows)
    state = reduce(lambda state, event: learn(_OPTIMISTIC, state, *event), history, cold(7))
    before = (state.gram.tobytes(), state.b.tobytes(), x.tobytes())
    choose(_OPTIMISTIC, state, x, key)
    assert before == (state.gram.tobytes(), state.b.tobytes(), x.tobytes())


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.9, 1.0])
def test_explored_means_that_the_shown_tip_is_none_of_the_best(epsilon: float) -> None:
    policy = replace(_GREEDY, epsilon=epsilon)
    x, state = _tips(7), _taught(policy)
    choices = [choose(policy, state, x, key) for key in keys(300)]
    assert [choice.explored for choice in choices] == [not best_of(choice.scores)[choice.index] for choice in choices]
    assert any(choice.explored for choice in choices) == (epsilon > 0)


def test_a_tip_that_is_just_tied_for_the_best_was_not_explored() -> None:
    """The tolerance is 1e-12: 0.5 - 1e-12 is as good as 0.5, and 0.5 - 2e-12 is not."""
    scores = np.array([0.5, 0.5 - 1e-12, 0.5 - 2e-12])
    assert [Choice(place, scores, scores).explored for place in range(3)] == [False, False, True]


@_EVERY
@given(data=st.data())
def test_learning_is_the_ridge_update_with_the_policy_s_discount(policy: Policy, data: st.DataObject) -> None:
    x, r = data.draw(vectors(policy.feature_set.dim)), data.draw(rewards)
    state = _taught(policy)
    one, other = learn(policy, state, x, r), ridge.update(state, x, r, policy.discount)
    assert (one.gram.tobytes(), one.b.tobytes(), one.n, one.reward_sum) == (
        other.gram.tobytes(),
        other.b.tobytes(),
        other.n,
        other.reward_sum,
    )


@pytest.mark.parametrize("x", [np.zeros(12), np.zeros(6), np.zeros(0), np.zeros((1, 7)), np.float64(1)])
def test_learning_from_features_of_another_shape_is_refused(x: Array) -> None:
    with pytest.raises(ValueError, match="learns from 7 features"):
        learn(_GREEDY, cold(7), x, 1.0)
