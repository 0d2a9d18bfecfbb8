"""What a benchmark is told by variables."""

import pytest

from benchmarks.warm_given import numbers

_DEFAULTS = {"RATES": [25, 50], "SECONDS": [20]}


def test_what_is_not_said_is_as_usual() -> None:
    """An empty variable is as good as none."""
    assert numbers({"RATES": ""}, _DEFAULTS) == {"RATES": [25, 50], "SECONDS": [20]}


def test_numbers_are_separated_by_blanks() -> None:
    """One variable may hold several."""
    assert numbers({"RATES": "10 20  30"}, _DEFAULTS)["RATES"] == [10, 20, 30]


def test_every_wrong_variable_is_named_at_once() -> None:
    """Nought, a fraction, a word: none is a positive whole number."""
    with pytest.raises(ValueError, match=r"positive whole numbers: RATES, SECONDS"):
        numbers({"RATES": "10 0", "SECONDS": "1.5"}, _DEFAULTS)
