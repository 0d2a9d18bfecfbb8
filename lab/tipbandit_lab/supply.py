"""The tips, the times and the ids of one moment, drawn for all users at once."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tipbandit.features.schema import INPUTS
from tipbandit_lab.arrays import Bytes, Floats, Ints
from tipbandit_lab.moments import Tips
from tipbandit_lab.personas import KINDS, Opening, Supply

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000

_PARTS: Final = 1 << 16
"""What is drawn with a given share is drawn from 16 bits: shares are rounded to 1/65536."""
_LONGEST_H: Final = INPUTS["age_hours"].high
_WORD: Final = 1 << 64


def tips(supply: Supply, draw: Generator, shape: tuple[int, int]) -> Tips:
    """Draw the candidates of one moment, ``shape`` (K, U).

    Ages, times to the due time and times past it are exponential, priorities uniform, all independent of each other
    and of the kind. A share of the tips has no due time, a share no priority.
    """
    kind, priced, due, overdue = draw.integers(0, _PARTS, size=(4, *shape), dtype=np.uint16)
    priority = draw.random(shape)
    np.copyto(priority, np.nan, where=_below(supply.no_priority_share, priced))
    hours = _hours(supply.due_mean_hours, draw, shape)
    np.negative(hours, out=hours, where=_below(supply.overdue_share, overdue))
    np.copyto(hours, np.nan, where=~_below(supply.due_share, due))
    kinds = _kind_of(tuple(supply.kinds.get(each, 0.0) for each in KINDS))
    return Tips(kinds.take(kind), priority, hours, _hours(supply.age_mean_hours, draw, shape))


def _below(share: float, parts: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return which of the numbers lie in the first ``share`` of all."""
    return parts < round(share * _PARTS)


def _hours(mean: float, draw: Generator, shape: tuple[int, int]) -> Floats:
    hours = draw.standard_exponential(shape)
    hours *= mean
    return np.minimum(hours, _LONGEST_H, out=hours)


@lru_cache
def _kind_of(shares: tuple[float, ...]) -> Ints:
    """Return a kind for each number of 16 bits, as often as its share says."""
    ends = np.round(np.cumsum(shares) / sum(shares) * _PARTS)
    return np.searchsorted(ends, np.arange(_PARTS), side="right").astype(np.int64)


def times_of_day(openings: Sequence[Opening], draw: Generator, shift_h: Floats, moments: int) -> Ints:
    """Draw a day's moments, in milliseconds since midnight and in order, shape (moments, U).

    Each is one of the openings by share, then normal round its hour, the user's ``shift_h`` (U,) later, and wrapped
    round midnight.
    """
    shape = (moments, len(shift_h))
    shares = np.cumsum([opening.share for opening in openings])
    which = np.searchsorted(shares[:-1], draw.random(shape) * shares[-1], side="right")
    centre, spread = np.array([(opening.hour, opening.spread_hours) for opening in openings]).T
    hours = centre[which] + spread[which] * draw.standard_normal(shape) + shift_h
    since_midnight: Ints = np.floor(hours * HOUR_MS).astype(np.int64) % DAY_MS
    since_midnight.sort(axis=0)
    return since_midnight


def decision_ids(at_ms: Ints, draw: Generator) -> Bytes:
    """Draw the UUIDv7s, shape (U, 16), of decisions made at ``at_ms`` (U,)."""
    rand_a, rand_b = draw.integers(0, _WORD, size=(2, len(at_ms)), dtype=np.uint64)
    return uuid7s(at_ms, rand_a >> np.uint64(52), rand_b >> np.uint64(2))


def uuid7s(at_ms: Ints, rand_a: NDArray[np.uint64], rand_b: NDArray[np.uint64]) -> Bytes:
    """Return the UUIDv7s, shape (U, 16), of moments and random bits (12 and 62), each of shape (U,).

    The same as ``tipbandit.ids.uuid7``, for many: time, version, rand_a; variant, rand_b (RFC 9562, section 5.7).
    """
    words = np.empty((len(at_ms), 2), dtype=">u8")
    words[:, 0] = at_ms.astype(np.uint64) << np.uint64(16) | np.uint64(7 << 12) | rand_a
    words[:, 1] = np.uint64(0b10 << 62) | rand_b
    return words.view(np.uint8)
