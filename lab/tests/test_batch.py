"""A policy for many users at once does for each of them what the service's functions do."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.crowds import Request, asked, crowd

from tipbandit.contracts.inputs import Candidate, Context
from tipbandit.features.encode import encode
from tipbandit.features.schema import BASE, BASE_PROFILE, FEATURE_SETS, FEATURES, FeatureSet, product
from tipbandit.policies import ridge
from tipbandit.policies.policy import Choice, Policy, choose, learn
from tipbandit.policies.ridge import State
from tipbandit.rewards import REWARD_BY_REACTION
from tipbandit_lab.arrays import Floats
from tipbandit_lab.batch import BatchPolicy
from tipbandit_lab.players import Choices

REWARDS = np.array(list(REWARD_BY_REACTION.values()))
_Policy = partial(Policy, key="tested/v1", feature_set=BASE, epsilon=0.1)
LONG = {
    "greedy": _Policy(),
    "optimistic": _Policy(feature_set=BASE_PROFILE, alpha=0.5, epsilon=0.05),
    "forgetting": _Policy(feature_set=BASE_PROFILE, alpha=0.5, discount=0.98),
    "weighing": _Policy(feature_set=FEATURE_SETS["base+hours"], square_gamma=4.0, epsilon=0.02),
    "all at once": _Policy(
        feature_set=FEATURE_SETS["base+alignment+weekend"], alpha=0.3, discount=0.95, square_gamma=2.0, ridge_lambda=0.1
    ),
    "without a prior to speak of": _Policy(ridge_lambda=1e-3),
    "of candidates alone": _Policy(feature_set=FeatureSet("own", (FEATURES["urgency"], FEATURES["priority"]))),
    "of requests alone": _Policy(feature_set=FeatureSet("shared", (FEATURES["bias"], FEATURES["weekend"])), alpha=1.0),
}


def policies() -> st.SearchStrategy[Policy]:
    """Return every kind of policy."""
    return st.builds(
        _Policy,
        feature_set=st.sampled_from(list(FEATURE_SETS.values())),
        epsilon=st.sampled_from([0.0, 0.1, 1.0]) | st.floats(0, 1),
        ridge_lambda=st.sampled_from([0.01, 1.0, 100.0]),
        alpha=st.none() | st.floats(0, 3),
        discount=st.sampled_from([1.0, 0.99]) | st.floats(0.5, 1),
        square_gamma=st.none() | st.floats(0.01, 1_000),
    )


class Service:
    """The service's functions, one user after the other: what a batch is compared with."""

    def __init__(self, policy: Policy, users: int) -> None:
        self.policy = policy
        self.states = [ridge.cold(policy.feature_set.dim) for _ in range(users)]

    def decide(self, requests: Sequence[Request], ids: bytes) -> tuple[list[Any], list[Choice]]:
        """Return every user's X and choice."""
        xs = [encode(self.policy.feature_set, one.context, one.candidates, one.profile) for one in requests]
        keys = [ids[start : start + 16] for start in range(0, len(ids), 16)]
        return xs, [choose(self.policy, *each) for each in zip(self.states, xs, keys, strict=True)]

    def learn(self, xs: Sequence[Any], choices: Sequence[Choice], rewards: Floats) -> None:
        """Learn every user's reward."""
        decided = zip(self.states, xs, choices, rewards.tolist(), strict=True)
        self.states = [learn(self.policy, state, x[choice.index], r) for state, x, choice, r in decided]

    def weights(self) -> Floats:
        """Return theta, shape (D, U)."""
        return np.array([ridge.estimate(state, self.policy.ridge_lambda).theta for state in self.states]).T


def check_choices(got: Choices, expected: Sequence[Choice]) -> None:
    assert got.shown.tolist() == [each.index for each in expected]
    assert got.explored.tolist() == [each.explored for each in expected]
    want = np.array([each.propensities for each in expected]).T
    np.testing.assert_allclose(got.propensities, want, rtol=1e-9, atol=1e-12)


def play(policy: Policy, seed: int, *, rounds: int, users: int, most: int) -> None:
    """Play the service's functions and the batch side by side."""
    play_both(Service(policy, users), BatchPolicy(policy, users), seed, rounds=rounds, most=most, within=1e-9)


def play_both(  # noqa: PLR0913 - how long, and how exactly
    service: Service, batch: BatchPolicy, seed: int, *, rounds: int, most: int, within: float
) -> None:
    """Play both side by side and compare every choice, and every tenth time what was learned.

    Every round has other candidates, and another number of them up to ``most``.
    """
    draw, users = np.random.default_rng(seed), len(service.states)
    for number in range(rounds):
        candidates = int(draw.integers(1, most + 1))
        requests, ids = crowd(draw, users=users, candidates=candidates), draw.bytes(16 * users)
        xs, expected = service.decide(requests, ids)
        check_choices(batch.choose(asked(requests, ids)), expected)
        rewards = draw.choice(REWARDS, users)
        service.learn(xs, expected, rewards)
        batch.learn(rewards)
        if number % 10 == 0 or number == rounds - 1:
            got = np.array([batch.weights()[name] for name in service.policy.feature_set.names])
            np.testing.assert_allclose(got, service.weights(), rtol=within, atol=within)


@given(policy=policies(), seed=st.integers(0, 2**32 - 1))
def test_choices_propensities_and_weights_are_those_of_the_service(policy: Policy, seed: int) -> None:
    play(policy, seed, rounds=12, users=3, most=6)


@pytest.mark.parametrize("policy", LONG.values(), ids=LONG)
def test_nothing_drifts_over_five_hundred_rounds(policy: Policy) -> None:
    play(policy, seed=11, rounds=500, users=2, most=6)


def test_statistics_are_the_sums_of_the_service_bit_for_bit() -> None:
    """So the batch cannot drift, however long: where no feature is rounded differently G and b are the same numbers."""
    priority, weekend = FEATURES["priority"], FEATURES["weekend"]
    exact = FeatureSet("exact", (FEATURES["bias"], weekend, priority, product(priority, weekend)))
    policy = _Policy(feature_set=exact, discount=0.9)
    draw = np.random.default_rng(5)
    service, batch = Service(policy, 2), BatchPolicy(policy, 2)
    for _ in range(100):
        requests, ids = crowd(draw, users=2, candidates=4), draw.bytes(32)
        xs, expected = service.decide(requests, ids)
        batch.choose(asked(requests, ids))
        service.learn(xs, expected, rewards := draw.choice(REWARDS, 2))
        batch.learn(rewards)
    for user, state in enumerate(service.states):
        np.testing.assert_array_equal(batch.statistics.of(user), _triangle(state))


def _triangle(state: State) -> Floats:
    return np.concatenate([[*state.gram[k, k:], state.b[k]] for k in range(len(state.b))])


def test_scores_closer_than_the_tolerance_are_tied_as_in_the_service() -> None:
    """Priorities 1e-13 apart earn 1e-13 apart; 1e-11 apart is far enough to be told."""
    policy = _Policy(epsilon=0.0)
    service, batch = Service(policy, 2), BatchPolicy(policy, 2)
    steps = (1e-13, 1e-11)
    for priority, reward in ((1.0, 1.0), (0.0, -1.0)) * 20:
        requests = [_of_priorities(priority)] * 2
        xs, expected = service.decide(requests, bytes(32))
        check_choices(batch.choose(asked(requests)), expected)
        service.learn(xs, expected, np.full(2, reward))
        batch.learn(np.full(2, reward))
    requests = [_of_priorities(0.5, 0.5 + step) for step in steps]
    choices = batch.choose(asked(requests))
    check_choices(choices, service.decide(requests, bytes(32))[1])
    np.testing.assert_array_equal(choices.propensities, [[0.5, 0.0], [0.5, 1.0]])


def test_what_candidates_have_in_common_counts_in_their_scores() -> None:
    """It sets how close scores are tied: where they are about 1000, a difference just above 1e-12 is none."""
    policy = _Policy(epsilon=0.0, feature_set=FeatureSet("two", (FEATURES["bias"], FEATURES["priority"])))
    service, batch = Service(policy, 1), BatchPolicy(policy, 1)
    for priority in (0.0, 1.0) * 20:
        requests, reward = [_of_priorities(priority)], np.array([1_000 + priority])
        xs, expected = service.decide(requests, bytes(16))
        batch.choose(asked(requests))
        service.learn(xs, expected, reward)
        batch.learn(reward)
    for step, chances in ((1e-12, [0.5, 0.5]), (1e-3, [0.0, 1.0])):
        requests = [_of_priorities(0.0, step)]
        choices = batch.choose(asked(requests))
        check_choices(choices, service.decide(requests, bytes(16))[1])
        assert choices.propensities[:, 0].tolist() == chances
        assert batch.weights()["priority"][0] * step > 1e-12


def _of_priorities(*priorities: float) -> Request:
    tips = [Candidate(tip_id="t", priority=priority) for priority in priorities]
    return Request(Context(hour=12.0, weekday=2), tips, None)


def test_a_state_that_is_not_finite_is_told_and_stays_the_users_own() -> None:
    policy = _Policy(alpha=0.5)
    requests = crowd(np.random.default_rng(1), users=3, candidates=4)
    batch, sound = BatchPolicy(policy, 3), BatchPolicy(policy, 3)
    for _ in range(2):
        batch.choose(asked(requests))
        batch.learn(np.array([0.5, math.nan, 1.0]))
        sound.choose(asked(requests))
        sound.learn(np.array([0.5, 0.5, 1.0]))
    assert batch.unsound().tolist() == [False, True, False]
    assert not sound.unsound().any()
    got, expected = batch.choose(asked(requests)), sound.choose(asked(requests))
    np.testing.assert_array_equal(got.propensities[:, [0, 2]], expected.propensities[:, [0, 2]])


def test_a_reward_is_learned_once_and_only_after_a_choice() -> None:
    batch = BatchPolicy(_Policy(), 1)
    with pytest.raises(ValueError, match="tested/v1 has chosen nothing"):
        batch.learn(np.zeros(1))
    batch.choose(asked([_of_priorities(0.5)]))
    batch.learn(np.zeros(1))
    with pytest.raises(ValueError, match="tested/v1 has chosen nothing"):
        batch.learn(np.zeros(1))


@pytest.mark.parametrize("feature_set", FEATURE_SETS.values(), ids=FEATURE_SETS)
def test_profiles_are_wanted_where_a_feature_or_a_factor_is_made_of_them(feature_set: FeatureSet) -> None:
    player = BatchPolicy(_Policy(feature_set=feature_set), 1)
    assert player.uses_profile == ("profile" in feature_set.name or "alignment" in feature_set.name)


def test_weights_have_the_names_of_the_features_in_the_order_of_the_set() -> None:
    turned = replace(BASE, features=BASE.features[::-1])
    assert tuple(BatchPolicy(_Policy(feature_set=turned), 2).weights()) == turned.names


def test_a_user_costs_the_triangle_of_the_matrix_and_the_vector() -> None:
    dim, users = BASE_PROFILE.dim, 1_000
    assert BatchPolicy(_Policy(feature_set=BASE_PROFILE), users).nbytes == users * 8 * (dim * (dim + 1) // 2 + dim)


def test_what_was_chosen_is_not_changed_by_what_comes_after() -> None:
    batch, draw = BatchPolicy(_Policy(), 2), np.random.default_rng(3)
    kept = [batch.choose(asked(crowd(draw, users=2, candidates=3), draw.bytes(32)))]
    before = [kept[0].shown.copy(), kept[0].propensities.copy(), kept[0].explored.copy()]
    for reward in (1.0, -1.0):
        batch.learn(np.full(2, reward))
        kept.append(batch.choose(asked(crowd(draw, users=2, candidates=3), draw.bytes(32))))
    for array, same in zip((kept[0].shown, kept[0].propensities, kept[0].explored), before, strict=True):
        np.testing.assert_array_equal(array, same)
    assert not any(np.shares_memory(a.propensities, b.propensities) for a, b in pairwise(kept))
