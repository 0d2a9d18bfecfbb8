"""Whether what is stored, and what /stats says of it, is what the reference says."""

from typing import Final

import numpy as np

from tests.exactly_once.reference import Array, Reference
from tests.exactly_once.verdicts import SKEW_MS, WINDOW_MS
from tests.exactly_once.world import World
from tipbandit import codec
from tipbandit.codec import Snapshot
from tipbandit.contracts.stats import StatsRequest
from tipbandit.ids import unix_ms_of
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import Record
from tipbandit.usecases.learning import MAX_REMEMBERED
from tipbandit.usecases.stats import Stats

TOLERANCE: Final = 1e-9


def check(world: World, user_id: str) -> None:
    """Check all states of a user."""
    reference = world.books.reference
    stats = Stats(world.stored, world.books.telemetry)(None, StatsRequest(user_id=user_id))
    for policy in POLICIES.values():
        record = world.stored.read(user_id, policy.key, consistent=True)
        snapshot = _snapshot(record, policy)
        _check_statistics(reference, user_id, policy, snapshot)
        _check_remembered(world, user_id, policy, snapshot)
        _check_forgotten(record, snapshot)
        said = stats.policies[policy.key]
        n = reference.n(user_id, policy.key)
        assert said.n == n
        assert said.state == ("learned" if n else "reset" if record.epoch else "cold")
        assert (said.mean_reward is None) == (n == 0)
        _close(said.mean_reward or 0.0, snapshot.state.reward_sum / max(n, 1))
        theta = np.array([(said.theta or {})[name] for name in policy.feature_set.names])
        _close(theta, reference.theta(user_id, policy.key, policy.feature_set.dim))


def _snapshot(record: Record, policy: Policy) -> Snapshot:
    return codec.empty(policy.feature_set) if record.blob is None else codec.decode(record.blob, policy.feature_set)


def _check_statistics(reference: Reference, user_id: str, policy: Policy, snapshot: Snapshot) -> None:
    gram, b, total = reference.statistics(user_id, policy.key, policy.feature_set.dim)
    assert snapshot.state.n == reference.n(user_id, policy.key)
    _close(snapshot.state.gram, gram)
    _close(snapshot.state.b, b)
    _close(snapshot.state.reward_sum, total)


def _check_remembered(world: World, user_id: str, policy: Policy, snapshot: Snapshot) -> None:
    """No id twice, none that was not taught, and every one that an environment could still take a reward for."""
    ids = set(snapshot.rewarded)
    taught = world.books.reference.taught[user_id, policy.key].keys()
    assert len(ids) == len(snapshot.rewarded) <= MAX_REMEMBERED
    assert ids <= taught
    usable_since = world.clock.ms - SKEW_MS // 2 - WINDOW_MS
    assert ids >= {each for each in taught if unix_ms_of(each) >= usable_since}


def _check_forgotten(record: Record, snapshot: Snapshot) -> None:
    """No id that was older than the window, by any clock, when the state was written."""
    oldest = (record.updated_at_ms or 0) - WINDOW_MS - SKEW_MS
    assert all(unix_ms_of(each) >= oldest for each in snapshot.rewarded)


def _close(actual: Array | float, expected: Array | float) -> None:
    # numpy's own assert_allclose says more and takes 100 times as long, most of the run.
    difference = np.max(np.abs(np.subtract(actual, expected)))
    assert difference <= TOLERANCE, f"{actual} is not {expected}"
