"""What the tests of the client share: requests, answers on the wire, faults, and a clock that nobody waits for."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.support.wire import Respond
from tipbandit.contracts.generate import GenerateRequest
from tipbandit.contracts.inputs import Candidate, Context
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest
from tipbandit.contracts.signals import Signals
from tipbandit_recommender.client import Client
from tipbandit_recommender.retries import Limit, Retries, Timeouts

QUICK: Final = Limit(0.3, 30.0)
"""For servers that never answer."""
PATIENT: Final = Limit(30.0, 120.0)
"""For those that do, however busy the machine."""

SCORE: Final = ScoreRequest(
    user_id="ann", context=Context(hour=8.5, weekday=0), candidates=[Candidate(tip_id="walk"), Candidate(tip_id="read")]
)
REWARD: Final = RewardRequest(decision="k1.token", reaction="completed")
GENERATE: Final = GenerateRequest(user_id="ann", signals=Signals())

SCORED: Final[dict[str, Any]] = {
    "decision_id": "01a0c450-6c00-7164-954f-d1ffdb5f1c3d",
    "decision": "k1.token",
    "policy": "linucb/v1",
    "tip_id": "walk",
    "propensity": 0.975,
    "ranking": [
        {"tip_id": "walk", "score": 0.9, "propensity": 0.975},
        {"tip_id": "read", "score": 0.8, "propensity": 0.025},
    ],
    "degraded": False,
}
REWARDED: Final[dict[str, Any]] = {"applied": True, "policy": "linucb/v1", "n": 1}
STATS: Final[dict[str, Any]] = {"user_id": "ann", "policies": {}}
RESET: Final[dict[str, Any]] = {"user_id": "ann", "policies": ["linucb/v1"]}
GENERATED: Final[dict[str, Any]] = {
    "generation_id": "01a0c450-6c00-7164-954f-d1ffdb5f1c3d",
    "tips": [],
    "prompt_version": "v1",
    "prompt_hash": "0",
    "model": "template",
    "degraded": False,
    "dropped": 0,
    "usage": {"input_tokens": 0, "output_tokens": 0, "cost_usd": None},
}

CALLS: Final[dict[str, tuple[Callable[[Client], object], dict[str, Any]]]] = {
    "generate": (lambda client: client.generate(GENERATE), GENERATED),
    "score": (lambda client: client.score(SCORE), SCORED),
    "reward": (lambda client: client.reward(REWARD), REWARDED),
    "stats": (lambda client: client.stats("ann"), STATS),
    "reset": (lambda client: client.reset("ann"), RESET),
}
"""Each route, called, and a good answer of it."""


class Pauses:
    """A clock that stands still but for the pauses that are made; it keeps them."""

    def __init__(self, chance: float = 0.5) -> None:
        """Draw ``chance`` whenever asked for a random number."""
        self.made: list[float] = []
        self._chance = chance

    def retries(self, **changed: Any) -> Retries:  # noqa: ANN401  any of their attributes
        """Return retries that go by this clock."""
        given: dict[str, Any] = {"clock": lambda: sum(self.made), "sleep": self.made.append}
        return Retries(**{**given, "random": lambda: self._chance, **changed})


def waiting(limit: Limit) -> Timeouts:
    """Return the same limit for every route, and for connecting."""
    return Timeouts(connect_s=limit.attempt_s, score=limit, reward=limit, stats=limit, reset=limit, generate=limit)


def client(url: str, pauses: Pauses | None = None, limit: Limit = PATIENT) -> Client:
    """Return a client that pauses in no time."""
    return Client(url, timeouts=waiting(limit), retries=(pauses or Pauses()).retries())


def says(body: object, status: int = 200, **headers: str) -> bytes:
    """Return a whole answer: JSON, or the text itself; an underscore in a header's name stands for a hyphen."""
    text = (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(text)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + text


def refuses(status: int, code: str, **headers: str) -> bytes:
    """Return a refusal in the shape of the contract."""
    return says({"error": {"code": code, "message": "no"}}, status, **headers)


def in_turn(*answers: bytes | None) -> Respond:
    """Give one answer a request; the last again and again. None hangs up."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextlib.contextmanager
def hanging_up_unread() -> Iterator[tuple[str, list[socket.socket]]]:
    """Accept every connection and cut it at once; gives the address and the connections so far."""
    met: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def cut() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    met.append(connection)
                    connection.close()

        thread = threading.Thread(target=cut)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", met
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
