"""What happened, decision by decision, so that two runs of one cohort can be laid side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike

from tipbandit_lab.arrays import Bytes, Floats, Ints
from tipbandit_lab.moments import Reactions

SAME: Final = 1e-9
"""By how much two propensities or rewards may differ and be the same."""
SAME_WEIGHT: Final = 1e-6
"""The same for learned weights."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One round: ``ids`` (U, 16), ``shown`` and ``propensity`` (U,), ``propensities`` (K, U), and the reactions."""

    ids: Bytes
    shown: Ints
    propensity: Floats
    propensities: Floats
    reactions: Reactions


@dataclass(frozen=True, slots=True, eq=False)
class Transcript:
    """One policy's run of a cohort: T decisions for each of U users among K tips.

    Attributes:
        ids: the decision ids, shape (T, U, 16).
        shown: index of the tip, shape (T, U).
        propensity: with which probability it was shown, shape (T, U).
        propensities: with which probability each was to be shown, shape (T, K, U).
        reaction: index into ``moments.REACTIONS``, shape (T, U).
        reward: shape (T, U).
        n: how many rewards were learned in the end, shape (U,).
        weights: what was learned in the end by feature name, each of shape (U,).
    """

    ids: Bytes
    shown: Ints
    propensity: Floats
    propensities: Floats
    reaction: Ints
    reward: Floats
    n: Ints
    weights: Mapping[str, Floats]

    @classmethod
    def of(cls, steps: Sequence[Step], n: Ints, weights: Mapping[str, Floats]) -> Self:
        """Put together the rounds, at least one, and what was learned by the end of them."""
        return cls(
            ids=np.stack([each.ids for each in steps]),
            shown=np.stack([each.shown for each in steps]),
            propensity=np.stack([each.propensity for each in steps]),
            propensities=np.stack([each.propensities for each in steps]),
            reaction=np.stack([each.reactions.reaction for each in steps]),
            reward=np.stack([each.reactions.reward for each in steps]),
            n=n,
            weights=weights,
        )


def differences(one: Transcript, other: Transcript) -> list[str]:
    """Return a line for each field in which two runs of one cohort differ: where first, and by how much at most."""
    lines = [_difference(name, *pair) for name, pair in _pairs(one, other)]
    return [line for line in lines if line]


def _pairs(one: Transcript, other: Transcript) -> Iterator[tuple[str, tuple[ArrayLike, ArrayLike]]]:
    for name in (each.name for each in fields(Transcript) if each.name != "weights"):
        yield name, (getattr(one, name), getattr(other, name))
    for feature in dict.fromkeys((*one.weights, *other.weights)):
        nothing = np.empty(0)
        yield f"weight of {feature}", (one.weights.get(feature, nothing), other.weights.get(feature, nothing))


def _difference(name: str, one: ArrayLike, other: ArrayLike) -> str:
    a, b = np.asarray(one), np.asarray(other)
    if a.shape != b.shape:
        return f"{name}: of shape {a.shape} in one, {b.shape} in the other"
    gap = np.abs(a.astype(np.float64) - b.astype(np.float64))
    wrong = ~(gap <= (SAME_WEIGHT if name.startswith("weight") else SAME))  # NaN is a difference
    if not wrong.any():
        return ""
    first = tuple(int(place) for place in np.argwhere(wrong)[0])
    return f"{name}: {wrong.sum()} of {wrong.size} differ, the first at {first}, by {gap[wrong].max():.3g} at most"
