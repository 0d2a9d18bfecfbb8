"""Hours on the circle of a day, by arithmetic that comes out the same wherever it is done.

The same mean hour is computed here, in Python, and in SQL engines from the lake of events. They round sums of floats in
the order they happen to add them, and each has its own library for sines. So here

- an hour counts in *ticks*, ten thousand to an hour;
- the cosine and sine of a tick are whole numbers, ``UNIT`` times as large: libraries differ in the last bit of a float,
  and no tick's cosine lies so near a half that this shows. Whole numbers add up alike in any order;
- the direction of their sum takes the four operations alone, which IEEE 754 defines to the last bit. The arc tangent is
  Hastings' polynomial (Abramowitz and Stegun 1964, Handbook of Mathematical Functions, 4.4.49), off by at most 2e-8:
  0.0008 ticks.

A direction halfway between two ticks goes to the one nearer to noon.
"""

import math
from collections.abc import Sequence
from typing import Final

DAY_H: Final = 24
TICKS_AN_HOUR: Final = 10_000
"""A tick is a third of a second."""
DAY_TICKS: Final = DAY_H * TICKS_AN_HOUR
RADIANS_A_TICK: Final = math.tau / DAY_TICKS
UNIT: Final = 1 << 26
ARCTAN: Final = (
    0.0028662257, -0.0161657367, 0.0429096138, -0.0752896400, 0.1065626393, -0.1420889944, 0.1999355085, -0.3333314528,
    1.0,
)  # fmt: skip
"""Of x^16, x^14, ... 1: times x, the arc tangent of x in [0, 1]."""


def circular_mean(hours: Sequence[float]) -> tuple[float, float]:
    """Return the mean direction, in [0, 24), and the resultant length R, in [0, 1], of at least one hour.

    C = sum cos(2 pi h/24), S = sum sin(2 pi h/24); the direction of (C, S), and |(C, S)|/n (Fisher 1993, section
    2.3.1). The direction of a resultant of length 0 means nothing.
    """
    c, s = resultant(hours)
    return direction(c, s), min(math.hypot(c, s) / (UNIT * len(hours)), 1.0)


def resultant(hours: Sequence[float]) -> tuple[int, int]:
    """Return C and S, ``UNIT`` times as large."""
    angles = [math.floor(hour * TICKS_AN_HOUR + 0.5) * RADIANS_A_TICK for hour in hours]
    return sum(_whole(math.cos(angle)) for angle in angles), sum(_whole(math.sin(angle)) for angle in angles)


def direction(c: float, s: float) -> float:
    """Return the hour, in [0, 24), that (C, S) points to, in whole ticks; 0 for (0, 0)."""
    x, y = abs(float(c)), abs(float(s))
    angle = _arctan(min(x, y) / (max(x, y) or 1.0))
    if y > x:
        angle = math.pi / 2 - angle
    if c < 0:
        angle = math.pi - angle
    ticks = math.floor(angle / RADIANS_A_TICK + 0.5)
    return (ticks if s >= 0 else DAY_TICKS - ticks) % DAY_TICKS / TICKS_AN_HOUR


def _whole(share: float) -> int:
    return math.floor(share * UNIT + 0.5)


def _arctan(share: float) -> float:
    square, total = share * share, 0.0
    for coefficient in ARCTAN:
        total = total * square + coefficient
    return total * share
