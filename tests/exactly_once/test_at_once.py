"""Rewards and resets at the same moment: 16 threads, each an environment of its own, over one table."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Final, TypeVar

import numpy as np
import pytest

from tests.exactly_once.environment import POLICY, Environment
from tests.exactly_once.reference import features
from tests.exactly_once.world import MORNING, WALK
from tests.support.emulators import Capability, on
from tipbandit.contracts.events import RewardEvent
from tipbandit.errors import DecisionBeforeResetError

THREADS: Final = 16
T = TypeVar("T")


@pytest.fixture
def environments(endpoint: str) -> list[Environment]:
    """As many environments as threads."""
    return [Environment.at(endpoint) for _ in range(THREADS)]


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Make all calls at the same moment, a thread each."""
    start = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@on("endpoint")
def test_one_decision_rewarded_by_sixteen_at_once_is_applied_once(environments: list[Environment]) -> None:
    """Each sends another reward: the one that is acknowledged is the one that was learned."""
    token = environments[0].score("one")
    rewards = [k / THREADS for k in range(THREADS)]
    answers = at_once([partial(e.reward, token, r) for e, r in zip(environments, rewards, strict=True)])
    (winner,) = [k for k, answer in enumerate(answers) if answer.applied]
    state = environments[0].snapshot("one").state
    assert (state.n, state.reward_sum) == (1, rewards[winner])
    assert [answer.n for answer in answers] == [1] * THREADS
    events = [event for e in environments for event in e.telemetry.events if isinstance(event, RewardEvent)]
    assert [event.reward for event in events] == [rewards[winner]]


@on("endpoint")
def test_a_decision_rewarded_twice_in_a_row_is_applied_once(environments: list[Environment]) -> None:
    first, second, *_ = environments
    token = first.score("twice")
    assert [first.reward(token).applied, second.reward(token).applied, first.reward(token, -1.0).applied] == [
        True,
        False,
        False,
    ]
    assert second.snapshot("twice").state.reward_sum == 1.0


@on("endpoint")
def test_sixteen_decisions_of_one_user_rewarded_at_once_are_all_applied(environments: list[Environment]) -> None:
    """The sums of these rewards, and of products of equal x, are exact or as good as."""
    tokens = [environments[0].score("many") for _ in range(THREADS)]
    rewards = [k / THREADS for k in range(THREADS)]
    sent = zip(environments, tokens, rewards, strict=True)
    answers = at_once([partial(e.reward, token, r) for e, token, r in sent])
    assert all(answer.applied for answer in answers)
    assert sorted(answer.n for answer in answers) == list(range(1, THREADS + 1))
    snapshot = environments[0].snapshot("many")
    assert snapshot.state.n == len(set(snapshot.rewarded)) == THREADS
    assert snapshot.state.reward_sum / THREADS == sum(rewards) / THREADS
    x = features(MORNING, WALK, None, POLICY.feature_set.dim)
    np.testing.assert_allclose(snapshot.state.gram, THREADS * np.outer(x, x), atol=1e-12)
    np.testing.assert_allclose(snapshot.state.b, sum(rewards) * x, atol=1e-12)


@on("endpoint", Capability.TRANSACTIONS)
def test_nothing_from_before_a_reset_survives_rewards_racing_it(environments: list[Environment]) -> None:
    """Wherever a reward falls, before the reset or after it, it is forgotten or refused."""
    tokens = [environments[0].score("racing") for _ in range(THREADS)]

    def reward(environment: Environment, token: str) -> bool:
        try:
            return environment.reward(token).applied
        except DecisionBeforeResetError:
            return False

    racing: list[Callable[[], object]] = [
        partial(reward, e, token) for e, token in zip(environments[2:], tokens[2:], strict=True)
    ]
    resetting: list[Callable[[], object]] = [partial(e.reset, "racing") for e in environments[:2]]
    at_once([*racing, *resetting])
    assert environments[0].snapshot("racing").state.n == 0
    for token in tokens:
        with pytest.raises(DecisionBeforeResetError):
            environments[0].reward(token)
    assert environments[0].reward(environments[0].score("racing")).n == 1
