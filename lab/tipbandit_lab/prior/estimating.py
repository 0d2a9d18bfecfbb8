"""Empirical Bayes: the population that makes what all users did most likely.

The weights of user u are theta_u ~ N(m, S), a reward is x'theta_u and noise of variance s^2. m, S and s^2 are those
that maximise the marginal likelihood of the rewards (Efron, Morris: Stein's estimation rule and its competitors, JASA
1973; Bishop: Pattern Recognition and Machine Learning, 2006, section 3.5), found by expectation maximisation (Dempster,
Laird, Rubin 1977; for this model Laird, Ware: Random-effects models for longitudinal data, Biometrics 1982).

That decisions were chosen by what was known before does not bias it: given the rewards so far, the choice says nothing
more about the weights, so the likelihood is the same as if the decisions had been fixed beforehand.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from tipbandit_lab.arrays import Floats
from tipbandit_lab.prior.errors import PriorError
from tipbandit_lab.prior.sums import Sums

TOLERANCE: Final = 1e-9
"""Gain in log likelihood a user below which a step is the last."""
MOST_STEPS: Final = 20_000
_CHUNK: Final = 20_000
"""Users at once: the matrices of these are what is held beside the sums."""
_EXACT: Final = 1e-9
"""Noise of less than this share of the rewards' variance is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """What users have in common: ``mean`` m (D,), ``covariance`` S (D, D) of weights, and ``noise`` s^2 of rewards."""

    mean: Floats
    covariance: Floats
    noise: float

    @property
    def precision(self) -> Floats:
        """P = s^2 S^-1, shape (D, D), symmetric: the precision of the weights in units of the noise."""
        p = self.noise * np.linalg.inv(self.covariance)
        symmetric: Floats = (p + p.T) / 2
        return symmetric


@dataclass(frozen=True, slots=True, eq=False)
class Shrinkage:
    """What keeps S from being singular: ``users`` more, whose weights have the covariance ``variance``*I.

    It is the mode under an inverse-Wishart prior of S. Where there are few users, or nothing is known of some
    direction, S is about ``variance``*I, so that the prior is about the plain ridge.
    """

    users: float
    variance: float


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A population, and how it was found.

    Attributes:
        population: the last one.
        trace: log marginal likelihood, less the shrinkage's penalty, of the first population and after every step.
    """

    population: Population
    trace: tuple[float, ...]


class _Expected(NamedTuple):
    """What a step needs of all users, given a population.

    Attributes:
        step: sum of E[theta_u] - m, shape (D,).
        spread: sum of E[(theta_u - m)(theta_u - m)'], shape (D, D).
        left: sum of the squared noise that is expected.
        likelihood: log marginal likelihood of the rewards.
    """

    step: Floats
    spread: Floats
    left: float
    likelihood: float


def fit(sums: Sums, ridge_lambda: float, *, pseudo_users: float | None = None) -> Fit:
    """Return the population of users.

    Args:
        sums: of the users.
        ridge_lambda: of the plain ridge that S is drawn to: where each weight has variance s^2/lambda.
        pseudo_users: how many users that pull is worth; as many as features by default.

    Raises:
        PriorError: if the rewards leave no variance to explain, or none unexplained, or no end is found.
    """
    population = pooled(sums, ridge_lambda)
    shrinkage = Shrinkage(sums.dim if pseudo_users is None else pseudo_users, population.noise / ridge_lambda)
    trace: list[float] = []
    while True:
        expected = _expect(sums, population)
        trace.append(expected.likelihood - _penalty(population, shrinkage))
        if len(trace) > 1 and trace[-1] - trace[-2] <= TOLERANCE * len(sums):
            return Fit(population, tuple(trace))
        if len(trace) > MOST_STEPS:
            raise PriorError(f"no population is found in {MOST_STEPS} steps")
        population = _maximised(sums, population, expected, shrinkage)
        _check_noise(sums, population.noise)


def pooled(sums: Sums, ridge_lambda: float) -> Population:
    """Return where the search starts: all users have the weights of one ridge regression, give or take the plain ridge.

    A direction in which there is nothing to be learned from has weight 0, and keeps it.

    Raises:
        PriorError: if all rewards are equal, or the features explain all of them.
    """
    if sums.variance <= _EXACT * (sums.square.sum() / sums.rewards):
        raise PriorError("all rewards are equal: nothing can be learned from them")
    gram, b = sums.gram.sum(axis=0), sums.b.sum(axis=0)
    mean = np.linalg.solve(gram + ridge_lambda * np.eye(sums.dim), b)
    noise = float(sums.square.sum() - 2 * b @ mean + mean @ gram @ mean) / sums.rewards
    _check_noise(sums, noise)
    return Population(mean, noise / ridge_lambda * np.eye(sums.dim), noise)


def log_likelihood(sums: Sums, population: Population) -> float:
    """Return the log marginal likelihood of all rewards: the weights are integrated out."""
    return _expect(sums, population).likelihood


def _expect(sums: Sums, population: Population) -> _Expected:
    parts = [_part(sums.of(slice(k, k + _CHUNK)), population) for k in range(0, len(sums), _CHUNK)]
    step, spread, left, likelihood = zip(*parts, strict=True)
    return _Expected(np.sum(step, axis=0), np.sum(spread, axis=0), math.fsum(left), math.fsum(likelihood))


def _part(sums: Sums, population: Population) -> _Expected:
    """Do the E-step for some users: theta_u given the rewards is N(m + A^-1 d, s^2 A^-1), d = b - G m (Bishop 3.49)."""
    m, p, noise = population.mean, population.precision, population.noise
    a = p + sums.gram
    inverse = np.linalg.inv(a)
    d = sums.b - sums.gram @ m
    step = np.einsum("uij,uj->ui", inverse, d)
    off = sums.square - 2 * sums.b @ m + np.einsum("i,uij,j->u", m, sums.gram, m)  # sum (r - x'm)^2
    explained = np.einsum("ui,ui->u", step, d)
    inside = np.einsum("ui,uij,uj->u", step, sums.gram, step)
    uncertain = sums.dim - np.einsum("ij,uji->u", p, inverse)  # tr(G A^-1)
    log_volume = 2 * np.log(np.einsum("uii->ui", np.linalg.cholesky(a))).sum(axis=1) - np.linalg.slogdet(p)[1]
    likelihood = -(sums.count * math.log(2 * math.pi * noise) + log_volume + (off - explained) / noise) / 2
    return _Expected(
        step.sum(axis=0),
        step.T @ step + noise * inverse.sum(axis=0),
        float((off - 2 * explained + inside + noise * uncertain).sum()),
        float(likelihood.sum()),
    )


def _maximised(sums: Sums, population: Population, expected: _Expected, shrinkage: Shrinkage) -> Population:
    """Do the M-step: the population that is most likely if the weights were as expected."""
    users, shift = len(sums), expected.step / len(sums)
    spread = expected.spread - users * np.outer(shift, shift)
    pull = shrinkage.users * shrinkage.variance * np.eye(sums.dim)
    covariance = (spread + pull) / (users + shrinkage.users)
    return Population(population.mean + shift, (covariance + covariance.T) / 2, expected.left / sums.rewards)


def _penalty(population: Population, shrinkage: Shrinkage) -> float:
    """Return minus the log density of S under the inverse-Wishart prior, but for a constant."""
    s = population.covariance
    pull = np.linalg.slogdet(s)[1] + shrinkage.variance * np.trace(np.linalg.inv(s))
    return float(shrinkage.users / 2 * pull)


def _check_noise(sums: Sums, noise: float) -> None:
    if not noise > _EXACT * sums.variance:
        raise PriorError("the features explain the rewards without remainder: there is no noise to measure weights by")
