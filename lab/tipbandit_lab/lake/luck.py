"""What a real lake has beside decisions and reactions, drawn: who is there, what gets lost, what comes late.

Users who come later, or seldom; reactions that nobody reports, or hours later, or without the decision's token; dwell
times that nobody measured; states that cannot be read; shadows, and their questions that are not answered in time. The
shares are those of no real service: large enough that each occurs in a small lake, small enough not to rule it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Self

import numpy as np
from numpy.random import Generator, Philox

from tipbandit_lab.arrays import Bools, Floats, Ints
from tipbandit_lab.moments import Moment
from tipbandit_lab.personas import KINDS
from tipbandit_lab.supply import DAY_MS

PROMPTS: Final = ("v1", "v2")
"""The versions that tips were generated with; the second makes more of the kinds late in the alphabet."""

_LATER: Final = 0.25
"""Share of the users who are not there from the first day on, but come within the first four fifths of the days."""
_LATEST: Final = 0.8
_SELDOM: Final = 4.0
"""A user lives a share of the moments that is drawn from Beta(4, 1): four fifths in the mean, seldom a third."""
_UNREPORTED: Final = 0.08
_UNMEASURED: Final = 0.15
_TOKENLESS: Final = 0.03
_UNREADABLE: Final = 0.005
_SHADOWED: Final = 0.1
_UNPROMPTED: Final = 0.1
"""Share of the tips that no prompt has made."""
_DELAY_MS: Final = 4 * 60_000
_DELAY_SPREAD: Final = 1.6
"""Median of the time until a reaction is reported, and the standard deviation of its logarithm."""
_LONGEST_MS: Final = 3 * DAY_MS
_LATENCY_MS: Final = 12.0
_LATENCY_SPREAD: Final = 1.8
"""The same of a shadow's answer: one in five hundred takes more than two seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The luck of one moment, each of shape (U,), or a list of U.

    Attributes:
        present: who opens the app.
        unreadable: whose state cannot be read.
        reported: whose reaction is told.
        delay_ms: how long after the decision.
        measured: whose dwell time is known.
        tokenless: whose reward comes without the decision's token.
        shadowed: whose decision shadows are asked about.
        latency_ms: how long these take, for each of them, shape (S, U).
        prompts: which prompt made each of the K tips of each user.
    """

    present: Bools
    unreadable: Bools
    reported: Bools
    delay_ms: Ints
    measured: Bools
    tokenless: Bools
    shadowed: Bools
    latency_ms: Floats
    prompts: Sequence[Sequence[str | None]]


@dataclass(frozen=True, slots=True, eq=False)
class Luck:
    """The luck of the users of one block.

    Attributes:
        name: of the block: those of another name have nothing in common with them.
        shadows: how many shadows there are.
        first_day: the first day of each user, shape (U,).
        share: of its moments that each user lives, shape (U,).
    """

    name: str
    shadows: int
    first_day: Ints
    share: Floats

    @classmethod
    def of(cls, name: str, *, users: int, days: int, shadows: int) -> Self:
        """Draw what stays the same about each user."""
        draw = generator(name, 0)
        later = draw.random(users) < _LATER
        first_day = np.where(later, draw.integers(0, max(1, round(days * _LATEST)), size=users), 0)
        return cls(name, shadows, first_day, draw.beta(_SELDOM, 1.0, size=users))

    def at(self, moment: Moment) -> Drawn:
        """Draw what happens at a moment; any, in any order."""
        draw, users = generator(self.name, moment.number + 1), moment.users
        there, unreadable, reported, measured, tokenless, shadowed = draw.random((6, users))
        delay = _DELAY_MS * np.exp(_DELAY_SPREAD * draw.standard_normal(users))
        latency = _LATENCY_MS * np.exp(_LATENCY_SPREAD * draw.standard_normal((self.shadows, users)))
        return Drawn(
            present=(there < self.share) & (moment.day >= self.first_day),
            unreadable=unreadable < _UNREADABLE,
            reported=reported >= _UNREPORTED,
            delay_ms=np.minimum(delay, _LONGEST_MS).astype(np.int64),
            measured=measured >= _UNMEASURED,
            tokenless=tokenless < _TOKENLESS,
            shadowed=shadowed < _SHADOWED,
            latency_ms=latency.round(3),
            prompts=_prompts(moment.tips.kind, draw),
        )


def _prompts(kind: Ints, draw: Generator) -> list[list[str | None]]:
    """Draw which prompt made each tip: the second for a fifth of the first kind, rising to four fifths of the last."""
    made, second = draw.random((2, *kind.shape))
    version = (second < 0.2 + 0.6 * kind / (len(KINDS) - 1)).astype(np.int64)
    version[made < _UNPROMPTED] = len(PROMPTS)
    names = (*PROMPTS, None)
    return [[names[each] for each in of_user] for of_user in version.T.tolist()]


def generator(name: str, number: int = 0) -> Generator:
    """Return the generator at a place of the stream of a name."""
    key = blake2b(name.encode(), digest_size=16, person=b"tipbandit-lake").digest()
    return Generator(Philox(key=int.from_bytes(key, "little"), counter=np.array([0, 0, 0, number], dtype=np.uint64)))
