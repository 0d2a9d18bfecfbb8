"""What each client process does: decide and reward over HTTP, with the reference caller's own patience."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import httpx

from tests.load.plan import Asked, Key
from tipbandit.contracts.reward import RewardRequest
from tipbandit_recommender import Client
from tipbandit_recommender.retries import Limit, Retries, Timeouts

_WAIT: Final = Limit(attempt_s=15.0, call_s=300.0)
"""A crash and a cold start of everything, on a busy machine, are waited for: in the end every call is answered."""
_TIMEOUTS: Final = Timeouts(connect_s=5.0, score=_WAIT, reward=_WAIT, stats=_WAIT)
_RETRIES: Final = Retries(attempts=10_000)


@dataclass(frozen=True, slots=True)
class Made:
    """One decision that was made."""

    number: int
    decision_id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class Told:
    """One reward that was answered.

    Attributes:
        applied: whether the answer was that this call taught the state.
        seconds: from the first attempt to the answer.
        answers: the attempts by status code, or by what went wrong with the connection.
    """

    decision: int
    grains: int
    applied: bool
    seconds: float
    answers: Counter[str]


Shown = tuple[int, float | None]
"""What /stats says of one state: n, and the mean reward."""


@dataclass
class _Counting(httpx.BaseTransport):
    """The network, and what came of each attempt."""

    inner: httpx.HTTPTransport = field(default_factory=httpx.HTTPTransport)
    answers: Counter[str] = field(default_factory=Counter)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        try:
            response = self.inner.handle_request(request)
        except httpx.HTTPError as error:
            self.answers[type(error).__name__] += 1
            raise
        self.answers[str(response.status_code)] += 1
        return response

    @contextmanager
    def anew(self) -> Iterator[Counter[str]]:
        """Count from zero."""
        self.answers = Counter()
        yield self.answers


_processes: dict[str, tuple[Client, _Counting]] = {}
"""The client of this process, by the address it calls."""


def _client(url: str) -> tuple[Client, _Counting]:
    if url not in _processes:
        transport = _Counting()
        _processes[url] = Client(url, timeouts=_TIMEOUTS, retries=_RETRIES, transport=transport), transport
    return _processes[url]


def decide(url: str, asked: Sequence[Asked]) -> list[Made]:
    """Have decisions made."""
    client, _ = _client(url)
    made = []
    for each in asked:
        answer = client.score(each.request(), each.policy)
        made.append(Made(each.number, answer.decision_id, answer.decision))
    return made


def reward(url: str, made: Made, grains: int, value: float) -> Told:
    """Send a reward until it is answered."""
    client, transport = _client(url)
    begun = time.monotonic()
    with transport.anew() as answers:
        answer = client.reward(RewardRequest(decision=made.token, reward=value))
    return Told(made.number, grains, answer.applied, time.monotonic() - begun, answers)


def stats(url: str, keys: Sequence[Key]) -> dict[Key, Shown]:
    """Ask what some states have learned, one after the other: of all policies at once the emulator is slow to tell."""
    client, _ = _client(url)
    shown: dict[Key, Shown] = {}
    for user_id, policy in keys:
        answer = client.stats(user_id, policy).policies[policy]
        shown[user_id, policy] = (answer.n, answer.mean_reward)
    return shown
