"""A small world in which every policy's value is known exactly, and many logs of it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tipbandit_lab.arrays import Floats, Ints
from tipbandit_lab.evaluation.rounds import Rounds

CONTEXTS: Final = 4
CANDIDATES: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Contexts are equally likely; a reward is 1 or -1 with mean ``mean`` (contexts, candidates).

    ``logging`` and ``target`` have the same shape: probabilities given the context.
    """

    mean: Floats
    logging: Floats
    target: Floats

    @property
    def truth(self) -> float:
        """The target's value."""
        return float((self.target * self.mean).sum(axis=1).mean())

    @property
    def logging_truth(self) -> float:
        """The value of the policy that logs."""
        return float((self.logging * self.mean).sum(axis=1).mean())

    def log(self, n: int, seed: int, *, bias: float = 0.0) -> Rounds:
        """Return n independent rounds; the model's predictions are the means, off by ``bias``."""
        rng = np.random.default_rng(seed)
        context: Ints = rng.integers(CONTEXTS, size=n)
        logging = self.logging[context]
        shown = (rng.random(n)[:, None] > logging.cumsum(axis=1)).sum(axis=1).clip(0, CANDIDATES - 1)
        chance = (1 + self.mean[context, shown]) / 2
        return Rounds(
            shown=shown,
            propensity=logging[np.arange(n), shown],
            reward=np.where(rng.random(n) < chance, 1.0, -1.0),
            target=self.target[context],
            logged=logging,
            predicted=self.mean[context] + bias,
        )


def world(epsilon: float = 0.2, target_epsilon: float = 0.1) -> World:
    """Return a world in which one epsilon-greedy policy logs and another, that prefers other candidates, is asked."""
    rng = np.random.default_rng(7)
    mean = rng.uniform(-0.8, 0.8, size=(CONTEXTS, CANDIDATES))
    return World(mean, _greedy(rng.normal(mean, 1.0), epsilon), _greedy(mean, target_epsilon))


def _greedy(scores: Floats, epsilon: float) -> Floats:
    probabilities: Floats = np.full(scores.shape, epsilon / scores.shape[1])
    probabilities[np.arange(len(scores)), scores.argmax(axis=1)] += 1 - epsilon
    return probabilities
