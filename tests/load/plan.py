"""What is sent: decisions, one reward for each, and duplicates of every kind among them."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tipbandit.contracts.inputs import Candidate, Context
from tipbandit.contracts.score import ScoreRequest
from tipbandit.usecases.learning import MAX_REMEMBERED

POLICIES: Final = ("linucb/v1", "linucb/v2", "egreedy/v1", "egreedy/v2")
"""Each has a state of its own, so one user can have four times what one state remembers."""
GRAIN: Final = 1024
"""Rewards are multiples of 1/1024: sums of thousands are exact."""
DUPLICATES: Final = 0.2
_QUARTERS: Final = 96

Key = tuple[str, str]
"""Whose state: user id and policy key."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One decision to be made."""

    number: int
    user_id: str
    policy: str

    @property
    def key(self) -> Key:
        """The state that learns from it."""
        return self.user_id, self.policy

    def request(self) -> ScoreRequest:
        """What is asked: one tip, at some time of the day."""
        context = Context(hour=(self.number % _QUARTERS) / 4, weekday=self.number % 7)
        return ScoreRequest(user_id=self.user_id, context=context, candidates=[Candidate(tip_id="walk")])


@dataclass(frozen=True, slots=True)
class Send:
    """One reward to be sent, in units of 1/1024."""

    decision: int
    grains: int

    @property
    def value(self) -> float:
        """The reward."""
        return self.grains / GRAIN


@dataclass(frozen=True, slots=True)
class Plan:
    """The decisions, and the rewards in the order in which they are sent."""

    asked: Sequence[Asked]
    sends: Sequence[Send]

    @property
    def expected(self) -> Mapping[Key, int]:
        """How many rewards each state must have learned in the end."""
        return Counter(each.key for each in self.asked)


class PlanError(ValueError):
    """The service would refuse to learn so much."""


def plan(users: int, rewards: int, *, seed: int = 0) -> Plan:
    """Return so many rewards, a fifth of them duplicates; policies take their turn, so that all writers meet at one.

    A duplicate follows its original at once, which has two processes send the same decision at the same moment, or
    later. It says the same or something else.

    Raises:
        PlanError: if one user would have more rewards than a state remembers.
    """
    rng = random.Random(seed)  # noqa: S311  a plan
    duplicates = round(rewards * DUPLICATES)
    distinct = rewards - duplicates
    asked = [Asked(k, f"user-{k % users}", POLICIES[k * len(POLICIES) // distinct]) for k in range(distinct)]
    if max(Counter(each.key for each in asked).values()) > MAX_REMEMBERED:
        raise PlanError(f"a state remembers {MAX_REMEMBERED} rewards: fewer rewards, or more users")
    placed = [(float(k), Send(k, rng.randint(-GRAIN, GRAIN))) for k in range(distinct)]
    for original in rng.choices(range(distinct), k=duplicates):
        place = original + rng.choice((0.5, rng.uniform(1, distinct / 2)))
        grains = rng.choice((placed[original][1].grains, rng.randint(-GRAIN, GRAIN)))
        placed.append((place, Send(original, grains)))
    return Plan(asked, [send for _, send in sorted(placed, key=lambda each: each[0])])
