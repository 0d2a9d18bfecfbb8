"""An adversary's rewards move a user's policy by no more than is proved, however they are chosen."""

from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.abuse.bound import Bound
from tests.abuse.poison import honest, poisoned, worst
from tests.unit.strategies import histories, rewards, vectors
from tipbandit.policies.policy import Policy, learn
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Array, State, cold, estimate

EXAMPLES: Final = max(200, settings().max_examples)
ROUNDING: Final = 1 + 1e-9
EACH_POLICY: Final = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
PLAIN: Final = POLICIES["egreedy/v1"]


def taught(policy: Policy, history: list[tuple[Array, float]]) -> State:
    state = cold(policy.feature_set.dim)
    for x, r in history:
        state = learn(policy, state, x, r)
    return state


def moved(policy: Policy, before: State, after: State) -> tuple[Array, float]:
    """By how much the weights moved, and how far that is in |.|_A."""
    old = estimate(before, policy.ridge_lambda)
    delta = estimate(after, policy.ridge_lambda).theta - old.theta
    return delta, max(0.0, float(delta @ np.linalg.inv(old.inverse) @ delta)) ** 0.5


@settings(max_examples=EXAMPLES)
@given(data=st.data(), policy=st.sampled_from(list(POLICIES.values())))
def test_no_rewards_for_any_features_move_the_weights_beyond_the_bound(data: st.DataObject, policy: Policy) -> None:
    dim = policy.feature_set.dim
    before = taught(policy, data.draw(histories(dim)))
    poison = data.draw(st.lists(st.tuples(vectors(dim), rewards), min_size=1, max_size=4))
    ys, s = np.array([y for y, _ in poison]), np.array([r for _, r in poison])
    times = np.array(data.draw(st.lists(st.integers(1, 50), min_size=len(ys), max_size=len(ys))), dtype=float)
    after = poisoned(before, ys, s, times)
    bound = Bound.of(policy, before, int(times.sum()))
    delta, shift = moved(policy, before, after)

    assert shift <= bound.shift * ROUNDING
    assert np.linalg.norm(delta) <= bound.shift / np.sqrt(policy.ridge_lambda) * ROUNDING
    corners = np.sign(np.random.default_rng(0).normal(size=(8, dim)))
    assert (np.abs(corners @ delta) <= bound.width(corners) * bound.shift * ROUNDING).all()


@EACH_POLICY
@pytest.mark.parametrize(("n", "m"), [(30, 1), (300, 10)])
def test_the_worst_adversary_that_was_found_stays_within_the_bound(policy: Policy, n: int, m: int) -> None:
    rng = np.random.default_rng([n, m])
    found = worst(policy, honest(policy, n, rng), m, rng)

    assert found.shift <= found.bound * ROUNDING
    assert found.changed <= found.bound_changed


def test_the_bound_says_something() -> None:
    """A search over legal requests reaches more than half of it; after 3,000 rewards one more changes few decisions."""
    policy, rng = POLICIES["linucb/v1"], np.random.default_rng(3)
    found = worst(policy, honest(policy, 300, rng), 10, rng)
    assert found.shift > 0.5 * found.bound
    settled = worst(policy, honest(policy, 3000, rng), 1, rng)
    assert settled.bound_changed < 0.5


@pytest.mark.parametrize("m", [1, 4, 100])
def test_the_bound_is_attained(m: int) -> None:
    """Cold, lambda = 1: A = I. m times y = e_1/sqrt(m), reward 1: theta_p = (1/2) sqrt(m) e_1, of length sqrt(m)/2."""
    before = cold(PLAIN.feature_set.dim)
    y = np.zeros((1, PLAIN.feature_set.dim))
    y[0, 0] = m**-0.5
    _, shift = moved(PLAIN, before, poisoned(before, y, np.array([1.0]), np.array([float(m)])))
    assert shift == pytest.approx(m**0.5 / 2)
    assert Bound.of(PLAIN, before, m).shift == pytest.approx(shift)


def test_poison_by_hand_is_the_policy_s_own_learning() -> None:
    """What the simulation adds in one step is what ``learn`` adds one reward at a time."""
    rng = np.random.default_rng(1)
    state, ys = honest(PLAIN, 20, rng), rng.uniform(-1, 1, (2, PLAIN.feature_set.dim))
    one_by_one = state
    for y, r in ((ys[0], 1.0), (ys[1], -0.5), (ys[0], 1.0)):
        one_by_one = learn(PLAIN, one_by_one, y, r)
    at_once = poisoned(state, ys, np.array([1.0, -0.5]), np.array([2.0, 1.0]))
    np.testing.assert_allclose(at_once.gram, one_by_one.gram)
    np.testing.assert_allclose(at_once.b, one_by_one.b)
    assert at_once.n == one_by_one.n


def test_honest_rewards_bring_a_poisoned_policy_back() -> None:
    """Ten poisoned rewards, then 3,000 honest ones: what is left of the shift is less than a twentieth."""
    rng, dim = np.random.default_rng(5), PLAIN.feature_set.dim
    taste, y = rng.normal(0, 0.3, dim), np.ones((1, dim))

    def shift_after(n: int) -> float:
        x = np.random.default_rng(6).uniform(-1, 1, (n, dim))
        state = poisoned(cold(dim), x, np.clip(x @ taste, -1, 1), np.ones(n))
        poison = poisoned(state, y, np.array([-1.0]), np.array([10.0]))
        return float(np.linalg.norm(moved(PLAIN, state, poison)[0]))

    assert shift_after(3000) < shift_after(0) / 20
