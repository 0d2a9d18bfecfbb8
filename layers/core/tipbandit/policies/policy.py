"""A policy = feature set + reward model + exploration rule, and the two functions that use one."""

import math
import re
from dataclasses import dataclass
from typing import Final

from tipbandit.features.schema import FeatureSet
from tipbandit.policies import ridge
from tipbandit.policies.exploration import draw, least_of_best, propensities
from tipbandit.policies.ridge import Array, Prior, State
from tipbandit.policies.scorers import predicted_reward, upper_confidence

KEY_PATTERN: Final = re.compile(r"[A-Za-z0-9._-]{1,64}/[A-Za-z0-9._-]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One registered policy.

    Attributes:
        key: its stable name, ``<name>/<version>``; it is part of paths, table keys and tokens.
        feature_set: which x it learns from.
        ridge_lambda: the regulariser lambda > 0.
        epsilon: the probability, in [0, 1], of showing a uniformly random candidate.
        alpha: what multiplies the confidence width (>= 0); None for a policy that scores by predicted reward alone.
        discount: what one more reward multiplies the weight of all earlier ones by, in (0, 1]; 1 forgets nothing.
        square_gamma: g > 0 of a policy that explores by inverse gap weighting (SquareCB) with gamma = g*sqrt(n) after
            n rewards, the larger the greedier; None for one that shows its best.

    Raises:
        ValueError: if a hyper-parameter is out of range; all of them are named.
    """

    key: str
    feature_set: FeatureSet
    ridge_lambda: float = 1.0
    epsilon: float
    alpha: float | None = None
    discount: float = 1.0
    square_gamma: float | None = None

    def __post_init__(self) -> None:
        checks = {
            "key must be <name>/<version>": KEY_PATTERN.fullmatch(self.key) is not None,
            "ridge_lambda must be positive and finite": 0 < self.ridge_lambda < math.inf,
            "epsilon must lie in [0, 1]": 0 <= self.epsilon <= 1,
            "alpha must be non-negative and finite": self.alpha is None or 0 <= self.alpha < math.inf,
            "discount must lie in (0, 1]": 0 < self.discount <= 1,
            "square_gamma must be positive and finite": self.square_gamma is None or 0 < self.square_gamma < math.inf,
        }
        if wrong := [sentence for sentence, holds in checks.items() if not holds]:
            raise ValueError(f"policy {self.key!r}: {'; '.join(wrong)}")

    def score(self, x: Array, state: State, prior: Prior | None = None) -> Array:
        """Return the score of each row of ``x`` (K, D), shape (K,)."""
        if self.alpha is None:
            return predicted_reward(x, ridge.weights(state, self.ridge_lambda, prior))
        return upper_confidence(x, ridge.estimate(state, self.ridge_lambda, prior), alpha=self.alpha)

    def propensities(self, scores: Array, n: int) -> Array:
        """Return the probability of showing each candidate after ``n`` rewards, shape (K,)."""
        gamma = None if self.square_gamma is None else self.square_gamma * math.sqrt(n)
        return propensities(scores, self.epsilon, gamma)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What a policy shows: the candidate's ``index``, and the ``scores`` and ``propensities`` of all, shape (K,)."""

    index: int
    scores: Array
    propensities: Array

    @property
    def propensity(self) -> float:
        """The probability with which the chosen candidate was shown."""
        return float(self.propensities[self.index])

    @property
    def explored(self) -> bool:
        """Whether the chosen candidate is not one of the best: exploration alone can have shown it."""
        return not self.scores.item(self.index) >= least_of_best(self.scores)


def choose(policy: Policy, state: State, x: Array, key: bytes, prior: Prior | None = None) -> Choice:
    """Choose one of K candidates.

    Args:
        policy: the policy that is asked.
        state: what it has learned about this user.
        x: the candidates' features, shape (K, D), K >= 1.
        key: 1 to 64 bytes that name the random draw: the decision id. The same key replays the same choice.
        prior: where the user started; None for the plain ridge.
    """
    scores = policy.score(x, state, prior)
    probabilities = policy.propensities(scores, state.n)
    return Choice(draw(probabilities, key), scores, probabilities)


def learn(policy: Policy, state: State, x: Array, r: float) -> State:
    """Return the state after reward ``r`` in [-1, 1] for a decision made with features ``x``, shape (D,).

    Raises:
        ValueError: if ``x`` has not the policy's dimension.
    """
    if x.shape != (policy.feature_set.dim,):
        raise ValueError(f"{policy.key} learns from {policy.feature_set.dim} features, not from shape {x.shape}")
    return ridge.update(state, x, r, policy.discount)
