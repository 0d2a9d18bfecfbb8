"""Numbers in the report: rounded, never false."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipbandit_lab.report import numbers

MINUS, NONE = "\N{MINUS SIGN}", "\N{EN DASH}"
FINITE = st.floats(-1e6, 1e6)


def read(text: str) -> float:
    return float(text.replace(MINUS, "-").replace(" %", ""))


@given(FINITE, st.integers(0, 6))
def test_a_number_is_read_back_as_it_was_rounded(x: float, digits: int) -> None:
    for written in (numbers.reward(x, digits), numbers.change(x, digits)):
        assert read(written) == pytest.approx(x, abs=0.51 * 10**-digits)
    assert read(numbers.share(x, digits)) == pytest.approx(100 * x, abs=0.51 * 10**-digits)


@given(FINITE, st.integers(0, 6))
def test_zero_has_no_sign_and_everything_else_has_one_as_a_change(x: float, digits: int) -> None:
    written = numbers.change(x, digits)
    assert (written[0] in f"+{MINUS}") == (read(written) != 0)
    assert MINUS not in numbers.reward(x, digits) or read(numbers.reward(x, digits)) < 0
    assert "-" not in written


@pytest.mark.parametrize("x", [None, math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_dash(x: float | None) -> None:
    assert numbers.reward(x) == numbers.change(x) == numbers.share(x) == numbers.significant(x) == NONE
    assert numbers.between(x, 0.25, 2) == f"{NONE} to +0.25"


def test_each_kind_of_number_is_written_its_own_way() -> None:
    assert numbers.reward(0.12345) == "0.1235"
    assert numbers.change(-0.00001) == "0.0000"
    assert numbers.between(-0.01, 0.02) == f"{MINUS}0.0100 to +0.0200"
    assert numbers.give_or_take(0.5, 0.25, 2) == "0.50 ± 0.25"
    assert numbers.share(0.1234) == "12.3 %"
    assert (numbers.signed_share(0.5), numbers.signed_share(-0.5)) == ("+50.0 %", f"{MINUS}50.0 %")
    assert numbers.signed_share(math.nan) == NONE
    assert numbers.points(0.0012345) == "+0.123"
    assert numbers.count(1234567.0) == "1,234,567"
    assert numbers.significant(1.23456e-9) == f"1.235e{MINUS}09"
    assert numbers.significant(0.001, 2) == "0.001"
