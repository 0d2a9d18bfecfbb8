"""Players that start from a prior do what the service does with it, one user after the other."""

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.crowds import Request
from tests.test_batch import LONG, Service, play_both, policies

from tipbandit.policies import ridge
from tipbandit.policies.policy import Choice, Policy, choose
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Prior
from tipbandit_lab.arrays import Floats
from tipbandit_lab.batch import BatchPolicy
from tipbandit_lab.fast import play as play_cohort
from tipbandit_lab.personas import personas
from tipbandit_lab.plan import Plan
from tipbandit_lab.players import PlayerFactory
from tipbandit_lab.prior import documents
from tipbandit_lab.prior.errors import PriorError
from tipbandit_lab.roster import Started, factories
from tipbandit_lab.world import Cohort, Setting

KEY = "linucb/v1"
_SMALL = Setting(users=2, days=1, moments_a_day=2, candidates=3)


class ServiceWithPrior(Service):
    """The service's functions with the prior that all its users started from."""

    def __init__(self, policy: Policy, users: int, prior: Prior) -> None:
        super().__init__(policy, users)
        self.prior = prior

    def decide(self, requests: Sequence[Request], ids: bytes) -> tuple[list[Any], list[Choice]]:  # noqa: D102
        xs, _ = super().decide(requests, ids)
        keys = [ids[start : start + 16] for start in range(0, len(ids), 16)]
        decided = zip(self.states, xs, keys, strict=True)
        return xs, [choose(self.policy, *each, self.prior) for each in decided]

    def weights(self) -> Floats:  # noqa: D102
        return np.array([ridge.weights(state, self.policy.ridge_lambda, self.prior) for state in self.states]).T


def prior_for(policy: Policy, seed: int = 0, version: str = "some") -> Prior:
    """Weights of mean about 1, with a precision that is far from diagonal."""
    draw, dim = np.random.default_rng(seed), policy.feature_set.dim
    root = draw.normal(size=(dim, dim))
    return Prior(version, draw.normal(size=dim), root @ root.T + 0.5 * np.eye(dim))


def play(policy: Policy, seed: int, *, rounds: int, users: int, most: int) -> None:
    """Play the service's functions and the batch side by side, both from a prior."""
    prior = prior_for(policy, seed)
    service, batch = ServiceWithPrior(policy, users, prior), BatchPolicy(policy, users, prior)
    play_both(service, batch, seed, rounds=rounds, most=most, within=1e-8)


@given(policy=policies(), seed=st.integers(0, 2**32 - 1))
def test_choices_propensities_and_weights_are_those_of_the_service(policy: Policy, seed: int) -> None:
    play(policy, seed, rounds=8, users=3, most=6)


@pytest.mark.parametrize("policy", LONG.values(), ids=LONG)
def test_nothing_drifts_over_two_hundred_rounds(policy: Policy) -> None:
    play(policy, seed=11, rounds=200, users=2, most=6)


def test_before_any_reward_the_weights_are_the_mean_of_the_prior() -> None:
    policy = POLICIES[KEY]
    prior = prior_for(policy)
    weights = BatchPolicy(policy, 3, prior).weights()
    for name, mean in zip(policy.feature_set.names, prior.mean, strict=True):
        np.testing.assert_allclose(weights[name], mean)


def test_the_prior_of_the_plain_ridge_changes_nothing() -> None:
    policy = POLICIES[KEY]
    plain = Prior("plain", np.zeros(policy.feature_set.dim), policy.ridge_lambda * np.eye(policy.feature_set.dim))
    cohort = Cohort(next(iter(personas().values())), 3, Setting(users=4, days=3, moments_a_day=4, candidates=5))
    both: Mapping[str, PlayerFactory] = {KEY: lambda users: BatchPolicy(policy, users), "plain": Started.of(KEY, plain)}
    rows = play_cohort(cohort, both).tables()["days"].to_pylist()
    alike = [[row | {"player": ""} for row in rows if row["player"] == name] for name in both]
    assert alike[0] == alike[1]


def test_a_player_that_starts_from_a_prior_is_named_by_policy_and_version(tmp_path: Path) -> None:
    policy = POLICIES[KEY]
    prior = prior_for(policy)
    documents.write(tmp_path, policy, prior, {})
    name = f"{KEY}@{prior.version}"
    found = factories([name, "random"], priors=tmp_path)
    assert list(found) == [name, "random"]
    copy = pickle.loads(pickle.dumps(found[name]))  # noqa: S301  our own
    cohort = Cohort(next(iter(personas().values())), 3, _SMALL)
    players = {"there": copy, "here": lambda users: BatchPolicy(policy, users, prior)}
    rows = play_cohort(cohort, players).tables()["days"].to_pylist()
    assert rows[0] | {"player": ""} == rows[1] | {"player": ""}


def test_the_configuration_of_a_run_says_the_policy_and_the_numbers_of_the_prior(tmp_path: Path) -> None:
    policy = POLICIES[KEY]
    prior = prior_for(policy)
    documents.write(tmp_path, policy, prior, {})
    name = f"{KEY}@{prior.version}"
    planned = Plan.named([name, KEY], ["main"], setting=_SMALL, priors=tmp_path).configuration()
    ours, plain = planned["players"][name], planned["players"][KEY]
    assert ours["policy"] == plain["policy"]
    assert ours["factory"]["version"] == prior.version
    assert ours["factory"]["mean"] == prior.mean.tolist()
    assert ours["factory"]["precision"] == prior.precision.tolist()
    (tmp_path / f"{prior.version}.json").unlink()
    documents.write(tmp_path, policy, prior_for(policy, seed=1), {})
    other = Plan.named([name, KEY], ["main"], setting=_SMALL, priors=tmp_path).configuration()
    assert other["fingerprint"] != planned["fingerprint"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nobody/v1@some", "no such player: nobody/v1@some; there are random"),
        (f"{KEY}@", f"no such player: {KEY}@"),
        ("random@some", "no such player: random@some"),
        (f"{KEY}@missing", "there is no prior at .*missing.json"),
        (f"{KEY}@../some", "../some is no version of a prior"),
        ("egreedy/v1@some", r"is a prior of linucb/v1, not of egreedy/v1"),
        (f"{KEY}@renamed", r"is version some, not renamed"),
    ],
)
def test_a_prior_that_cannot_be_had_is_told(name: str, says: str, tmp_path: Path) -> None:
    documents.write(tmp_path, POLICIES[KEY], prior_for(POLICIES[KEY]), {})
    (tmp_path / "renamed.json").write_bytes((tmp_path / "some.json").read_bytes())
    with pytest.raises(ValueError, match=says) as raised:
        factories([name], priors=tmp_path)
    assert isinstance(raised.value, PriorError) == ("no such player" not in says)
