"""The statistics, against arithmetic by hand, exact distributions and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tipbandit_lab.gate.statistics import bootstrap, freedman, spent, student, too_often

NUMBERS = st.lists(st.floats(-1, 1, allow_subnormal=False), min_size=2, max_size=30)


def test_the_interval_is_that_of_the_textbook() -> None:
    """1, 2, 3, 4: mean 2.5, variance (2.25 + 0.25 + 0.25 + 2.25)/3 = 5/3, standard error sqrt(5/12) = 0.645497.

    The 97.5 % quantile of t with 3 degrees of freedom is 3.182446 in any table: 3.182446 x 0.645497 = 2.054260.
    """
    found = student(np.array([1.0, 2.0, 3.0, 4.0]), 0.05)
    assert found.mean == 2.5
    assert found.low == pytest.approx(2.5 - 2.054260, abs=1e-6)
    assert found.high == pytest.approx(2.5 + 2.054260, abs=1e-6)


def test_the_interval_is_that_of_scipy_at_any_level() -> None:
    x = np.random.default_rng(1).normal(size=11)
    for alpha in (0.3, 0.05, 0.001):
        expected = stats.ttest_1samp(x, 0.0).confidence_interval(1 - alpha)
        found = student(x, alpha)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_equal_numbers_leave_no_doubt_and_one_number_leaves_all() -> None:
    assert student(np.zeros(5), 0.05).low == 0.0
    assert student(np.zeros(5), 0.05).high == 0.0
    assert student(np.array([0.3]), 0.05).low == -math.inf
    assert student(np.array([0.3]), 0.05).high == math.inf


def test_what_is_no_number_has_no_bound() -> None:
    found = student(np.array([0.1, np.nan, 0.3]), 0.05)
    assert math.isnan(found.mean)
    assert math.isnan(found.low)


@given(NUMBERS, st.floats(0.001, 0.5))
def test_less_risk_is_a_wider_interval(numbers: list[float], alpha: float) -> None:
    wide, narrow = student(np.array(numbers), alpha / 2), student(np.array(numbers), alpha)
    assert wide.low <= narrow.low <= narrow.mean <= narrow.high <= wide.high


def test_for_eight_seeds_the_interval_covers_as_often_as_it_says() -> None:
    """4,000 samples of 8: 200 misses are expected, standard deviation 14. The normal quantile would miss 363 times."""
    samples = np.random.default_rng(2).normal(size=(4_000, 8))
    found = [student(x, 0.05) for x in samples]
    missed = sum(not each.low < 0 < each.high for each in found)
    assert 150 < missed < 250


def test_the_bootstrap_agrees_with_student_where_there_is_much_to_go_by() -> None:
    x = np.random.default_rng(3).normal(0.5, size=200)
    ours, other = bootstrap(x, 0.05), student(x, 0.05)
    assert ours.mean == other.mean
    assert (ours.low, ours.high) == pytest.approx((other.low, other.high), abs=0.02)


def test_the_bootstrap_is_the_same_every_time() -> None:
    x = np.random.default_rng(4).normal(size=20)
    assert bootstrap(x, 0.05) == bootstrap(x, 0.05)
    assert bootstrap(x, 0.2).low > bootstrap(x, 0.05).low


@pytest.mark.parametrize("x", [np.zeros(20), np.array([0.1]), np.array([0.1, 0.2]), np.array([0.0, 0.0, 0.0, 1.0])])
def test_the_bootstrap_fails_on_nothing(x: np.ndarray) -> None:
    assert bootstrap(x, 0.025).mean == pytest.approx(x.mean())


def test_all_looks_together_spend_alpha_and_no_more() -> None:
    assert spent(0.05, 1) == 0.025
    assert spent(0.05, 2) == pytest.approx(0.05 / 6)
    assert sum(spent(0.05, look) for look in range(1, 10_001)) == pytest.approx(0.05, rel=1e-3)
    assert sum(spent(0.05, look) for look in range(1, 10_001)) < 0.05


@given(st.integers(1, 400), st.sampled_from([0.0, 1.0]) | st.floats(1e-9, 1 - 1e-9))  # scipy overflows near 1e-308
def test_no_true_probability_is_suspected_more_often_than_stated(n: int, p: float) -> None:
    """The bound is at least the exact chance of a binomial count as far from its mean, either side."""
    counts = np.arange(n + 1)
    exact = stats.binom.pmf(counts, n, p)
    far = np.abs(counts - n * p)
    tail = np.array([exact[far >= d - 1e-9].sum() for d in far])
    bound = freedman(counts.astype(np.float64), np.full(n + 1, n * p), np.full(n + 1, n * p * (1 - p)))
    assert (bound >= tail - 1e-9).all()


def test_the_bound_is_that_of_the_paper() -> None:
    """Deviation 10, variance 20: (20/30)^30 e^10 = 5.2151e-6 x 22026.47 = 0.114869; twice that for two sides."""
    assert freedman(np.array(110.0), np.array(100.0), np.array(20.0)) == pytest.approx(0.229738, rel=1e-4)
    assert freedman(np.array(90.0), np.array(100.0), np.array(20.0)) == pytest.approx(0.229738, rel=1e-4)


def test_what_was_certain_and_did_not_happen_is_impossible() -> None:
    assert freedman(np.array(99.0), np.array(100.0), np.array(0.0)) == 0
    assert freedman(np.array(100.0), np.array(100.0), np.array(0.0)) == 1
    assert freedman(np.array(0.0), np.array(0.0), np.array(0.0)) == 1


def test_what_is_no_number_has_no_probability() -> None:
    nan = np.array(np.nan)
    one = np.array(1.0)
    assert np.isnan(freedman(one, nan, one))
    assert np.isnan(freedman(nan, one, one))
    assert np.isnan(freedman(one, one, nan))
    assert np.isnan(freedman(one, one, -nan))


def test_too_often_counts_the_count_itself() -> None:
    """Two heads of two: 1/4. At least none: 1."""
    assert too_often(np.array([2.0, 0.0]), np.array([2.0, 2.0]), 0.5) == pytest.approx([0.25, 1.0])
