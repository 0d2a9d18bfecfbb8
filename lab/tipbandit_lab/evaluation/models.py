"""A reward model for DM and DR, fitted so that no reward predicts itself or its neighbours."""

from typing import Final

import numpy as np

from tipbandit_lab.arrays import Bools, Floats, Ints

FOLDS: Final = 5
RIDGE_LAMBDA: Final = 1.0


def folds_of(group: Ints, folds: int = FOLDS, seed: int = 0) -> Ints:
    """Return the fold of each round, shape (n,): all rounds of a group are in one, groups are dealt out at random.

    Raises:
        ValueError: if there are fewer groups than folds, or fewer than two folds.
    """
    names, index = np.unique(group, return_inverse=True)
    if not 2 <= folds <= len(names):  # noqa: PLR2004 - one to fit and one to predict
        raise ValueError(f"cross-fitting needs 2 to {len(names)} folds for {len(names)} groups, not {folds}")
    dealt = np.random.default_rng(seed).permutation(len(names)) % folds
    fold: Ints = dealt[index]
    return fold


def cross_fitted(x: Floats, there: Bools, shown: Ints, reward: Floats, fold: Ints) -> Floats:
    """Return the reward a ridge regression expects of every candidate, shape (n, K); 0 in the padding.

    One model for all users, fitted for each fold on the rounds of the others. Cross-fitting keeps DR unbiased:
    Chernozhukov et al.: Double/debiased machine learning, The Econometrics Journal 2018, definition 3.2.

    Args:
        x: features of the candidates there are, row by row, shape (m, D) with m the number of True in ``there``.
        there: which candidates there are, shape (n, K).
        shown: the index of the candidate that was shown, shape (n,).
        reward: what it earned, shape (n,).
        fold: of each round, shape (n,).

    Returns:
        Predictions, cut to the range of the rewards that were seen.
    """
    lengths = there.sum(axis=1)
    seen = x[lengths.cumsum() - lengths + shown]
    fold_of_row = np.repeat(fold, lengths)
    flat = np.empty(len(x))
    for each in np.unique(fold):
        fitted = fold != each
        flat[fold_of_row == each] = x[fold_of_row == each] @ _ridge(seen[fitted], reward[fitted])
    predicted = np.zeros(there.shape)
    predicted[there] = flat.clip(reward.min(), reward.max())
    return predicted


def _ridge(x: Floats, r: Floats) -> Floats:
    return np.asarray(np.linalg.solve(x.T @ x + RIDGE_LAMBDA * np.eye(x.shape[1]), x.T @ r), dtype=np.float64)
