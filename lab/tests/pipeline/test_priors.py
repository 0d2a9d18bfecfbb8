"""Evaluating a policy that starts from a prior: as if the prior were a state."""

from dataclasses import replace

import numpy as np
import pytest

from tipbandit.policies import ridge
from tipbandit.policies.policy import choose
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Prior
from tipbandit_lab.evaluation.starting import folded

KEYS = sorted(POLICIES)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("rewards", [0, 1, 25])
def test_a_folded_prior_is_read_as_the_prior_is(key: str, rewards: int) -> None:
    """The scores and propensities of 7 candidates are those of the service, to rounding."""
    policy, draw = POLICIES[key], np.random.default_rng(rewards)
    dim = policy.feature_set.dim
    spread = draw.normal(size=(dim, dim))
    prior = Prior("p", draw.normal(size=dim), spread @ spread.T + 0.5 * np.eye(dim))
    plain, started = ridge.cold(dim), folded(policy, prior)
    for _ in range(rewards):
        x, r = draw.normal(size=dim), float(draw.uniform(-1, 1))
        plain, started = ridge.update(plain, x, r), ridge.update(started, x, r)
    asked = draw.normal(size=(7, dim))
    ours = choose(policy, started, asked, b"key")
    theirs = choose(policy, plain, asked, b"key", prior)
    np.testing.assert_allclose(ours.scores, theirs.scores, rtol=1e-8, atol=1e-10)
    np.testing.assert_array_equal(ours.propensities, theirs.propensities)


def test_a_policy_that_forgets_is_refused() -> None:
    """Its state fades, its prior does not."""
    policy = replace(POLICIES["linucb/v1"], discount=0.9)
    dim = policy.feature_set.dim
    with pytest.raises(ValueError, match="discounts"):
        folded(policy, Prior("p", np.zeros(dim), np.eye(dim)))
