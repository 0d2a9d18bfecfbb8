"""Ten thousand users at once against one after the other, run in an interpreter of its own with one thread.

``python -m benchmarks.contest`` prints one JSON object: microseconds a decision, one number a round, by who decides.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import cycle
from typing import Any, Final

import numpy as np

from benchmarks import peer, vowpal
from benchmarks.crowds import CANDIDATES, POLICY, cohort
from benchmarks.timing import race
from tipbandit.policies import ridge
from tipbandit.policies.policy import choose, learn
from tipbandit.policies.ridge import Array
from tipbandit_lab.batch import BatchPolicy
from tipbandit_lab.encoding import encode
from tipbandit_lab.moments import Moment
from tipbandit_lab.players import Seen

USERS: Final = 10_000
PLAYERS: Final = 4
ALONE: Final = "tipbandit_lab, alone"
OF_FOUR: Final = "tipbandit_lab, one of four"
NOT_HASHING: Final = "tipbandit_lab, not hashing"
SERVICE: Final = "tipbandit, user by user"
_BLOCK: Final = 5_000
_MOMENTS: Final = 4
_ONE_BY_ONE: Final = 500
"""Decisions that those who decide one after the other go through, again and again."""
_ROUNDS: Final = 60
_REWARD: Final = 0.5

Piece = Callable[[], Any]


def measure() -> dict[str, list[float]]:
    """Race them all: each chooses one of ten tips and learns its reward, from contexts drawn before."""
    blocks = [cohort(_BLOCK, number) for number in range(USERS // _BLOCK)]
    moments = [[block.moment(number) for number in range(_MOMENTS)] for block in blocks]
    contexts, keys = _one_by_one(moments[0][0])
    shared = sum(not row.per_candidate for row in POLICY.feature_set.features)
    at_once = {
        ALONE: (USERS, _batch(moments, 1)),
        OF_FOUR: (USERS * PLAYERS, _batch(moments, PLAYERS)),
        NOT_HASHING: (USERS, _batch(moments, 1, np.random.default_rng(1))),
    }
    one_by_one: dict[str, Piece] = {
        SERVICE: _service(contexts, keys),
        "MABWiser, one model": _mabwiser(contexts),
        **vowpal.pieces(contexts, shared, _REWARD),
    }
    raced = race({**{name: piece for name, (_, piece) in at_once.items()}, **one_by_one}, rounds=_ROUNDS)
    decisions = {name: count for name, (count, _) in at_once.items()}
    return {name: [each / decisions.get(name, 1) for each in times.rounds] for name, times in raced.items()}


def _batch(moments: Sequence[Sequence[Moment]], players: int, generator: np.random.Generator | None = None) -> Piece:
    seated = [[BatchPolicy(POLICY, _BLOCK) for _ in range(players)] for _ in moments]
    return partial(_decide, seated, cycle(range(_MOMENTS)), moments, generator)


def _decide(
    seated: Sequence[Sequence[BatchPolicy]],
    numbers: Iterator[int],
    moments: Sequence[Sequence[Moment]],
    generator: np.random.Generator | None,
) -> None:
    """Let every player decide and learn for every user, from a moment of which nothing is computed yet."""
    number = next(numbers)
    reward, nothing = np.full(_BLOCK, _REWARD), np.zeros((CANDIDATES, _BLOCK))
    for players, block in zip(seated, moments, strict=True):
        drawn = [] if generator is None else [generator.random(_BLOCK)]
        seen = Seen(replace(block[number], columns={}, _uniforms=drawn), None, nothing)
        for player in players:
            player.choose(seen)
            player.learn(reward)


def _one_by_one(moment: Moment) -> tuple[list[Array], list[bytes]]:
    """Return x, shape (K, D), and the decision id of the first users."""
    columns = encode(POLICY.feature_set, moment, None)
    x = np.stack([np.broadcast_to(column, (CANDIDATES, _BLOCK)) for column in columns])
    contexts = [np.ascontiguousarray(x[:, :, user].T) for user in range(_ONE_BY_ONE)]
    return contexts, [moment.ids[user].tobytes() for user in range(_ONE_BY_ONE)]


def _service(contexts: Sequence[Array], keys: Sequence[bytes]) -> Piece:
    state = ridge.cold(POLICY.feature_set.dim)
    decisions = cycle(zip(contexts, keys, strict=True))

    def piece() -> None:
        nonlocal state
        x, key = next(decisions)
        choice = choose(POLICY, state, x, key)
        state = learn(POLICY, state, x[choice.index], _REWARD)

    return piece


def _mabwiser(contexts: Sequence[Array]) -> Piece:
    bandit = peer.fitted(POLICY, 1, contexts[0][:1], np.array([_REWARD]))
    decisions = cycle(contexts)

    def piece() -> None:
        x = next(decisions)
        place = int(np.argmax([each[0] for each in bandit.predict_expectations(x)]))
        bandit.partial_fit(np.array([0]), np.array([_REWARD]), x[place : place + 1])

    return piece


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
