"""Policies that explore by inverse gap weighting, with and without a confidence width, an epsilon and a discount."""

from dataclasses import replace
from functools import reduce
from typing import Final

import numpy as np
import pytest

from tests.unit.frequencies import agree, keys
from tipbandit.features.schema import BASE
from tipbandit.policies.exploration import best_of
from tipbandit.policies.policy import Policy, choose, learn
from tipbandit.policies.ridge import cold

_WEIGHING = Policy(key="weighing/v1", feature_set=BASE, epsilon=0.1, square_gamma=4.0)
_X: Final = np.eye(7)[:5] * np.arange(1.0, 6.0)[:, np.newaxis]
_EACH = pytest.mark.parametrize("policy", [_WEIGHING, replace(_WEIGHING, alpha=1.0)], ids=["predicted", "optimistic"])


def test_a_weighing_policy_gets_greedier_with_each_reward_by_hand() -> None:
    """Nine times x = e1, r = 1: theta = (0.9, 0, ...) and gamma = 4*sqrt(9) = 12.

    Of e1 and e2 the second gets 1/(2 + 12*0.9) = 0.078125 and the first the rest; with epsilon = 0.1 that is
    0.05 + 0.9*0.078125 = 0.1203125.
    """
    state = reduce(lambda state, _: learn(_WEIGHING, state, np.eye(7)[0], 1.0), range(9), cold(7))
    choice = choose(_WEIGHING, state, np.eye(7)[:2], b"key")
    assert choice.scores.tolist() == pytest.approx([0.9, 0.0])
    assert choice.propensities.tolist() == pytest.approx([0.8796875, 0.1203125])


def test_forgetting_does_not_make_a_policy_weigh_as_if_it_had_learned_less_by_hand() -> None:
    """After nine rewards, each forgotten by half with the next, gamma is still 4*sqrt(9) = 12.

    G_11 = b_1 = 2 - 2^-8 = 511/256, theta_1 = 511/767 = 0.666232, and e2 gets 1/(2 + 12*0.666232) = 0.100052.
    """
    policy = replace(_WEIGHING, discount=0.5, epsilon=0.0)
    state = reduce(lambda state, _: learn(policy, state, np.eye(7)[0], 1.0), range(9), cold(7))
    assert choose(policy, state, np.eye(7)[:2], b"key").propensities[1] == pytest.approx(0.100052, abs=1e-6)


@_EACH
def test_a_cold_weighing_policy_shows_all_uniformly(policy: Policy) -> None:
    assert choose(policy, cold(7), _X, b"key").propensities.tolist() == pytest.approx([0.2] * 5, rel=1e-15)
    shown = np.bincount([choose(policy, cold(7), _X, key).index for key in keys(5_000)], minlength=5)
    assert agree(shown, np.full(5, 0.2))


@_EACH
def test_weighing_explores_without_a_floor_too(policy: Policy) -> None:
    policy = replace(policy, epsilon=0.0)
    state = learn(policy, cold(7), _X[0], 0.5)
    choices = [choose(policy, state, _X, key) for key in keys(300)]
    assert [choice.explored for choice in choices] == [not best_of(choice.scores)[choice.index] for choice in choices]
    assert {choice.explored for choice in choices} == {True, False}


@_EACH
def test_the_draw_agrees_with_the_weights_while_much_and_while_little_is_explored(policy: Policy) -> None:
    """After 1 and after 200 rewards: 10,000 decisions each, 5 standard errors."""
    for n in (1, 200):
        state = reduce(lambda state, number: learn(policy, state, _X[number % 5], number % 3 - 1.0), range(n), cold(7))
        said = choose(policy, state, _X, b"key").propensities
        shown = np.bincount([choose(policy, state, _X, key).index for key in keys(10_000)], minlength=5)
        assert agree(shown, said)
