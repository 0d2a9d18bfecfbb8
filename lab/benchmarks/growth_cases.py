"""What grows: policies of any dimension, users who have learned any number of rewards, states that remember any number.

The features beyond those of the service are harmonics of the hour and of the priority: as cheap to compute as the
others, and within [-1, 1].
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final
from unittest.mock import patch

import numpy as np

from tipbandit import codec
from tipbandit.codec import Snapshot
from tipbandit.features.schema import BASE, BASE_PROFILE, Feature, FeatureSet
from tipbandit.policies import registry
from tipbandit.policies.policy import Policy, learn
from tipbandit.policies.ridge import Array

CHUNK: Final = 10_000


def policy(dim: int) -> Policy:
    """Return a LinUCB policy with so many features: the rule that computes most."""
    return Policy(key=f"growth/d{dim}", feature_set=features(dim), alpha=0.5, epsilon=0.05)


def features(dim: int) -> FeatureSet:
    """Return the service's own feature set of a dimension, or a larger one."""
    own = {each.dim: each for each in (BASE, BASE_PROFILE)}
    if dim in own:
        return own[dim]
    if dim < BASE_PROFILE.dim:
        raise ValueError(f"there is no feature set of {dim} features")
    more = (_harmonic(number) for number in range(1, dim - BASE_PROFILE.dim + 1))
    return FeatureSet(f"growth-{dim}", (*BASE_PROFILE.features, *more))


def _harmonic(number: int) -> Feature:
    """Return the next feature: by turns one of the request and one of each candidate."""
    name = "hour" if number % 2 else "priority"
    transform = partial(_of_hour, number) if number % 2 else partial(_of_priority, number)
    return Feature(
        name=f"{name}_{number}",
        inputs=(name,),
        formula=f"sin({number}*{name})",
        transform=transform,
        low=-1,
        high=1,
        default=0.0,
        meaning="none",
    )


def _of_hour(number: int, hour: float) -> float:
    return math.sin(number * hour)


def _of_priority(number: int, priority: Array) -> Array:
    return np.asarray(np.sin(number * priority))


@contextmanager
def registered(*policies: Policy) -> Iterator[None]:
    """Have the service know these policies too."""
    with patch.dict(registry.POLICIES, {each.key: each for each in policies}):
        yield


def histories(chosen: Policy, counts: Sequence[int]) -> dict[int, Snapshot]:
    """Really learn, one reward after the other, and return what was learned after each of these counts."""
    rng, state, found = np.random.default_rng(0), codec.empty(chosen.feature_set).state, {}
    for begin in range(0, max(counts), CHUNK):
        x = rng.uniform(-1, 1, (CHUNK, chosen.feature_set.dim))
        rewards = rng.uniform(-1, 1, CHUNK).tolist()
        for number in range(min(CHUNK, max(counts) - begin)):
            state = learn(chosen, state, x[number], rewards[number])
            if state.n in counts:
                found[state.n] = Snapshot(state)
    return found
