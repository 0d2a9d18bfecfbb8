"""The Open Bandit Dataset as rounds, and the policy and the model of its published evaluation."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from tipbandit_lab.arrays import Floats, Ints
from tipbandit_lab.evaluation.rounds import Rounds

DATA: Final = Path(__file__).parent / "data" / "open_bandit.npz"
ITEMS: Final = 80
POSITIONS: Final = 3
SIMULATED: Final = 100_000
SEED: Final = 12345


@cache
def data() -> Mapping[str, Any]:
    """Return the columns."""
    with np.load(DATA) as arrays:
        return dict(arrays)


@cache
def thompson() -> Floats:
    """Return how likely Bernoulli Thompson sampling shows each item at each position, shape (80, 3), by simulation.

    The same draws as ``BernoulliTS(..., random_state=12345).compute_batch_action_dist(n_sim=100000)``.
    """
    rng = np.random.RandomState(SEED)
    counts = np.zeros((POSITIONS, ITEMS), dtype=np.int64)
    for _ in range(20):
        drawn = rng.beta(data()["alpha"], data()["beta"], size=(SIMULATED // 20, ITEMS))
        order = np.argsort(drawn, axis=1)[:, ::-1][:, :POSITIONS]
        counts += np.stack([np.bincount(order[:, position], minlength=ITEMS) for position in range(POSITIONS)])
    return counts.T / SIMULATED


@cache
def rounds() -> Rounds:
    """Return the log of the random policy with Bernoulli Thompson sampling as target, predictions included."""
    position = data()["position"].astype(np.int64)
    target = thompson().T[position]
    bare = Rounds(
        shown=data()["item"].astype(np.int64),
        propensity=data()["propensity"],
        reward=data()["click"].astype(np.float64),
        target=target,
        logged=np.full(target.shape, 1 / ITEMS),
        reward_range=(0.0, 1.0),
    )
    return replace(bare, predicted=_predicted(bare, position))


def _predicted(bare: Rounds, position: Ints) -> Floats:
    """Fit logistic regressions, one a position and fold, on the two other thirds of a shuffle; as published."""
    user = np.concatenate([_one_hot(column) for column in data()["user"].T], axis=1)
    item = np.column_stack([data()["item_codes"], data()["item_number"]])
    order = np.arange(len(bare))
    np.random.RandomState(SEED).shuffle(order)
    predicted = np.empty(bare.target.shape)
    for held_out in np.array_split(order, 3):
        fitted = np.setdiff1d(order, held_out)
        for place in range(POSITIONS):
            rows, asked = fitted[position[fitted] == place], held_out[position[held_out] == place]
            weights = _logistic(np.column_stack([user[rows], item[bare.shown[rows]]]), bare.reward[rows])
            logit = (user[asked] @ weights[: user.shape[1]])[:, None] + item @ weights[user.shape[1] : -1]
            predicted[asked] = 1 / (1 + np.exp(-logit - weights[-1]))
    return predicted


def _one_hot(codes: Ints) -> Floats:
    """Return indicator columns of all values but the first."""
    columns: Floats = (codes[:, None] == np.unique(codes)[1:]).astype(np.float64)
    return columns


def _logistic(x: Floats, r: Floats) -> Floats:
    """Return the weights and, last, the intercept of a logistic regression with half their squares as penalty.

    By Newton's method, to convergence. The intercept has no penalty.
    """
    x = np.column_stack([x, np.ones(len(x))])
    penalty = np.append(np.ones(x.shape[1] - 1), 0.0)
    weights = np.append(np.zeros(x.shape[1] - 1), np.log(r.mean() / (1 - r.mean())))
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (p - r) + penalty * weights
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + np.diag(penalty), slope)
        weights = weights - step
        if np.abs(step).max() < 1e-10:
            return weights
    raise ArithmeticError("the logistic regression does not converge")
