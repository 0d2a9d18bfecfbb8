"""Curves: what a decision and a reward take, and cost, as one thing grows and all others stay.

``python -m benchmarks.growth_curves NAME`` prints the points of one as JSON: in a process of its own, where numpy's
libraries can be told to start no threads, as the functions are.
"""

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks import cost_wire
from benchmarks.cost_calls import REWARDS, calls_of, deployed, ids, learned, lines, record_of, reward_call, score_call
from benchmarks.growth_cases import histories, policy, registered
from benchmarks.timing import race
from tipbandit import codec
from tipbandit.codec import Snapshot
from tipbandit.features.schema import BASE_PROFILE
from tipbandit.policies.policy import Policy
from tipbandit.ports import Record
from tipbandit_lab.cost.bill import of_a_million, total
from tipbandit_lab.cost.pricing import Prices
from tipbandit_lab.cost.usage import Call, Deployment, Log

CANDIDATES: Final = (1, 2, 5, 10, 20, 50, 100, 150, 200)
DIMENSIONS: Final = (7, 12, 25, 50, 100)
REWARD_COUNTS: Final = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
REMEMBERED: Final = (0, 4, 16, 64, 256, 512, 1_024, 2_048, 4_095)
K: Final = 10
DIM: Final = BASE_PROFILE.dim
ROUNDS: Final = 40
_USER: Final = "00000000-0000-0000-0000-000000000001"


@dataclass(frozen=True, slots=True)
class Point:
    """Both calls where what grows is ``x``."""

    x: int
    score: Call
    reward: Call

    def dollars(self) -> tuple[float, float]:
        """What a million decisions and a million rewards cost, as usually deployed."""
        score, reward = (total(of_a_million(call, Deployment(), Prices())) for call in (self.score, self.reward))
        return score, reward


@dataclass(frozen=True, slots=True)
class Case:
    """Who decides, from which record, among how many."""

    policy: Policy
    record: Record
    candidates: int


def candidates() -> list[Point]:
    """Let the tips to choose from grow."""
    chosen = policy(DIM)
    record = learned(chosen, REWARDS, 0)
    return _points({count: Case(chosen, record, count) for count in CANDIDATES})


def dimensions() -> list[Point]:
    """Let the features grow."""
    chosen = [policy(dim) for dim in DIMENSIONS]
    return _points({each.feature_set.dim: Case(each, learned(each, REWARDS, 0), K) for each in chosen})


def rewards() -> list[Point]:
    """Let a user's rewards grow, each of them learned."""
    chosen = policy(DIM)
    found = histories(chosen, REWARD_COUNTS)
    return _points({count: Case(chosen, record_of(chosen, snapshot), K) for count, snapshot in found.items()})


def remembered() -> list[Point]:
    """Let the decisions that a state remembers grow."""
    chosen = policy(DIM)
    state = codec.decode(learned(chosen, REWARDS, 0).blob or b"", chosen.feature_set).state
    records = {count: record_of(chosen, Snapshot(state, ids(count))) for count in REMEMBERED}
    return _points({count: Case(chosen, record, K) for count, record in records.items()})


def _points(cases: Mapping[int, Case]) -> list[Point]:
    """Measure all cases of a curve in the same rounds."""
    with ExitStack() as stack:
        stack.enter_context(registered(*(case.policy for case in cases.values())))
        pieces: dict[str, Callable[[], Any]] = {}
        for function, made in (("score", _score), ("reward", _reward)):
            with deployed(function):
                pieces |= {f"{function} {x}": made(case) for x, case in cases.items()}
        stack.enter_context(deployed("score"))
        said = {name: lines(piece) for name, piece in pieces.items()}
        times = race(pieces, rounds=ROUNDS)
    points = []
    for x, case in cases.items():
        wire = cost_wire.calls(case.record, _USER, case.policy.key)
        read, write = wire["read"].median, wire["write"].median
        score_us, reward_us = times[f"score {x}"].median + read, times[f"reward {x}"].median + read + write
        asked = (said[f"score {x}"], said[f"reward {x}"])
        points.append(Point(x, *calls_of(case.policy, case.record, asked, (score_us, reward_us))))
    return points


def _score(case: Case) -> Callable[[], Any]:
    return score_call(case.policy, case.record, case.candidates)


def _reward(case: Case) -> Callable[[], Any]:
    return reward_call(case.policy, case.record)


CURVES: Final[Mapping[str, Callable[[], list[Point]]]] = {
    "candidates": candidates,
    "dimensions": dimensions,
    "rewards": rewards,
    "remembered": remembered,
}


def read(text: str) -> list[Point]:
    """Return the points that another process printed."""
    return [Point(x, *(_call(each) for each in pair)) for x, *pair in json.loads(text)]


def _call(given: dict[str, Any]) -> Call:
    return Call(**{**given, "logs": {kind: Log(**log) for kind, log in given["logs"].items()}})


if __name__ == "__main__":
    measured = CURVES[sys.argv[1]]()
    sys.stdout.write(json.dumps([(each.x, asdict(each.score), asdict(each.reward)) for each in measured]))
