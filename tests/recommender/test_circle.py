"""Hours on the circle: numbers checked by hand, and what makes them the same on every machine."""

import math
from decimal import Decimal, localcontext
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipbandit_recommender.circle import (
    ARCTAN,
    DAY_TICKS,
    RADIANS_A_TICK,
    TICKS_AN_HOUR,
    UNIT,
    circular_mean,
    direction,
    resultant,
)

LAST_BIT: Final = 2.0**-53
"""Of a cosine near 1, and more than that of any other."""
numbers = st.integers(-(10**15), 10**15)


def test_one_hour_points_to_itself() -> None:
    """At 6 h the cosine is 0 and the sine 1; every tick of the day comes back."""
    assert resultant([6.0]) == (0, UNIT)
    assert resultant([12.0, 18.0]) == (-UNIT, -UNIT)
    for tick in range(0, DAY_TICKS, 7):
        assert circular_mean([tick / TICKS_AN_HOUR])[0] == tick / TICKS_AN_HOUR


def test_no_cosine_of_a_tick_lies_so_near_a_half_that_the_last_bits_decide() -> None:
    """The nearest misses a half by 6e-6; a library that is off by a hundred last bits rounds it alike."""
    angles = [tick * RADIANS_A_TICK for tick in range(DAY_TICKS + 1)]
    shares = [share(angle) * UNIT for angle in angles for share in (math.cos, math.sin)]
    nearest = min(abs(each - math.floor(each) - 0.5) for each in shares)

    assert nearest > 100 * LAST_BIT * UNIT


@given(numbers, numbers)
def test_the_direction_is_that_of_the_library_to_less_than_a_tick(c: int, s: int) -> None:
    expected = math.atan2(s, c) * 24 / math.tau

    assert abs((direction(c, s) - expected + 12) % 24 - 12) <= (0.5 + 0.001) / TICKS_AN_HOUR
    assert 0 <= direction(c, s) < 24


@given(st.integers(0, 10_000))
def test_the_polynomial_is_the_arc_tangent_to_the_published_error(share: int) -> None:
    """|error| <= 2e-8 (Abramowitz and Stegun 1964, 4.4.49), here by exact decimals."""
    x = Decimal(share) / 10_000
    with localcontext() as context:
        context.prec = 50
        total = Decimal(0)
        for coefficient in map(Decimal, map(str, ARCTAN)):
            total = total * x * x + coefficient
        assert abs(float(total * x) - math.atan(float(x))) <= 2e-8


@pytest.mark.parametrize(
    ("c", "s", "hour"),
    [(0, 0, 0), (1, 0, 0), (1, 1, 3), (0, 1, 6), (-1, 1, 9), (-1, 0, 12), (-1, -1, 15), (0, -1, 18), (1, -1, 21)],
)
def test_the_eight_directions_are_three_hours_apart(c: int, s: int, hour: float) -> None:
    assert direction(c, s) == direction(c * UNIT, s * UNIT) == hour


def test_a_direction_just_before_midnight_is_midnight() -> None:
    assert direction(10**9, -1) == direction(10**9, 1) == 0.0
