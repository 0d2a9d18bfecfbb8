"""Answers and requests lost on the wire between the real adapter and the table."""

from collections.abc import Iterator

import pytest

from tests.exactly_once.environment import POLICY, Environment
from tests.support.wire import Loopback, forward, serving
from tipbandit.contracts.events import ResetEvent, RewardEvent
from tipbandit.errors import DecisionBeforeResetError, OutcomeUnknownError, StoreUnavailableError


class Wire:
    """What lies between an environment and the table; it can break before or behind a call of some operation."""

    def __init__(self, endpoint: str) -> None:
        """Pass everything on to ``endpoint``."""
        self._endpoint = endpoint
        self.loses_answers_to: list[str] = []
        self.loses_requests_of: list[str] = []
        self.is_cut = False

    def carry(self, request: bytes) -> bytes | None:
        """Pass a request on, and the answer back, or lose either."""
        operation = request.partition(b"DynamoDB_20120810.")[2].partition(b"\r\n")[0].decode()
        if self.is_cut or _take(self.loses_requests_of, operation):
            return None
        answer = forward(request, self._endpoint)
        return None if _take(self.loses_answers_to, operation) else answer


def _take(planned: list[str], operation: str) -> bool:
    if operation not in planned:
        return False
    planned.remove(operation)
    return True


@pytest.fixture
def wire(endpoint: str) -> Wire:
    """A wire to the table that still works."""
    return Wire(endpoint)


@pytest.fixture
def server(wire: Wire) -> Iterator[Loopback]:
    """The near end of the wire."""
    with serving(wire.carry) as near:
        yield near


@pytest.fixture
def far(server: Loopback) -> Environment:
    """An environment at the near end of the wire, far from the table."""
    return Environment.at(server.url)


@pytest.fixture
def near(endpoint: str) -> Environment:
    """Another environment, with a connection of its own that always works."""
    return Environment.at(endpoint)


def _rewards(environment: Environment) -> list[RewardEvent]:
    return [event for event in environment.telemetry.events if isinstance(event, RewardEvent)]


def test_a_reward_whose_answer_is_lost_is_applied_once_and_says_so(
    wire: Wire, far: Environment, near: Environment
) -> None:
    token = far.score("lost-answer")
    wire.loses_answers_to.append("PutItem")
    answer = far.reward(token, 0.5)
    assert (answer.applied, answer.n) == (True, 1)
    assert near.snapshot("lost-answer").state.reward_sum == 0.5
    assert [event.reward for event in _rewards(far)] == [0.5]
    assert not near.reward(token, 0.5).applied


def test_a_reward_whose_request_is_lost_is_applied_once(wire: Wire, far: Environment, near: Environment) -> None:
    token = far.score("lost-request")
    wire.loses_requests_of += ["PutItem", "GetItem", "PutItem"]
    answer = far.reward(token)
    assert (answer.applied, answer.n) == (True, 1)
    assert near.snapshot("lost-request").state.n == 1


def test_a_reward_in_doubt_until_the_deadline_says_so_and_may_be_sent_again(
    wire: Wire, far: Environment, near: Environment
) -> None:
    """As when an environment dies after its write: another one finds the decision."""
    token = far.score("in-doubt")
    wire.loses_answers_to.append("PutItem")
    with pytest.raises(OutcomeUnknownError):
        far.reward(token, patience_s=0.0)
    assert near.snapshot("in-doubt").state.n == 1
    assert not near.reward(token).applied
    assert near.snapshot("in-doubt").state.n == 1


def test_a_reward_behind_a_cut_wire_is_refused_and_changes_nothing(
    wire: Wire, far: Environment, near: Environment
) -> None:
    token = far.score("cut")
    wire.is_cut = True
    with pytest.raises(StoreUnavailableError):
        far.reward(token, patience_s=0.2)
    assert near.snapshot("cut").state.n == 0
    wire.is_cut = False
    assert far.reward(token).applied


def test_a_reset_whose_answer_is_lost_resets(wire: Wire, far: Environment, near: Environment) -> None:
    token = near.score("lost-reset")
    near.reward(near.score("lost-reset"))
    wire.loses_answers_to.append("TransactWriteItems")
    assert POLICY.key in far.reset("lost-reset").policies
    assert near.snapshot("lost-reset").state.n == 0
    assert sum(isinstance(event, ResetEvent) for event in far.telemetry.events) == 1
    with pytest.raises(DecisionBeforeResetError):
        near.reward(token)
    assert near.reward(near.score("lost-reset")).n == 1
