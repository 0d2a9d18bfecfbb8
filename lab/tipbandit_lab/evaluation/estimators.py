"""The estimators, each as what every round contributes.

All of them have one form: a *baseline* b, a *correction* c and a *norm* m a round, and the estimate

    mean(b) + sum(c) / sum(m).

What is no self-normalised estimator has m = 1. In the formulas w = target/propensity is the importance weight of what
was shown, r its reward, q the model's prediction for it and q(target) the prediction averaged over the target policy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation.rounds import Rounds


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What each round contributes: ``baseline`` b, ``correction`` c and ``norm`` m, each of shape (n,)."""

    baseline: Floats
    correction: Floats
    norm: Floats

    @property
    def stacked(self) -> Floats:
        """All three, shape (n, 3)."""
        return np.stack([self.baseline, self.correction, self.norm], axis=1)


def estimate(terms: Terms) -> float:
    """Return mean(b) + sum(c)/sum(m); NaN where all norms are 0: nothing was shown that the target would show."""
    return float(value(terms.stacked.sum(axis=0), np.float64(len(terms.norm))))


def value(sums: Floats, n: Floats | np.float64) -> Floats:
    """Return the estimates from sums of b, c and m, shape (..., 3), over ``n`` rounds, shape (...)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = sums[..., 0] / n + sums[..., 1] / sums[..., 2]
    return found


def direct(rounds: Rounds) -> Terms:
    """DM: b = q(target), c = 0. As good or bad as the model; the only one that needs no overlap, and no propensity.

    Dudik, Langford, Li: Doubly robust policy evaluation and learning, ICML 2011, section 2.1.
    """
    return _corrected(rounds, np.zeros(len(rounds)), np.ones(len(rounds)), baseline=True)


def inverse_propensity(rounds: Rounds) -> Terms:
    """IPS: c = w r. Unbiased if every candidate the target may show could be shown; its variance grows with w.

    Horvitz, Thompson 1952; Strehl, Langford, Li, Kakade: Learning from logged implicit exploration data, NIPS 2010.
    """
    return _corrected(rounds, rounds.weights, np.ones(len(rounds)), baseline=False)


def self_normalised(rounds: Rounds) -> Terms:
    """SNIPS: c = w r, m = w. Consistent; biased by O(1/n), and a reward shifted by a constant shifts it by as much.

    Swaminathan, Joachims: The self-normalized estimator for counterfactual learning, NIPS 2015, section 4.
    """
    weights = rounds.weights
    return _corrected(rounds, weights, weights, baseline=False)


def doubly_robust(rounds: Rounds) -> Terms:
    """DR: b = q(target), c = w (r - q). Unbiased whatever the model, and the more precise the better it is.

    Dudik, Langford, Li: Doubly robust policy evaluation and learning, ICML 2011, eq. 1.
    """
    return _corrected(rounds, rounds.weights, np.ones(len(rounds)), baseline=True)


def self_normalised_doubly_robust(rounds: Rounds) -> Terms:
    """SNDR: b = q(target), c = w (r - q), m = w.

    Thomas, Brunskill: Data-efficient off-policy policy evaluation for reinforcement learning, ICML 2016 (weighted
    doubly robust, section 5, of horizon 1).
    """
    weights = rounds.weights
    return _corrected(rounds, weights, weights, baseline=True)


def switch(rounds: Rounds, tau: float) -> Terms:
    """Switch-DR: as DR where w <= ``tau`` and as DM where it is greater, so c = w [w <= tau] (r - q).

    DR for ``tau`` = infinity, DM for 0.
    Wang, Agarwal, Dudik: Optimal and adaptive off-policy evaluation in contextual bandits, ICML 2017, section 4.
    """
    weights = rounds.weights
    return _corrected(rounds, np.where(weights <= tau, weights, 0.0), np.ones(len(rounds)), baseline=True)


def shrunk(rounds: Rounds, lambda_: float) -> Terms:
    """DRos: c = v (r - q) with v = lambda w/(w^2 + lambda), the weight shrunk with optimism. ``lambda_`` >= 0.

    DM for ``lambda_`` = 0, DR for infinity. v <= sqrt(lambda)/2, whatever w is.
    Su, Dimakopoulou, Krishnamurthy, Dudik: Doubly robust off-policy evaluation with shrinkage, ICML 2020, section 4.
    """
    weights = rounds.weights
    factor = 1.0 if np.isinf(lambda_) else np.divide(lambda_, weights**2 + lambda_, where=weights > 0, out=weights * 0)
    return _corrected(rounds, factor * weights, np.ones(len(rounds)), baseline=True)


def replay(rounds: Rounds, draws: Floats, bound: float | None = None) -> Terms:
    """Replay: m = 1 and c = r for what is accepted, with probability w/``bound``: the mean reward of accepted rounds.

    Valid whatever the propensities, so long as no weight exceeds the bound; then what is accepted is distributed as if
    the target had shown it (von Neumann's rejection sampling). Where the log is uniform over K candidates and K is the
    bound this is "keep what the policy would have shown": with probability target, or 0 and 1 of a deterministic one.
    A policy that learns may learn from what is accepted and nothing else; here its probabilities are what they are.
    It throws away all but one of ``bound`` rounds: SNIPS is its average over the draws.

    Li, Chu, Langford, Wang: Unbiased offline evaluation of contextual-bandit-based news article recommendation
    algorithms, WSDM 2011, algorithm 2 (uniform logging); Mandel, Liu, Brunskill, Popovic: Offline evaluation of
    online reinforcement learning algorithms, AAAI 2016 (rejection in general).

    Args:
        rounds: the decisions.
        draws: one uniform number in [0, 1) a round, shape (n,).
        bound: at least every weight there can be; the greatest there is if it is not given.
    """
    accepted = (draws * (bound or largest_weight(rounds)) < rounds.weights).astype(np.float64)
    return _corrected(rounds, accepted, accepted, baseline=False)


def largest_weight(rounds: Rounds) -> float:
    """Return the greatest weight that any candidate could have had, or that was seen where others are unknown."""
    if rounds.logged is None:
        return float(rounds.weights.max())
    possible = rounds.logged > 0
    return float(np.divide(rounds.target, rounds.logged, where=possible, out=np.zeros(possible.shape)).max())


def _corrected(rounds: Rounds, correction: Floats, norm: Floats, *, baseline: bool) -> Terms:
    """Return b = q(target) and c = correction * (r - q), or b = 0 and c = correction * r without a ``baseline``."""
    if not baseline:
        return Terms(np.zeros(len(rounds)), correction * rounds.reward, norm)
    if rounds.predicted is None:
        raise ValueError("rounds: predicted is needed by estimators that use a model")
    expected = np.where(rounds.there, rounds.target * rounds.predicted, 0.0).sum(axis=1)
    return Terms(expected, correction * (rounds.reward - rounds.of_shown(rounds.predicted)), norm)


PLAIN: Final[Mapping[str, Callable[[Rounds], Terms]]] = MappingProxyType(
    {
        "DM": direct,
        "IPS": inverse_propensity,
        "SNIPS": self_normalised,
        "DR": doubly_robust,
        "SNDR": self_normalised_doubly_robust,
    }
)
"""The estimators that have nothing to choose, by their names in the literature."""
MODEL_FREE: Final = ("IPS", "SNIPS", "replay")
