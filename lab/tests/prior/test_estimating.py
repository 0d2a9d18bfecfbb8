"""Empirical Bayes: the population is found, by the steps the textbook has."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import optimize
from tests.prior.populations import TRUTH, drawn, slow_log_likelihood, slow_step

from tipbandit_lab.arrays import Floats
from tipbandit_lab.prior import estimating
from tipbandit_lab.prior.errors import PriorError
from tipbandit_lab.prior.estimating import Population, fit, log_likelihood, pooled
from tipbandit_lab.prior.sums import Sums, summed


def test_the_population_that_drew_the_users_is_found() -> None:
    """2,000 users: the mean is known to sqrt(0.3/2000) = 0.012, a variance to sqrt(2/2000) = 3 %, and some more."""
    found = fit(drawn(TRUTH, users=2_000, seed=1).sums, 1.0).population
    np.testing.assert_allclose(found.mean, TRUTH.mean, atol=0.05)
    np.testing.assert_allclose(found.covariance, TRUTH.covariance, atol=0.05)
    assert found.noise == pytest.approx(TRUTH.noise, rel=0.03)


def test_more_users_come_closer_to_it() -> None:
    def error(users: int) -> float:
        found = [fit(drawn(TRUTH, users=users, seed=seed).sums, 1.0).population for seed in range(3)]
        return float(np.mean([np.abs(each.covariance - TRUTH.covariance).mean() for each in found]))

    assert error(2_400) < 0.5 * error(150)


def test_the_likelihood_is_that_of_jointly_normal_rewards() -> None:
    users = drawn(TRUTH, users=7, least=1, most=9)
    other = Population(np.zeros(3), np.diag([0.5, 0.1, 2.0]), 0.7)
    for population in (TRUTH, other):
        assert log_likelihood(users.sums, population) == pytest.approx(slow_log_likelihood(users, population), abs=1e-9)


def test_the_steps_are_those_of_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    users = drawn(TRUTH, users=12, least=1, most=9)
    monkeypatch.setattr(estimating, "_CHUNK", 5)
    start = pooled(users.sums, 2.0)
    slow = start
    found = fit(users.sums, 2.0, pseudo_users=1.5)
    for _ in range(len(found.trace) - 1):
        slow = slow_step(users, slow, pull=start.noise / 2.0, pseudo=1.5)
    np.testing.assert_allclose(found.population.mean, slow.mean, atol=1e-9)
    np.testing.assert_allclose(found.population.covariance, slow.covariance, atol=1e-9)
    assert found.population.noise == pytest.approx(slow.noise, abs=1e-9)


def test_every_step_is_more_likely_than_the_one_before() -> None:
    for seed in range(5):
        sums = drawn(TRUTH, users=30, least=1, most=12, seed=seed).sums
        trace = fit(sums, 1.0).trace
        assert len(trace) > 10
        assert all(after >= before for before, after in pairwise(trace))


def test_nothing_near_what_was_found_is_more_likely() -> None:
    """A general optimiser that knows no steps ends where they end, if there is hardly any pull."""
    sums = drawn(TRUTH, users=150, least=10, seed=3).sums
    found = fit(sums, 1.0, pseudo_users=1e-9).population

    def loss(at: Floats) -> float:
        root = np.zeros((3, 3))
        root[np.tril_indices(3)] = at[3:9]
        covariance = root @ root.T + 1e-12 * np.eye(3)
        return -log_likelihood(sums, Population(at[:3], covariance, float(np.exp(at[9])))) / len(sums)

    start = np.concatenate([np.zeros(3), np.eye(3)[np.tril_indices(3)], [0.0]])
    best = optimize.minimize(loss, start, method="BFGS", options={"gtol": 1e-6})
    root = np.zeros((3, 3))
    root[np.tril_indices(3)] = best.x[3:9]
    np.testing.assert_allclose(found.mean, best.x[:3], atol=2e-3)
    np.testing.assert_allclose(found.covariance, root @ root.T, atol=2e-3)
    assert found.noise == pytest.approx(np.exp(best.x[9]), abs=2e-3)


def test_a_direction_nothing_is_known_of_is_as_in_the_plain_ridge() -> None:
    """Nobody was ever shown anything with the second feature: its weight is 0, its variance that of the plain ridge."""
    users = drawn(TRUTH, users=60)
    for x in users.xs:
        x[:, 1] = 0.0
    sums = users.sums
    found = fit(sums, 4.0).population
    assert found.mean[1] == 0.0
    assert found.covariance[1, 1] == pytest.approx(pooled(sums, 4.0).noise / 4.0)
    np.testing.assert_allclose(found.covariance[1, [0, 2]], 0.0, atol=1e-12)


def test_users_that_are_all_alike_leave_a_covariance_that_is_small_and_not_singular() -> None:
    alike = replace(TRUTH, covariance=np.zeros((3, 3)))
    found = fit(drawn(alike, users=300).sums, 1.0).population
    values = np.linalg.eigvalsh(found.covariance)
    assert 0 < values.min() <= values.max() < 0.02
    assert np.linalg.eigvalsh(found.precision).min() > 0


def test_few_users_are_pulled_to_the_plain_ridge_and_many_are_not() -> None:
    tight = fit(drawn(TRUTH, users=20).sums, 1.0, pseudo_users=1e6)
    np.testing.assert_allclose(
        tight.population.covariance, pooled(drawn(TRUTH, users=20).sums, 1.0).noise * np.eye(3), atol=1e-4
    )
    sums = drawn(TRUTH, users=3_000).sums
    ours, free = (fit(sums, 1.0, pseudo_users=pseudo).population for pseudo in (None, 1e-6))
    np.testing.assert_allclose(ours.covariance, free.covariance, atol=0.005)


def test_the_precision_is_in_units_of_the_noise() -> None:
    """The plain ridge, S = s^2/lambda I, has P = lambda I whatever the noise is."""
    for noise in (0.1, 4.0):
        np.testing.assert_allclose(Population(np.zeros(2), noise / 3 * np.eye(2), noise).precision, 3 * np.eye(2))


def test_rewards_that_are_all_equal_are_refused() -> None:
    users = drawn(TRUTH, users=30)
    for level in (0.0, 0.25):
        equal = [np.full(len(r), level) for r in users.rs]
        with pytest.raises(PriorError, match="all rewards are equal"):
            fit(replace(users, rs=equal).sums, 1.0)


def test_rewards_without_noise_are_refused() -> None:
    exact = drawn(replace(TRUTH, noise=0.0), users=30, least=10)
    with pytest.raises(PriorError, match="without remainder"):
        fit(exact.sums, 1.0)


def test_sums_are_those_of_each_user() -> None:
    users = drawn(TRUTH, users=9, least=1, most=4)
    sums = users.sums
    for k, (x, r) in enumerate(zip(users.xs, users.rs, strict=True)):
        np.testing.assert_allclose(sums.gram[k], x.T @ x, atol=1e-12)
        np.testing.assert_allclose(sums.b[k], x.T @ r, atol=1e-12)
        np.testing.assert_allclose([sums.square[k], sums.total[k]], [r @ r, r.sum()], atol=1e-12)
        assert sums.count[k] == len(r)
    everything = np.concatenate(users.rs)
    assert sums.rewards == len(everything)
    assert sums.variance == pytest.approx(everything.var())
    np.testing.assert_allclose(sums.mean_square, (np.concatenate(users.xs) ** 2).mean(axis=0))
    parts = [sums.of(slice(0, 4)), sums.of(slice(4, 9))]
    np.testing.assert_array_equal(Sums.together(parts, 3).gram, sums.gram)
    assert len(Sums.together([summed(np.empty((0, 3)), np.empty(0), np.empty(0, dtype=np.int64))], 3)) == 0
