"""Logged decisions as plain arrays: what every estimator reads, checked once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tipbandit_lab.arrays import Bools, Floats, Ints

TOLERANCE: Final = 1e-6
"""How far probabilities of one round may sum from 1, and the logged one lie from the row it is in."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rounds:
    """n decisions in the order of time, their candidates padded to K.

    Attributes:
        shown: the index of the candidate that was shown, shape (n,).
        propensity: with which probability it was shown, in (0, 1], shape (n,).
        reward: what it earned, in ``reward_range``, shape (n,).
        target: with which probability the policy that is evaluated would have shown each, shape (n, K).
        present: which candidates there are, shape (n, K); the others are padding. All of them if not given.
        logged: with which probability the policy that decided would have shown each, shape (n, K), if that is known.
        predicted: the reward a model expects of each, shape (n, K), if there is one; not fitted to the same rewards.
        group: whose decision it is, shape (n,): what belongs together in resampling; each its own if not given.
        reward_range: the least and the greatest reward there can be.

    Raises:
        ValueError: if a field is wrong; all wrong fields are named.
    """

    shown: Ints
    propensity: Floats
    reward: Floats
    target: Floats
    present: Bools | None = None
    logged: Floats | None = None
    predicted: Floats | None = None
    group: Ints | None = None
    reward_range: tuple[float, float] = (-1.0, 1.0)

    def __post_init__(self) -> None:
        wrong = list(_misshapen(self)) or [*_wrong_rewards(self), *_wrong_choices(self), *_wrong_rows(self)]
        if wrong:
            raise ValueError(f"rounds: {'; '.join(wrong)}")

    def __len__(self) -> int:
        return len(self.reward)

    @property
    def there(self) -> Bools:
        """Which candidates there are, shape (n, K)."""
        return np.ones(self.target.shape, dtype=np.bool_) if self.present is None else self.present

    @property
    def groups(self) -> Ints:
        """Whose decision each is, shape (n,)."""
        return np.arange(len(self)) if self.group is None else self.group

    def of_shown(self, row: Floats) -> Floats:
        """Return the entry of each row of ``row`` (n, K) that belongs to the candidate that was shown, shape (n,)."""
        entries: Floats = np.take_along_axis(row, self.shown[:, None], axis=1)[:, 0]
        return entries

    @property
    def weights(self) -> Floats:
        """The importance weights w = target / propensity of what was shown, shape (n,)."""
        return self.of_shown(self.target) / self.propensity


def padded(rows: Sequence[Floats], width: int | None = None) -> tuple[Floats, Bools]:
    """Return rows of different lengths as one array (n, K), zeros behind, and which entries are theirs.

    Args:
        rows: n arrays, each of shape (K_i,).
        width: K; that of the longest row if it is not given.
    """
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    there = np.arange(width or int(lengths.max(initial=0))) < lengths[:, None]
    array = np.zeros(there.shape)
    array[there] = np.concatenate(rows) if len(rows) else 0.0
    return array, there


def _misshapen(rounds: Rounds) -> Iterator[str]:
    if rounds.target.ndim != 2 or 0 in rounds.target.shape:  # noqa: PLR2004 - a matrix
        yield f"target must have the shape (n, K), each at least 1, not {rounds.target.shape}"
        return
    flat, square = rounds.target.shape[:1], rounds.target.shape
    shapes = dict.fromkeys(("shown", "propensity", "reward", "group"), flat)
    shapes |= dict.fromkeys(("present", "logged", "predicted"), square)
    for name, shape in shapes.items():
        field = getattr(rounds, name)
        if field is not None and field.shape != shape:
            yield f"{name} must have the shape {shape}, as target has {square}, not {field.shape}"
    if not np.issubdtype(rounds.shown.dtype, np.integer):
        yield f"shown must hold integers, not {rounds.shown.dtype}"


def _wrong_rewards(rounds: Rounds) -> Iterator[str]:
    low, high = rounds.reward_range
    if not low < high:
        yield f"reward_range must rise, not go from {low:g} to {high:g}"
    if missing := int((~np.isfinite(rounds.reward)).sum()):
        yield f"reward is missing or not finite in {_share(missing, rounds)}"
    if beyond := int(((rounds.reward < low) | (rounds.reward > high)).sum()):
        yield f"reward lies outside [{low:g}, {high:g}] in {_share(beyond, rounds)}"


def _wrong_choices(rounds: Rounds) -> Iterator[str]:
    if missing := int(np.isnan(rounds.propensity).sum()):
        yield f"propensity is missing in {_share(missing, rounds)}"
    if beyond := int(((rounds.propensity <= 0) | (rounds.propensity > 1 + TOLERANCE)).sum()):
        yield f"propensity lies outside (0, 1] in {_share(beyond, rounds)}"
    inside = (rounds.shown >= 0) & (rounds.shown < rounds.target.shape[1])
    if not inside.all():
        yield f"shown is no candidate in {_share(int((~inside).sum()), rounds)}"
    elif padding := int((~np.take_along_axis(rounds.there, rounds.shown[:, None], axis=1)).sum()):
        yield f"shown is padding in {_share(padding, rounds)}"
    elif rounds.logged is not None:
        apart = ~(np.abs(rounds.of_shown(rounds.logged) - rounds.propensity) <= TOLERANCE)
        if apart.any():
            yield f"propensity is not what logged has for the shown candidate in {_share(int(apart.sum()), rounds)}"


def _wrong_rows(rounds: Rounds) -> Iterator[str]:
    there = rounds.there
    for name, row in (("target", rounds.target), ("logged", rounds.logged)):
        if row is None:
            continue
        fit = np.where(there, (row >= 0) & (row <= 1 + TOLERANCE), row == 0).all(axis=1)
        if not fit.all():
            yield f"{name} is no probability, or not 0 in the padding, in {_share(int((~fit).sum()), rounds)}"
        apart = fit & (np.abs(row.sum(axis=1) - 1) > TOLERANCE)
        if apart.any():
            yield f"{name} does not sum to 1 in {_share(int(apart.sum()), rounds)}"
    if rounds.predicted is not None and not np.isfinite(rounds.predicted[there]).all():
        missing = (there & ~np.isfinite(rounds.predicted)).any(axis=1)
        yield f"predicted is missing or not finite in {_share(int(missing.sum()), rounds)}"


def _share(count: int, rounds: Rounds) -> str:
    return f"{count:,} of {len(rounds):,} rounds"
