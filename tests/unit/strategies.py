"""What the property tests draw from; the legal inputs come from the schema table itself."""

from typing import Final
from uuid import UUID

import numpy as np
from hypothesis import strategies as st

from tipbandit.codec import Snapshot
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.features.schema import INPUTS
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.policies.ridge import Array, State

ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~:@|+=-"

identifiers = st.text(ALPHABET, min_size=1, max_size=128)
rewards = st.floats(-1, 1)
_SMALL: Final = [0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.0, -1.0]
_MOST: Final = 2**53


def legal(name: str) -> st.SearchStrategy[float]:
    """Every value the schema table allows one input."""
    row = INPUTS[name]
    if row.dtype == "integer":
        return st.integers(int(row.low), int(row.high))
    return st.floats(row.low, row.high, exclude_max=row.below_high)


def contexts() -> st.SearchStrategy[Context]:
    """Every legal context."""
    return st.builds(Context, hour=legal("hour"), weekday=legal("weekday"))


def candidates(tip_ids: st.SearchStrategy[str] = st.just("t")) -> st.SearchStrategy[Candidate]:  # noqa: B008  immutable
    """Every legal candidate, numbers present or absent."""
    numbers = {name: st.none() | legal(name) for name in INPUTS if INPUTS[name].source == "candidate"}
    return st.builds(Candidate, tip_id=tip_ids, **numbers)


def profiles() -> st.SearchStrategy[ProfileFeatures]:
    """Every legal profile, numbers present or absent."""
    numbers = {name: st.none() | legal(name) for name in INPUTS if INPUTS[name].source == "profile"}
    return st.builds(ProfileFeatures, **numbers)


def vectors(dim: int) -> st.SearchStrategy[Array]:
    """Feature vectors, shape (dim,): every feature lies in [-1, 1]."""
    return st.binary(min_size=2 * dim, max_size=2 * dim).map(_fractions)


def histories(dim: int, *, max_size: int = 12) -> st.SearchStrategy[list[tuple[Array, float]]]:
    """What happened to a user: pairs of features and reward."""
    row = 2 * (dim + 1)

    def events(raw: bytes) -> list[tuple[Array, float]]:
        numbers = _fractions(raw[: len(raw) // row * row]).reshape(-1, dim + 1)
        return [(each[:dim], each[dim].item()) for each in numbers]

    return st.binary(max_size=max_size * row).map(events)


def _fractions(raw: bytes) -> Array:
    """Numbers in [-1, 1] from two bytes each: much cheaper to draw than floats one by one."""
    return np.maximum(np.frombuffer(raw, dtype="<i2") / np.float64(32_767), -1.0)


def decision_ids() -> st.SearchStrategy[UUID]:
    """Every UUIDv7."""
    return st.builds(uuid7, st.integers(0, 2**48 - 1), st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES))


@st.composite
def snapshots(draw: st.DrawFn, dim: int) -> Snapshot:
    """Everything that may be stored: what some rewards taught, as if it had been many more of them, or hardly one.

    Every number is one a sum of n products can be: random to its last bit, or as small as a double gets.
    """
    rows = np.array(draw(st.lists(vectors(dim), max_size=4))).reshape(-1, dim)
    for place, value in draw(st.dictionaries(st.integers(0, 50), st.sampled_from(_SMALL), max_size=5)).items():
        rows.flat[place : place + 1] = value
    factor = draw(st.sampled_from([5e-324, 1.0, 2.0**50]) | st.floats(0, 2.0**50))
    gram, b = factor * (rows.T @ rows), factor * rows.sum(axis=0) * draw(rewards)
    least = min(_MOST, int(np.ceil(factor * len(rows))) + 1)
    n = draw(st.integers(least, _MOST))
    state = State(np.triu(gram) + np.triu(gram, 1).T, b, n, n * draw(rewards))
    return Snapshot(state, tuple(draw(st.lists(decision_ids(), max_size=5))))
