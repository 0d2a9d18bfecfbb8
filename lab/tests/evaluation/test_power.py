"""How many decisions it takes: against the bounds themselves."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from tests.evaluation.worlds import World, world
from tests.gate.logs import evaluation

from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation.estimators import Terms, doubly_robust, estimate
from tipbandit_lab.evaluation.intervals import bootstrap
from tipbandit_lab.evaluation.power import anytime_size, fixed_size
from tipbandit_lab.evaluation.record import Estimated, Sequences
from tipbandit_lab.evaluation.rounds import Rounds
from tipbandit_lab.evaluation.sequences import (
    CUT,
    advantage_bounds,
    advantage_depth,
    advantage_spread,
    guesses,
    pseudo_outcomes,
)

FOUND = evaluation(-0.05, 0.09)


def test_the_fixed_size_is_that_of_the_normal_test() -> None:
    """With s = 0.07/2.2414: n = 4,000 ((1.96 + 0.8416) s/0.05)^2 for 95 % and 80 % power."""
    error = 0.07 / stats.norm.isf(0.0125)
    expected = 4_000 * ((stats.norm.isf(0.025) + stats.norm.ppf(0.8)) * error / 0.05) ** 2
    assert fixed_size(FOUND, "DR", 0.05, 0.05) == pytest.approx(expected)
    assert fixed_size(FOUND, "DR", 0.025, 0.05) == pytest.approx(4 * expected)


@pytest.mark.slow
def test_at_the_size_it_takes_the_bound_that_holds_at_all_times_shows_it_with_the_power() -> None:
    known = world()
    gap = known.truth - known.logging_truth
    spread = advantage_spread(*both(known, 30_000, 0))
    bounds = Sequences(candidate=(0, 0), incumbent=(0, 0), advantage=(0, 0), spread=spread)
    sized = anytime_size(evaluation(rounds=30_000, sequences=bounds), gap, 0.05)
    assert sized is not None
    logs = (both(known, round(sized), seed) for seed in range(1, 81))
    shown = np.mean([advantage_bounds(*each, 0.05).low[-1] > 0 for each in logs])
    assert 0.65 <= shown <= 0.95


def test_at_the_fixed_size_an_advantage_is_so_many_standard_errors_away() -> None:
    """1.96 and 0.84 for 80 % at 95 %: the spread of 200 estimates of as many rounds says so."""
    known = world()
    gap = (known.truth - known.logging_truth) / 2
    advantage = bootstrap(differing(known, 30_000, 0), np.arange(30_000), 0.05, resamples=400)[2]
    dr = Estimated(estimator="DR", parameter=None, candidate=advantage, incumbent=advantage, advantage=advantage)
    found = evaluation(rounds=30_000, confidence=0.95, estimates=(dr,))
    sized = fixed_size(found, "DR", gap, 0.05)
    assert sized is not None
    each = [estimate(a) - estimate(b) for a, b in (differing(known, round(sized), seed) for seed in range(1, 201))]
    assert gap / np.std(each) == pytest.approx(1.96 + 0.8416, abs=0.4)


def both(known: World, n: int, seed: int) -> tuple[Rounds, Floats]:
    """Return a log and the probabilities of the policy that logged."""
    log = known.log(n, seed)
    assert log.logged is not None
    return log, log.logged


def differing(known: World, n: int, seed: int) -> tuple[Terms, Terms]:
    """Return what DR makes of the target and of the policy that logged."""
    log, logged = both(known, n, seed)
    return doubly_robust(log), doubly_robust(replace(log, target=logged))


def test_the_depth_of_the_bound_is_that_of_the_sequence() -> None:
    log, logged = both(world(), 3_000, 3)
    reward = (log.reward + 1) / 2
    ours = pseudo_outcomes(log, reward, guesses(reward), CUT)
    theirs = pseudo_outcomes(replace(log, target=logged), 1 - reward, 1 - guesses(reward), CUT)
    mean = 2 * float((ours + theirs - 1).mean())
    depth = advantage_depth(advantage_spread(log, logged), 3_000, 0.05)
    assert mean - depth == pytest.approx(float(advantage_bounds(log, logged, 0.05).low[-1]), abs=0.003)


@pytest.mark.parametrize("gap", [0.0, -0.1, float("nan")])
def test_no_number_of_decisions_shows_what_is_not_there(gap: float) -> None:
    assert fixed_size(FOUND, "DR", gap, 0.05) is None
    assert anytime_size(FOUND, gap, 0.05) is None


def test_without_an_interval_nothing_is_said() -> None:
    assert fixed_size(FOUND, "SNIPS", 0.05, 0.05) is None
    assert fixed_size(evaluation(0.1, 0.1), "DR", 0.05, 0.05) is None
    assert anytime_size(replace(FOUND, sequences=None), 0.05, 0.05) is None
    assert anytime_size(FOUND, 1e-12, 0.05) is None
