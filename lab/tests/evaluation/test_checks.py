"""Numbers are refused where they would mean nothing, and the reason is said."""

from dataclasses import replace

import numpy as np
import pytest
from tests.evaluation.worlds import world

from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation.checks import Limits, calibration, effective_size, judge, overlap
from tipbandit_lab.evaluation.rounds import Rounds


def log(n: int = 2_000, seed: int = 1) -> Rounds:
    return world().log(n, seed)


def only(rounds: Rounds, limits: Limits | None = None) -> str:
    (reason,) = judge(rounds, limits).reasons
    return reason


def test_a_good_log_has_nothing_against_it() -> None:
    assert judge(log()).valid


@pytest.mark.parametrize(
    ("weights", "size"),
    [([1, 1, 1, 1], 4), ([2, 2], 2), ([1, 0, 0, 0], 1), ([3, 1], 1.6), ([0, 0], 0)],
)
def test_the_effective_size_is_the_square_of_the_sum_over_the_sum_of_squares(weights: Floats, size: float) -> None:
    assert effective_size(np.array(weights, dtype=np.float64)) == pytest.approx(size)


def test_too_few_rounds_are_refused() -> None:
    assert only(log(150), Limits(effective=1.0, heaviest=1.0)) == "there are 150 rounds, and 200 are needed"


def test_too_few_users_are_refused() -> None:
    few = replace(log(), group=np.arange(2_000) % 7)
    assert only(few) == "there are 7 users, and 20 are needed to tell them from chance"


def test_all_equal_rewards_are_refused() -> None:
    assert "all rewards are 0.5, so nothing" in only(replace(log(), reward=np.full(2_000, 0.5)))


def test_no_overlap_is_refused() -> None:
    """The target always shows what the log never does."""
    logged = np.tile([0.5, 0.5, 0.0], (300, 1))
    apart = Rounds(
        shown=np.arange(300) % 2,
        propensity=np.full(300, 0.5),
        reward=np.linspace(-1, 1, 300),
        target=np.tile([0.0, 0.0, 1.0], (300, 1)),
        logged=logged,
    )
    assert "nothing was shown that the target would show" in judge(apart).reasons
    assert overlap(apart).unsupported == 1.0


def test_what_could_not_be_shown_is_refused_beyond_a_limit() -> None:
    logged = np.tile([0.5, 0.5, 0.0], (1_000, 1))
    rounds = Rounds(
        shown=np.arange(1_000) % 2,
        propensity=np.full(1_000, 0.5),
        reward=np.linspace(-1, 1, 1_000),
        target=np.tile([0.45, 0.45, 0.1], (1_000, 1)),
        logged=logged,
    )
    assert only(rounds).startswith("10.0% of what the target would show could not be shown")
    assert overlap(rounds).affected == 1.0
    assert judge(rounds, Limits(unsupported=0.2)).valid


def test_weights_that_explode_are_refused() -> None:
    """999 rounds in which the target would have shown something else, and one with a weight of 500."""
    target = np.tile([0.02, 0.98], (1_000, 1))
    target[0] = [0.5, 0.5]
    propensity = np.full(1_000, 0.999)
    propensity[0] = 0.001
    rounds = Rounds(
        shown=np.zeros(1_000, dtype=np.int64),
        propensity=propensity,
        reward=np.linspace(-1, 1, 1_000),
        target=target,
    )
    reasons = judge(rounds).reasons
    assert any(each.startswith("the effective sample size is 1.") for each in reasons)
    assert any("one round has 96% of all weight" in each for each in reasons)


def test_a_softmax_logged_beside_a_greedy_choice_is_found_out() -> None:
    """The best is always shown and logged with a probability of a half."""
    logged = np.tile([0.5, 0.3, 0.2], (500, 1))
    rounds = Rounds(
        shown=np.zeros(500, dtype=np.int64),
        propensity=np.full(500, 0.5),
        reward=np.linspace(-1, 1, 500),
        target=np.tile([0.4, 0.3, 0.3], (500, 1)),
        logged=logged,
    )
    reasons = judge(rounds).reasons
    assert any("were shown 500 times where 250.0 are expected" in each for each in reasons)
    assert calibration(rounds).p_value == pytest.approx(0, abs=1e-9)


def test_rewards_that_are_missing_for_some_tips_are_found_out() -> None:
    """Who is shown the target's favourite does not react, three times of four."""
    whole = log(8_000)
    kept = (whole.weights < 2) | (np.random.default_rng(0).random(8_000) < 0.25)
    fields = ("shown", "propensity", "reward", "target", "logged", "predicted")
    rounds = replace(whole, **{name: getattr(whole, name)[kept] for name in fields})
    assert any("the mean weight is" in each and "rewards are missing" in each for each in judge(rounds).reasons)


def test_true_propensities_are_hardly_ever_suspected() -> None:
    """200 true logs, at a level of 1 in 1,000 for each of two tests."""
    assert sum(not judge(log(1_000, seed), Limits(effective=1.0, heaviest=1.0)).valid for seed in range(200)) <= 2


def test_without_the_probabilities_of_all_candidates_less_is_known() -> None:
    rounds = replace(log(), logged=None)
    found = overlap(rounds)
    assert (found.unsupported, found.affected) == (None, None)
    assert calibration(rounds).p_value is None
    assert judge(rounds).valid


def test_every_reason_is_given_not_only_the_first() -> None:
    rounds = replace(log(150), reward=np.zeros(150))
    reasons = judge(rounds).reasons
    assert len(reasons) >= 2
    assert any("rounds" in each for each in reasons)
    assert any("all rewards are 0" in each for each in reasons)
