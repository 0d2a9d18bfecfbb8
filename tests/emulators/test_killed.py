"""A table whose process is killed in the middle of rewards: what was acknowledged is there when it is back.

The k-th reward of a user is the k-th negative power of two, so that the sum of those that were applied says which.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Semaphore
from typing import Final

import pytest

from tests.exactly_once.environment import Environment
from tests.support.dynalite import Dynalite
from tests.support.emulators import dynalite
from tipbandit.errors import OutcomeUnknownError, StoreUnavailableError

pytestmark = pytest.mark.slow
USERS: Final = ("ann", "ben", "cleo", "dan")
REWARDS_EACH: Final = 24
THREADS: Final = 8
KILLED_AFTER: Final = 40
IMPATIENT_S: Final = 0.2
LONG_S: Final = 60.0


@dataclass(frozen=True)
class Decision:
    """A decision, and the reward it gets."""

    user: str
    token: str
    reward: float


@dataclass
class Sent:
    """What came of the rewards that were sent while the table was killed."""

    acknowledged: set[Decision] = field(default_factory=set)
    unknown: set[Decision] = field(default_factory=set)
    refused: set[Decision] = field(default_factory=set)
    acknowledgements: Semaphore = field(default_factory=lambda: Semaphore(0))
    is_killed: Event = field(default_factory=Event)

    def send(self, environment: Environment, decisions: Iterable[Decision]) -> None:
        """Send rewards until one fails because the table is killed, and not because the machine is busy."""
        for decision in decisions:
            try:
                answer = environment.reward(decision.token, decision.reward, patience_s=IMPATIENT_S)
            except OutcomeUnknownError:
                self.unknown.add(decision)
            except StoreUnavailableError:
                self.refused.add(decision)
            else:
                assert answer.applied
                self.acknowledged.add(decision)
                self.acknowledgements.release()
                continue
            if self.is_killed.is_set():
                break


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Dynalite]:
    """A dynalite of the test's own."""
    with dynalite(tmp_path) as running:
        yield running


def _decisions(environment: Environment) -> list[Decision]:
    return [Decision(user, environment.score(user), 2.0**-k) for k in range(REWARDS_EACH) for user in USERS]


def _applied(environment: Environment, decisions: Iterable[Decision]) -> set[Decision]:
    """The decisions that the stored sums say were rewarded, each once."""
    found = set()
    for user in USERS:
        state = environment.snapshot(user).state
        bits = round(state.reward_sum * 2**REWARDS_EACH)
        applied = {each for each in decisions if each.user == user and bits & round(each.reward * 2**REWARDS_EACH)}
        assert (state.n, state.reward_sum) == (len(applied), sum(each.reward for each in applied))
        found |= applied
    return found


def _killed_amid(table: Dynalite, decisions: Sequence[Decision]) -> Sent:
    sent = Sent()
    with ThreadPoolExecutor(THREADS) as pool:
        senders = [
            pool.submit(sent.send, Environment.at(table.endpoint), decisions[k::THREADS]) for k in range(THREADS)
        ]
        for _ in range(KILLED_AFTER):
            assert sent.acknowledgements.acquire(timeout=LONG_S)
        sent.is_killed.set()
        table.kill()
        for sender in senders:
            sender.result(LONG_S)
    assert sent.unknown | sent.refused, "it was killed too late"
    return sent


def test_a_table_killed_amid_rewards_keeps_the_acknowledged_and_retries_are_applied_once(table: Dynalite) -> None:
    decisions = _decisions(Environment.at(table.endpoint))
    sent = _killed_amid(table, decisions)
    table.start()
    environment = Environment.at(table.endpoint)
    survived = _applied(environment, decisions)
    assert sent.acknowledged <= survived <= sent.acknowledged | sent.unknown

    answers = {each: environment.reward(each.token, each.reward) for each in decisions}
    assert {each for each, answer in answers.items() if not answer.applied} == survived
    assert _applied(environment, decisions) == set(decisions)


def test_a_killed_table_is_back_in_time_for_who_is_patient(table: Dynalite) -> None:
    """The reward is sent while nobody listens, and applied when somebody does."""
    environment = Environment.at(table.endpoint)
    token = environment.score("ann")
    table.kill()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(environment.reward, token)
        time.sleep(IMPATIENT_S)
        assert not answer.done()
        table.start()
        assert answer.result(LONG_S).applied
    assert environment.snapshot("ann").state.n == 1
