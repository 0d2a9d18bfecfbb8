"""Bootstrap intervals: against arithmetic, against what is known, and how often they cover."""

import numpy as np
import pytest
from tests.evaluation.worlds import world

from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation.estimators import Terms, doubly_robust, inverse_propensity, self_normalised
from tipbandit_lab.evaluation.intervals import bootstrap, summed


def mean_of(x: Floats) -> Terms:
    return Terms(np.zeros(len(x)), x, np.ones(len(x)))


def test_sums_over_groups_are_those_of_their_rounds() -> None:
    sums = summed((mean_of(np.array([1.0, 2.0, 4.0])),), np.array([5, 9, 5]))
    assert sums.terms.tolist() == [[[0, 5, 2], [0, 2, 1]]]
    assert sums.rounds.tolist() == [2, 1]


def test_of_a_normal_mean_it_is_the_textbooks_interval() -> None:
    x = np.random.default_rng(1).normal(size=2_000)
    for method in ("bca", "percentile"):
        (found,) = bootstrap((mean_of(x),), np.arange(2_000), 0.05, resamples=4_000, method=method)
        half = 1.96 * x.std() / np.sqrt(2_000)
        assert found.estimate == pytest.approx(x.mean())
        assert (found.low, found.high) == pytest.approx((x.mean() - half, x.mean() + half), abs=0.1 * half)


def test_the_difference_is_paired() -> None:
    """Two estimates that differ by 0.5 in every round differ by 0.5 in every resample."""
    x = np.random.default_rng(2).normal(size=500)
    found = bootstrap((mean_of(x), mean_of(x - 0.5)), np.arange(500), 0.05)
    assert (found[2].estimate, found[2].low, found[2].high) == pytest.approx((0.5, 0.5, 0.5))


def test_rounds_of_one_user_that_are_alike_count_as_one() -> None:
    """100 users with 10 equal rounds each: sqrt(10) times as wide as if the rounds were independent."""
    x = np.repeat(np.random.default_rng(3).normal(size=100), 10)
    (together,) = bootstrap((mean_of(x),), np.repeat(np.arange(100), 10), 0.05)
    (apart,) = bootstrap((mean_of(x),), np.arange(1_000), 0.05)
    ratio = (together.high - together.low) / (apart.high - apart.low)
    assert ratio == pytest.approx(np.sqrt(10), rel=0.1)


def test_it_is_the_same_every_time_and_another_with_another_seed() -> None:
    terms = (mean_of(np.random.default_rng(4).normal(size=50)),)
    again = [bootstrap(terms, np.arange(50), 0.05, seed=seed) for seed in (0, 0, 1)]
    assert again[0] == again[1] != again[2]


def test_chunks_do_not_change_what_is_drawn_for_few_groups() -> None:
    """All resamples of 50 groups fit in one chunk; the interval shrinks with the confidence."""
    terms = (mean_of(np.random.default_rng(5).normal(size=50)),)
    wide, narrow = (bootstrap(terms, np.arange(50), alpha)[0] for alpha in (0.01, 0.2))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_there_are_no_bounds_where_there_is_no_estimate() -> None:
    nothing = Terms(np.zeros(5), np.zeros(5), np.zeros(5))
    (found,) = bootstrap((nothing,), np.arange(5), 0.05)
    assert np.isnan([found.estimate, found.low, found.high]).all()


def test_equal_numbers_leave_no_doubt() -> None:
    (found,) = bootstrap((mean_of(np.ones(30)),), np.arange(30), 0.05)
    assert (found.low, found.high) == (1.0, 1.0)


def test_another_method_is_refused() -> None:
    with pytest.raises(ValueError, match="no such bootstrap: t; there are bca and percentile"):
        bootstrap((mean_of(np.ones(3)),), np.arange(3), 0.05, method="t")


def coverage(repetitions: int, rounds: int = 1_000) -> dict[str, float]:
    """Return how often 95 % intervals of three estimators hold the truth."""
    there, held = world(), np.zeros(3)
    for seed in range(repetitions):
        log = there.log(rounds, seed, bias=0.3)
        terms = (doubly_robust(log), self_normalised(log), inverse_propensity(log))
        found = bootstrap(terms, log.groups, 0.05, resamples=400, seed=seed)[:3]
        held += [each.low <= there.truth <= each.high for each in found]
    return dict(zip(("DR", "SNIPS", "IPS"), held / repetitions, strict=True))


def test_intervals_cover_about_as_often_as_they_say() -> None:
    """100 logs: 95 are expected, standard deviation 2.2; weights to 23 and 1,000 rounds cost a little."""
    assert all(0.87 <= share <= 1.0 for share in coverage(100).values())


@pytest.mark.deep
def test_intervals_cover_as_often_as_they_say() -> None:
    """500 logs: 475 are expected, standard deviation 4.9, so 92 to 98 % with room for the skew of the weights."""
    assert all(0.92 <= share <= 0.98 for share in coverage(500).values())
