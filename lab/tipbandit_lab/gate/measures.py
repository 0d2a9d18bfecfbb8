"""What was found, criterion by criterion: the parts that a record is made of."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number that was measured, and what it was held against. None: there is none, or it is not finite.

    Attributes:
        name: what was measured: of which persona, days, player.
        passed: whether it is as it must be.
        value: the number; reward per decision unless the name says otherwise.
        low: lower confidence bound.
        high: upper confidence bound.
        confidence: of the interval from ``low`` to ``high``, two-sided.
        p_value: how likely as much or more is if nothing is wrong.
        threshold: what ``value``, ``low`` or ``p_value`` was compared with, as the finding's sentence says.
    """

    name: str
    passed: bool
    value: float | None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    p_value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion: whether it is met, why in one sentence, and the numbers that say so."""

    criterion: str
    passed: bool
    sentence: str
    measures: tuple[Measure, ...]


def finite(x: float) -> float | None:
    """Return ``x``, or None where JSON knows no such number."""
    return float(x) if math.isfinite(x) else None
