"""Confidence sequences: against exact arithmetic, and how often they fail anywhere on the way."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evaluation.worlds import World, world

from tipbandit_lab.evaluation.rounds import Rounds
from tipbandit_lab.evaluation.sequences import (
    Bounds,
    advantage_bounds,
    boundary,
    guesses,
    lower_bounds,
    pseudo_outcomes,
    value_bounds,
)

ALPHA = 0.05


def running(means: np.ndarray) -> np.ndarray:
    return np.asarray(means.cumsum() / np.arange(1, len(means) + 1))


def test_the_guess_knows_only_what_came_before() -> None:
    assert guesses(np.array([1.0, 0.0, 1.0])).tolist() == pytest.approx([0.5, 0.75, 0.5])


@given(st.floats(0, 1e4), st.sampled_from([0.2, 0.05, 0.001]))
def test_the_boundary_is_where_the_mixture_reaches_its_limit(v: float, alpha: float) -> None:
    """Within the half per cent by which time is rounded up."""
    s = float(boundary(np.array([v]), alpha)[0])
    lambdas = 0.9 * 0.5 ** np.arange(12)
    mixture = [np.exp(lambdas * s - (-np.log1p(-lambdas) - lambdas) * t).mean() for t in (v, v * 1.0051 + 1e-9)]
    assert mixture[1] <= 1 / alpha * (1 + 1e-6)
    assert mixture[0] >= 1 / alpha * (1 - 1e-6)


def test_pseudo_outcomes_have_the_value_as_their_mean_exactly() -> None:
    """Summed over every draw with its probability: the target's mean reward, whatever the guess and the cut."""
    logged, target = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.1, 0.8])
    reward = np.array([0.3, 0.9, 0.5])
    each = Rounds(
        shown=np.arange(3),
        propensity=logged,
        reward=reward,
        target=np.tile(target, (3, 1)),
        logged=np.tile(logged, (3, 1)),
        reward_range=(0.0, 1.0),
    )
    for guess in (0.0, 0.4, 1.0):
        for cut in (0.0, 0.5, 4.0):
            found = pseudo_outcomes(each, reward, np.full(3, guess), cut)
            assert float((logged * found).sum()) == pytest.approx(float((target * reward).sum()))
            assert found.min() >= -cut


def test_where_the_log_has_no_probability_the_pseudo_outcome_only_gets_lower() -> None:
    each = Rounds(
        shown=np.array([0]),
        propensity=np.array([1.0]),
        reward=np.array([0.5]),
        target=np.array([[0.5, 0.5]]),
        logged=np.array([[1.0, 0.0]]),
        reward_range=(0.0, 1.0),
    )
    assert pseudo_outcomes(each, each.reward, np.array([0.4]), 2.0)[0] <= 0.5 * 0.5 + 0.5


def failures(there: World, repetitions: int, rounds: int) -> dict[str, float]:
    """Return how often bounds miss the truth at any of all times."""
    missed = np.zeros(3)
    for seed in range(repetitions):
        log = there.log(rounds, seed)
        value = value_bounds(log, ALPHA)
        advantage = advantage_bounds(log, np.asarray(log.logged), ALPHA)
        lead = there.truth - there.logging_truth
        fixed = 1.96 * log.weights.std() / np.sqrt(np.arange(1, rounds + 1))
        looks = np.abs(running(log.weights * log.reward) - there.truth)[100:] > fixed[100:]
        missed += [_misses(value, there.truth), _misses(advantage, lead), looks.any()]
    return dict(zip(("value", "advantage", "fixed"), missed / repetitions, strict=True))


def _misses(bounds: Bounds, truth: float) -> bool:
    return bool(((bounds.low > truth) | (bounds.high < truth)).any())


def test_bounds_hold_at_all_times_where_a_fixed_interval_does_not() -> None:
    """100 logs, looked at after every round: 5 failures would be as promised; who looks with 1.96 fails often."""
    found = failures(world(), 100, 1_000)
    assert found["value"] <= 0.05
    assert found["advantage"] <= 0.05
    assert found["fixed"] > 0.1


@pytest.mark.deep
def test_bounds_hold_at_all_times_over_500_logs() -> None:
    found = failures(world(), 500, 5_000)
    assert found["value"] <= 0.05
    assert found["advantage"] <= 0.05
    assert found["fixed"] > 0.2


def test_bounds_close_in_on_the_truth() -> None:
    there = world(epsilon=0.5)
    widths = []
    for rounds in (1_000, 10_000, 100_000):
        bounds = value_bounds(there.log(rounds, 1), ALPHA)
        assert bounds.low[-1] < there.truth < bounds.high[-1]
        widths.append(bounds.high[-1] - bounds.low[-1])
    assert widths[2] < 0.06
    assert widths[0] > 2.5 * widths[1] > 2.5 * 2.5 * widths[2]


def test_a_better_policy_is_found_out_in_the_end_and_a_worse_one_never() -> None:
    there = world(epsilon=0.5)
    log = there.log(30_000, 1)
    logging = np.asarray(log.logged)
    assert advantage_bounds(log, logging, ALPHA).low[-1] > 0
    mirrored = advantage_bounds(replace(log, target=logging), log.target, ALPHA)
    assert mirrored.high[-1] < 0
    assert mirrored.low.max() < 0


def test_two_equal_policies_are_equal_but_for_what_is_not_known() -> None:
    log = world().log(5_000, 1)
    bounds = advantage_bounds(replace(log, target=np.asarray(log.logged)), np.asarray(log.logged), ALPHA)
    assert -0.05 < bounds.low[-1] <= 0 <= bounds.high[-1] < 0.05


def test_means_that_drift_are_bounded_by_their_running_mean() -> None:
    """Means rise from 0.2 to 0.8: no interval of one mean would hold; the running mean is held, in 100 of 100."""
    means = np.linspace(0.2, 0.8, 2_000)
    for seed in range(100):
        outcomes = (np.random.default_rng(seed).random(2_000) < means).astype(np.float64)
        assert (lower_bounds(outcomes, 0.0, 0.01) <= running(means)).all()
