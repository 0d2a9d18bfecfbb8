"""When requests are sent, whatever becomes of those before: open-loop load, drawn in advance."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.warm_requests import PLAYED

SCORE: Final = "score"
REWARD: Final = "reward"
USERS: Final = 300
"""How many there are, all as likely."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request, and when it is due: seconds from the beginning."""

    at_s: float
    kind: str
    user_id: str
    policy: str


def arrivals(rate: float, seconds: float, *, scores: int, seed: int) -> list[Arrival]:
    """Return the arrivals of a Poisson process.

    Args:
        rate: requests a second.
        seconds: for how long.
        scores: to how many scores there is one reward.
        seed: another one is another draw.
    """
    rng, at_s, drawn = random.Random(seed), 0.0, list[Arrival]()  # noqa: S311  a load
    while (at_s := at_s + rng.expovariate(rate)) < seconds:
        drawn.append(_arrival(at_s, len(drawn), scores, rng))
    return drawn


def burst(size: int, *, scores: int, seed: int) -> list[Arrival]:
    """Return so many arrivals at once: for whoever is to be awake before the load begins."""
    rng = random.Random(seed)  # noqa: S311  a load
    return [_arrival(0.0, number, scores, rng) for number in range(size)]


def _arrival(at_s: float, number: int, scores: int, rng: random.Random) -> Arrival:
    kind = REWARD if number % (scores + 1) == scores else SCORE
    return Arrival(at_s, kind, f"user-{rng.randrange(USERS)}", rng.choice(PLAYED))


def names(users: int = USERS) -> Sequence[str]:
    """Return all users."""
    return [f"user-{number}" for number in range(users)]
