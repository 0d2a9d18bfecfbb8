"""Synthetic users of a known population, and the slow way to say what they tell of it."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from tipbandit_lab.arrays import Floats
from tipbandit_lab.prior.estimating import Population
from tipbandit_lab.prior.sums import Sums, summed

TRUTH = Population(
    mean=np.array([0.3, -0.5, 0.8]),
    covariance=np.array([[0.30, 0.10, 0.00], [0.10, 0.20, -0.05], [0.00, -0.05, 0.10]]),
    noise=0.25,
)


@dataclass(frozen=True)
class Users:
    """Each user's X (n, D) and r (n,)."""

    xs: list[Floats]
    rs: list[Floats]

    @property
    def sums(self) -> Sums:
        """What is kept of them."""
        counts = [len(r) for r in self.rs]
        starts = np.cumsum([0, *counts[:-1]])
        return summed(np.concatenate(self.xs), np.concatenate(self.rs), starts)


def drawn(truth: Population, *, users: int, least: int = 5, most: int = 40, seed: int = 0) -> Users:
    """Users with a bias and other features, who are rewarded between ``least`` and ``most`` times."""
    draw = np.random.default_rng(seed)
    dim = len(truth.mean)
    xs, rs = [], []
    for _ in range(users):
        theta = draw.multivariate_normal(truth.mean, truth.covariance)
        x = draw.uniform(-1, 1, (int(draw.integers(least, most + 1)), dim))
        x[:, 0] = 1.0
        xs.append(x)
        rs.append(x @ theta + math.sqrt(truth.noise) * draw.standard_normal(len(x)))
    return Users(xs, rs)


def slow_log_likelihood(users: Users, population: Population) -> float:
    """The rewards of a user are jointly normal, with covariance X S X' + s^2 I: by scipy, n x n."""
    return sum(
        float(
            stats.multivariate_normal(
                x @ population.mean, x @ population.covariance @ x.T + population.noise * np.eye(len(r))
            ).logpdf(r)
        )
        for x, r in zip(users.xs, users.rs, strict=True)
    )


def slow_step(users: Users, population: Population, pull: float, pseudo: float) -> Population:
    """One step of expectation maximisation by the textbook's formulas, user by user, reward by reward."""
    m, s, noise = population.mean, population.covariance, population.noise
    thetas, variances = [], []
    for x, r in zip(users.xs, users.rs, strict=True):
        gain = s @ x.T @ np.linalg.inv(x @ s @ x.T + noise * np.eye(len(r)))  # Kalman's, not the information form
        thetas.append(m + gain @ (r - x @ m))
        variances.append(s - gain @ x @ s)
    mean = np.mean(thetas, axis=0)
    spread = sum(np.outer(t - mean, t - mean) + v for t, v in zip(thetas, variances, strict=True))
    left = 0.0
    for x, r, t, v in zip(users.xs, users.rs, thetas, variances, strict=True):
        left += sum((one_r - one_x @ t) ** 2 + one_x @ v @ one_x for one_x, one_r in zip(x, r, strict=True))
    covariance = (spread + pseudo * pull * np.eye(len(m))) / (len(thetas) + pseudo)
    return Population(mean, covariance, left / sum(map(len, users.rs)))
