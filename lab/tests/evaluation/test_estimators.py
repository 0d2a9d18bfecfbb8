"""Every estimator against arithmetic by hand, its definition's limits, and the truth of a known world."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evaluation.worlds import World, world

from tipbandit_lab.evaluation.estimators import (
    PLAIN,
    Terms,
    direct,
    doubly_robust,
    estimate,
    inverse_propensity,
    largest_weight,
    replay,
    self_normalised,
    self_normalised_doubly_robust,
    shrunk,
    switch,
)
from tipbandit_lab.evaluation.rounds import Rounds
from tipbandit_lab.evaluation.tuning import chosen, grid

REPETITIONS = 500
ROUNDS = 1_000


def two() -> Rounds:
    """Weights 0.8/0.4 = 2 and 0.2/0.4 = 0.5; q(target) = 0.8 x 0.5 + 0.2 x 0 = 0.4 and 0.2 x 0.2 + 0.8 x 0.4 = 0.36."""
    return Rounds(
        shown=np.array([0, 0]),
        propensity=np.array([0.4, 0.4]),
        reward=np.array([1.0, -0.5]),
        target=np.array([[0.8, 0.2], [0.2, 0.8]]),
        logged=np.array([[0.4, 0.6], [0.4, 0.6]]),
        predicted=np.array([[0.5, 0.0], [0.2, 0.4]]),
    )


@pytest.mark.parametrize(
    ("found", "by_hand"),
    [
        (direct(two()), (0.4 + 0.36) / 2),
        (inverse_propensity(two()), (2 * 1.0 + 0.5 * -0.5) / 2),
        (self_normalised(two()), (2 * 1.0 + 0.5 * -0.5) / 2.5),
        (doubly_robust(two()), (0.4 + 0.36) / 2 + (2 * 0.5 + 0.5 * -0.7) / 2),
        (self_normalised_doubly_robust(two()), (0.4 + 0.36) / 2 + (2 * 0.5 + 0.5 * -0.7) / 2.5),
        (switch(two(), 1.0), (0.4 + 0.36) / 2 + (0.5 * -0.7) / 2),
        (shrunk(two(), 2.0), (0.4 + 0.36) / 2 + (2 * 2 / 6 * 0.5 + 2 * 0.5 / 2.25 * -0.7) / 2),
        (replay(two(), np.array([0.9, 0.1]), 2.0), (1.0 - 0.5) / 2),
        (replay(two(), np.array([0.9, 0.3]), 2.0), 1.0),
    ],
)
def test_the_estimate_is_what_the_formula_says(found: Terms, by_hand: float) -> None:
    assert estimate(found) == pytest.approx(by_hand)


def test_a_policy_evaluated_on_its_own_log_earned_what_the_log_says() -> None:
    rounds = replace(two(), target=np.array([[0.4, 0.6], [0.4, 0.6]]))
    assert estimate(inverse_propensity(rounds)) == pytest.approx(0.25)
    assert estimate(self_normalised(rounds)) == pytest.approx(0.25)


def test_where_nothing_was_shown_that_the_target_shows_there_is_no_number() -> None:
    rounds = replace(two(), target=np.array([[0.0, 1.0], [0.0, 1.0]]))
    assert np.isnan(estimate(self_normalised(rounds)))
    assert np.isnan(estimate(replay(rounds, np.array([0.0, 0.0]), 2.0)))


def test_a_model_is_asked_for_where_one_is_needed() -> None:
    bare = replace(two(), predicted=None)
    assert estimate(inverse_propensity(bare)) == pytest.approx(0.875)
    with pytest.raises(ValueError, match="predicted is needed"):
        doubly_robust(bare)


def test_the_largest_weight_is_that_of_any_candidate_not_only_of_what_was_shown() -> None:
    rounds = two()
    assert largest_weight(rounds) == pytest.approx(2.0)
    assert largest_weight(replace(rounds, target=np.array([[0.1, 0.9], [0.2, 0.8]]))) == pytest.approx(1.5)
    assert largest_weight(replace(rounds, logged=None, target=np.array([[0.1, 0.9], [0.2, 0.8]]))) == pytest.approx(0.5)


@given(st.floats(0, 1e9), st.floats(0, 100))
def test_shrinking_never_raises_a_weight_and_bounds_it(lambda_: float, weight: float) -> None:
    rounds = Rounds(
        shown=np.array([0]),
        propensity=np.array([1 / (weight + 1)]),
        reward=np.array([1.0]),
        target=np.array([[weight / (weight + 1), 1 / (weight + 1)]]),
        predicted=np.zeros((1, 2)),
    )
    kept = float(shrunk(rounds, lambda_).correction[0])
    assert 0 <= kept <= rounds.weights[0] * (1 + 1e-12)
    assert kept <= np.sqrt(lambda_) / 2 * (1 + 1e-12)


def test_replay_of_a_uniform_log_keeps_what_a_deterministic_policy_would_have_shown() -> None:
    """Li et al. 2011: no draw decides, the log's choice does."""
    rng = np.random.default_rng(1)
    shown, wanted = rng.integers(4, size=50), rng.integers(4, size=50)
    rounds = Rounds(
        shown=shown,
        propensity=np.full(50, 0.25),
        reward=rng.uniform(-1, 1, size=50),
        target=np.eye(4)[wanted],
        logged=np.full((50, 4), 0.25),
    )
    found = replay(rounds, rng.random(50))
    assert found.norm.tolist() == (shown == wanted).tolist()
    assert estimate(found) == pytest.approx(rounds.reward[shown == wanted].mean())


def _errors(there: World, terms: Callable[[Rounds], Terms], repetitions: int, bias: float = 0.3) -> np.ndarray:
    found = [estimate(terms(there.log(ROUNDS, seed, bias=bias))) for seed in range(repetitions)]
    return np.array(found) - there.truth


def _replayed(rounds: Rounds) -> Terms:
    return replay(rounds, np.random.default_rng(int(rounds.shown[:20].sum())).random(len(rounds)))


@pytest.mark.parametrize(
    ("terms", "limit"),
    [
        (inverse_propensity, 0.0),
        (self_normalised, 0.005),
        (doubly_robust, 0.0),
        (self_normalised_doubly_robust, 0.005),
        (_replayed, 0.005),
        (partial(switch, tau=np.inf), 0.0),
        (partial(shrunk, lambda_=1e4), 0.02),
    ],
)
def test_estimates_are_right_on_average(terms: Callable[[Rounds], Terms], limit: float) -> None:
    """500 logs of 1,000 rounds, a model that is off by 0.3: three standard errors, and the limit of what is biased."""
    errors = _errors(world(), terms, REPETITIONS)
    assert abs(errors.mean()) < limit + 3 * errors.std() / np.sqrt(REPETITIONS)


def test_the_direct_method_is_as_wrong_as_its_model() -> None:
    errors = _errors(world(), direct, 20)
    assert errors.mean() == pytest.approx(0.3, abs=0.01)


def test_a_better_model_and_bounded_weights_make_estimates_more_precise() -> None:
    families: dict[str, Callable[[Rounds], Terms]] = {**PLAIN, "Switch-DR": partial(switch, tau=2.0)}
    spread = {name: float(_errors(world(), terms, 100, bias=0.0).std()) for name, terms in families.items()}
    assert spread["DM"] < spread["Switch-DR"] < spread["DR"] < spread["IPS"]
    assert spread["SNIPS"] < spread["IPS"]


def test_tuning_trusts_no_bad_model_and_does_without_weights_beside_a_good_one() -> None:
    """A model off by 1.5 leaves only DR; one that is right makes the weights needless."""
    rounds = world().log(5_000, 1, bias=1.5)
    assert chosen(rounds, switch, grid(rounds)) >= largest_weight(rounds)
    picks = []
    for seed in range(20):
        good = world().log(2_000, seed, bias=0.0)
        picks.append(chosen(good, shrunk, grid(good, squared=True)))
    assert np.median(picks) < 1
