"""What the states must be, in plain numpy: which rewards were taught, and the batch ridge regression on them.

It shares no code with the layer: the features are written out from their definitions, the statistics are sums over
all that was taught, and time is told by the order in which things happened, not by any clock.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.policies.policy import Policy

Array = NDArray[np.float64]
LAMBDA: Final = 1.0
_UNKNOWN: Final = ProfileFeatures()


class Reading(StrEnum):
    """How the read of a /score goes."""

    FRESH = "it sees all that was written"
    LAGGING = "it may miss what was written in the last second"
    FAILING = "it fails"
    DAMAGED = "it finds a state that fails its check"


@dataclass(frozen=True, eq=False)
class Made:
    """One decision, as the caller and the reference know it.

    Attributes:
        life: which of the user's lives (between resets) it was made in.
        reading: how its read went.
        x: its features by the reference, shape (D,).
    """

    decision_id: UUID
    user_id: str
    policy: Policy
    token: str
    context: Context
    tip: Candidate
    profile: ProfileFeatures | None
    life: int
    reading: Reading
    x: Array

    @property
    def made_at_ms(self) -> int:
        """The Unix milliseconds its id carries."""
        return self.decision_id.int >> 80


@dataclass
class Reference:
    """Per user and policy the rewards taught since the last reset, and how many lives (resets + 1) the user has had."""

    taught: defaultdict[tuple[str, str], dict[UUID, tuple[Array, float]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    events: int = 0
    lives: defaultdict[str, int] = field(default_factory=lambda: defaultdict(lambda: 1))

    def teach(self, made: Made, r: float) -> None:
        """Note that a reward was written."""
        assert made.life == self.lives[made.user_id], "a decision from before a reset taught the state after it"
        assert not self.holds(made), "one decision was applied twice"
        self.taught[made.user_id, made.policy.key][made.decision_id] = (made.x, r)
        self.events += 1

    def reset(self, user_id: str) -> None:
        """Note that a reset was written."""
        self.lives[user_id] += 1
        self.events += 1
        for owner, policy in list(self.taught):
            if owner == user_id:
                self.taught[owner, policy].clear()

    def holds(self, made: Made) -> bool:
        """Tell whether a decision's reward must be in the state."""
        return made.decision_id in self.taught[made.user_id, made.policy.key]

    def n(self, user_id: str, policy: str) -> int:
        """How many rewards must be in the state."""
        return len(self.taught[user_id, policy])

    def statistics(self, user_id: str, policy: str, dim: int) -> tuple[Array, Array, float]:
        """Return X'X, X'r and the sum of r over all that was taught."""
        rewards = self.taught[user_id, policy].values()
        x = np.array([x for x, _ in rewards]).reshape(-1, dim)
        r = np.array([r for _, r in rewards])
        return x.T @ x, x.T @ r, float(r.sum())

    def theta(self, user_id: str, policy: str, dim: int) -> Array:
        """Return the batch ridge solution (lambda*I + X'X)^-1 X'r."""
        gram, b, _ = self.statistics(user_id, policy, dim)
        return np.asarray(np.linalg.solve(LAMBDA * np.eye(dim) + gram, b), dtype=np.float64)


def features(context: Context, tip: Candidate, profile: ProfileFeatures | None, dim: int) -> Array:
    """Return x of a decision, shape (D,), by the definitions: D = 7 without the profile, 12 with it."""
    angle = 2 * math.pi * context.hour / 24
    base = [
        1.0,
        math.sin(angle),
        math.cos(angle),
        1.0 if context.weekday in {5, 6} else 0.0,
        _or(tip.priority, 0.5),
        0.0 if tip.due_in_hours is None else math.exp(-max(tip.due_in_hours, 0.0) / 24),
        1.0 if tip.age_hours is None else math.exp(-tip.age_hours / 72),
    ]
    known = profile or _UNKNOWN
    preferred = known.preferred_hour
    of_user = [
        _or(known.completion_rate, 0.5),
        _or(known.dismiss_rate, 0.5),
        min(_or(known.mean_dwell_s, 0.0), 600.0) / 600,
        0.0 if preferred is None else math.cos(2 * math.pi * (context.hour - preferred) / 24),
        min(math.log1p(_or(known.tips_30d, 0.0)) / math.log1p(1000), 1.0),
    ]
    return np.array((base + of_user)[:dim])


def _or(value: float | None, default: float) -> float:
    return default if value is None else value
