"""Estimate + X -> one score a candidate."""

import numpy as np

from tipbandit.policies.ridge import Array, Estimate


def predicted_reward(x: Array, estimate: Estimate) -> Array:
    """Return X theta, shape (K,): what each candidate, rows of ``x`` (K, D), is expected to earn."""
    return x @ estimate.theta


def confidence_width(x: Array, estimate: Estimate) -> Array:
    """Return sqrt(x' A^-1 x) for each row of ``x`` (K, D), shape (K,).

    One standard deviation of the predicted reward under unit noise
    (Li, Chu, Langford, Schapire: A contextual-bandit approach to personalized news article recommendation,
    WWW 2010, eq. 4). For a user nothing is known about it is sqrt(x'x / lambda).

    With discounted rewards D-LinUCB has x' A^-1 V A^-1 x under the root, where V has each weight squared. V <= A, so
    this is at least that: somewhat more optimistic, for half the state.
    """
    variance = np.vecdot(x @ estimate.inverse, x)
    width: Array = np.sqrt(np.maximum(variance, 0.0))
    return width


def upper_confidence(x: Array, estimate: Estimate, *, alpha: float) -> Array:
    """Return X theta + alpha * width, shape (K,) (Li et al. 2010, eq. 5); ``alpha`` multiplies the width."""
    return predicted_reward(x, estimate) + alpha * confidence_width(x, estimate)
