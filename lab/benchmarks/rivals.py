"""The Python libraries that have the same model as a policy of ours: one ridge regression for all candidates of a user.

MABWiser has it as a bandit with a single arm, asked about K contexts; coba as a learner of the actions' features alone.
"""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from coba.learners import LinUCBLearner

from benchmarks import peer
from tipbandit.policies.policy import Policy
from tipbandit.policies.ridge import Array

MABWISER: Final = "MABWiser, 1 arm"
COBA: Final = "coba"
_NUMPY: Final = "_np"
"""Where a coba learner that has learned keeps the module numpy, which no pickle takes."""


class Rival(Protocol):
    """A bandit of another library, set up for the same job as a policy of ours."""

    def liked(self, x: Array) -> Any:  # noqa: ANN401  an array or lists
        """Return candidates, shape (K, D), in the form it is fastest with."""

    def choose(self, rows: Any) -> object:  # noqa: ANN401
        """Choose one of the candidates, lists of D features or what it likes better."""

    def place(self, rows: Any) -> int:  # noqa: ANN401
        """Choose, and return which one it is."""

    def learn(self, row: Any, r: float) -> None:  # noqa: ANN401
        """Learn a reward for one of the rows; the bandit itself changes."""

    def kept(self) -> bytes:
        """Return its pickle."""

    def back(self, kept: bytes) -> "Rival":
        """Return what such a pickle holds."""


@dataclass(frozen=True, slots=True)
class OneArm:
    """MABWiser: linear UCB, or greedy regression where there is no alpha.

    Attributes:
        bandit: a ``mabwiser.mab.MAB`` of the one arm 0.
    """

    bandit: Any

    def liked(self, x: Array) -> Array:
        """Take an array, which it turns everything into."""
        return x

    def choose(self, rows: Any) -> int:  # noqa: ANN401
        """Return the place of the highest expectation."""
        return _best(self.bandit.predict_expectations(rows))

    def place(self, rows: Any) -> int:  # noqa: ANN401
        """Return the place of the highest expectation."""
        return self.choose(rows)

    def learn(self, row: Any, r: float) -> None:  # noqa: ANN401
        """Learn from arrays."""
        self.bandit.partial_fit(np.array([0]), np.array([r]), np.array([row]))

    def kept(self) -> bytes:
        """Return its pickle."""
        return pickle.dumps(self.bandit)

    def back(self, kept: bytes) -> "OneArm":
        """Return what a pickle holds."""
        return OneArm(pickle.loads(kept))  # noqa: S301  our own


@dataclass(frozen=True, slots=True)
class Coba:
    """coba: linear UCB with lambda = 1, which takes no arrays.

    Attributes:
        learner: a learner that has seen a reward.
    """

    learner: LinUCBLearner

    def liked(self, x: Array) -> list[tuple[float, ...]]:
        """Take tuples: a little faster than lists."""
        return [tuple(row) for row in x.tolist()]

    def choose(self, rows: Any) -> object:  # noqa: ANN401
        """Return the candidate's features and the probability of showing it."""
        return self.learner.predict(None, rows)

    def place(self, rows: Any) -> int:  # noqa: ANN401
        """Return the place of the row it chooses."""
        chosen, _ = self.learner.predict(None, rows)
        place: int = rows.index(chosen)
        return place

    def learn(self, row: Any, r: float) -> None:  # noqa: ANN401
        """Learn as if the candidate had been certain: the probability is not used."""
        self.learner.learn(None, row, r, 1.0)

    def kept(self) -> bytes:
        """Return the pickle of everything but the module it holds: with that it has none."""
        module = vars(self.learner).pop(_NUMPY)
        try:
            return pickle.dumps(self.learner)
        finally:
            vars(self.learner)[_NUMPY] = module

    def back(self, kept: bytes) -> "Coba":
        """Return what a pickle holds, with the module put back."""
        learner = pickle.loads(kept)  # noqa: S301  our own
        vars(learner)[_NUMPY] = np
        return Coba(learner)


def rivals(policy: Policy, history: Array, rewards: Array) -> Mapping[str, Rival]:
    """Return who has the policy's model, having learned a history of at least one reward.

    coba is not among them where there is no alpha: it would compute a width and multiply it by zero.

    Raises:
        ValueError: if lambda is not 1, which is coba's, or rewards are discounted or tips weighed, which is nobody's.
    """
    if (policy.ridge_lambda, policy.discount, policy.square_gamma) != (1.0, 1.0, None):
        raise ValueError(f"no library here has the model of {policy.key}")
    found: dict[str, Rival] = {MABWISER: OneArm(peer.fitted(policy, 1, history, rewards))}
    if policy.alpha is not None:
        found[COBA] = coba(policy.alpha, history, rewards)
    return found


def coba(alpha: float, history: Array, rewards: Array) -> Coba:
    """Return a learner that has learned a history."""
    made = Coba(LinUCBLearner(alpha=alpha, features=["a"]))
    for row, r in zip(history.tolist(), rewards.tolist(), strict=True):
        made.learn(row, r)
    return made


def _best(expectations: Any) -> int:  # noqa: ANN401  a dictionary for each candidate; for one alone, not in a list
    if isinstance(expectations, dict):
        return 0
    return int(np.argmax([each[0] for each in expectations]))
