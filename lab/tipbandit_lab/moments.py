"""What happens whoever decides: the moments, the tips there are, and the luck. Every player meets the same."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import numpy as np

from tipbandit_lab.arrays import Bytes, Floats, Ints

_COUNTER: Final = bytes(8)


@dataclass(frozen=True, slots=True, eq=False)
class Tips:
    """The candidates of one moment, each array (K, U); NaN where a number is absent.

    Attributes:
        kind: index into ``personas.KINDS``; the caller knows it, the service is never told.
        priority: in [0, 1].
        due_in_hours: hours; negative is overdue.
        age_hours: hours, not negative.
    """

    kind: Ints
    priority: Floats
    due_in_hours: Floats
    age_hours: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One decision to be made for each of U users.

    Attributes:
        number: t, 0 for the first that counts; negative in the time before (the past that profiles come from).
        day: days since the first; negative before.
        hour: local time of day, [0, 24), shape (U,).
        weekday: 0 is Monday, shape (U,).
        at_ms: simulated Unix milliseconds, shape (U,). Local time is UTC in the simulation.
        tips: what can be shown.
        ids: the decision ids (UUIDv7, 16 bytes), shape (U, 16); they are the exploration keys.
        mood: standard logistic noise on how much the shown tip appeals, shape (U,).
        glance: uniform on [0, 1): whether the tip is looked at, shape (U,).
        pace: standard normal: how long it is looked at, shape (U,).
        columns: what ``encoding`` made of it already, by formula and default: the same for all players.
    """

    number: int
    day: int
    hour: Floats
    weekday: Ints
    at_ms: Ints
    tips: Tips
    ids: Bytes
    mood: Floats
    glance: Floats
    pace: Floats
    columns: dict[tuple[str, float | None], Floats] = field(default_factory=dict, repr=False)
    _uniforms: list[Floats] = field(default_factory=list, repr=False)

    @property
    def users(self) -> int:
        """U."""
        return len(self.hour)

    def uniforms(self) -> Floats:
        """Return the number in [0, 1) that each user's decision is drawn with, as the service does it, shape (U,)."""
        if not self._uniforms:  # hashing costs more than a policy does: once for all players
            self._uniforms.append(_uniforms(self.ids))
        return self._uniforms[0]


def _uniforms(ids: Bytes) -> Floats:
    """Return ``tipbandit.policies.exploration.uniform`` of each id; their digests are made numbers all at once."""
    keys: list[bytes] = np.ascontiguousarray(ids).view("V16").ravel().tolist()
    digests = [blake2b(_COUNTER, digest_size=8, key=key, person=b"tipbandit").digest() for key in keys]
    top = (np.frombuffer(b"".join(digests), dtype="<u8") >> np.uint64(11)).astype(np.float64)
    return top * 2.0**-53


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """What the recommender knows of each user, shape (U,), in the units of the schema table; NaN where it is absent."""

    completion_rate: Floats
    dismiss_rate: Floats
    mean_dwell_s: Floats
    preferred_hour: Floats
    tips_30d: Floats


REACTIONS = ("completed", "snoozed", "ignored", "dismissed")
"""The codes of ``Reactions.reaction`` are places in here."""


@dataclass(frozen=True, slots=True, eq=False)
class Reactions:
    """What the users did with what they were shown, each of shape (U,).

    Attributes:
        reaction: index into ``REACTIONS``.
        reward: what the service learns, in [-1, 1].
        expected: the expectation of that reward before mood and glance were drawn: what is compared.
        dwell_s: seconds; 0 where nobody looked.
    """

    reaction: Ints
    reward: Floats
    expected: Floats
    dwell_s: Floats
