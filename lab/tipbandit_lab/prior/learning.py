"""From a lake to the prior of one policy."""

from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb

from tipbandit.policies.policy import Policy
from tipbandit.policies.ridge import Prior
from tipbandit_lab.code_version import commit, digest
from tipbandit_lab.lake import connect
from tipbandit_lab.prior.documents import named
from tipbandit_lab.prior.errors import PriorError
from tipbandit_lab.prior.estimating import Fit, fit
from tipbandit_lab.prior.gathering import Gathered, gather
from tipbandit_lab.prior.sums import Sums

LEAST_USERS: Final = 20
"""Below this the covariance says more of the pull towards the plain ridge than of users."""
REWARDS_A_NUMBER: Final = 10
"""How many rewards there must be for each number that is learned: D of the mean, D(D + 1)/2 of the covariance, 1."""

TRUST: Final = 0.5
"""What the precision is multiplied by. Users are not normally distributed, and a mean that is not theirs holds back
longest those who are unlike all others (Efron, Morris: Limiting the risk of Bayes and empirical Bayes estimators, JASA
1972). Half the precision costs the rest next to nothing; docs/adr/0014-population-prior.md has the figures."""


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A prior, ``about`` where it came from (JSON), and how it was found."""

    prior: Prior
    about: Mapping[str, Any]
    fit: Fit


def learn(lake: str | Path, policy: Policy, *, days: tuple[date, date] | None = None, trust: float = TRUST) -> Learned:
    """Learn where new users of a policy start, from all users of a lake.

    Args:
        lake: a directory, or s3://bucket/prefix.
        policy: whose prior. Its discount is ignored: what all users taught in the window counts alike.
        days: the first and the last day of the decisions; all of them, if None.
        trust: what the precision s^2 S^-1 is multiplied by, in (0, 1]; 1 takes users for normally distributed.

    Raises:
        PriorError: if there is too little to learn from, or nothing in it. All that is wrong is named.
        ValueError: if ``trust`` is out of range.
        LakeError: if the lake cannot be read.
    """
    if not 0 < trust <= 1:
        raise ValueError(f"trust must lie in (0, 1], not be {trust:g}")
    with closing(connect(lake, days=days)) as connection:
        with suppress(duckdb.InvalidInputException):  # a notebook may have no such bar to turn off
            connection.execute("SET enable_progress_bar = false")  # it would be written among the answer
        gathered = gather(connection, policy)
    return learned(gathered, policy, trust)


def learned(gathered: Gathered, policy: Policy, trust: float = TRUST) -> Learned:
    """Return the prior that sums say; see ``learn``."""
    _enough(gathered.sums, policy)
    found = fit(gathered.sums, policy.ridge_lambda)
    population = found.population
    prior = named(policy, gathered.days[1], population.mean, trust * population.precision)
    return Learned(prior, {"trust": trust, **_about(gathered, found, policy)}, found)


def _enough(sums: Sums, policy: Policy) -> None:
    dim = sums.dim
    numbers = dim + dim * (dim + 1) // 2 + 1
    wrong = []
    if len(sums) < LEAST_USERS:
        wrong.append(f"{len(sums)} users with rewards, at least {LEAST_USERS} are needed")
    if sums.rewards < REWARDS_A_NUMBER * numbers:
        wrong.append(f"{sums.rewards} rewards, at least {REWARDS_A_NUMBER * numbers} are needed for {numbers} numbers")
    if wrong:
        raise PriorError(f"too little to learn {policy.key}'s prior from: {'; '.join(wrong)}")


def _about(gathered: Gathered, found: Fit, policy: Policy) -> dict[str, Any]:
    sums = gathered.sums
    return {
        "users": len(sums),
        "rewards": sums.rewards,
        "rewards_by_policy": dict(sorted(gathered.policies.items())),
        "left_out": dict(sorted(gathered.left_out.items())),
        "window": {"first": gathered.days[0].isoformat(), "last": gathered.days[1].isoformat()},
        "sigma2": found.population.noise,
        "mean_square": dict(zip(policy.feature_set.names, sums.mean_square.tolist(), strict=True)),
        "log_likelihood_a_reward": found.trace[-1] / sums.rewards,
        "steps": len(found.trace) - 1,
        "lake": gathered.fingerprint,
        "code_version": digest(),
        "commit": commit(),
    }
