"""The colours can be read, on light and on dark backgrounds."""

import re
from itertools import combinations

import pytest

from tipbandit_lab.report import page
from tipbandit_lab.report.palette import INKS, RULE, Ink

_CSS = (page.HERE / "page.css").read_text(encoding="utf-8")
_BACKGROUNDS = [re.findall(rf"--{name}: (#[0-9a-f]{{3,6}});", _CSS) for name in ("paper", "card")]
LIGHT, DARK = ([each[place] for each in _BACKGROUNDS] for place in (0, 1))


def luminance(colour: str) -> float:
    """Return the relative luminance, WCAG 2.2."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio, WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ink", [ink for ink in INKS if ink is not RULE], ids=lambda ink: ink.variable)
def test_every_colour_can_be_read_as_text_on_both_backgrounds(ink: Ink) -> None:
    assert min(contrast(ink.light, each) for each in LIGHT) >= 4.5
    assert min(contrast(ink.dark, each) for each in DARK) >= 4.5


def test_the_badge_and_the_good_news_can_be_read_too() -> None:
    good, on = (re.findall(rf"--{name}: (#[0-9a-f]{{3,6}});", _CSS) for name in ("good", "on-badge"))
    for place, papers in enumerate((LIGHT, DARK)):
        assert min(contrast(good[place], each) for each in (*papers, on[place])) >= 4.5


def test_no_two_colours_are_one() -> None:
    for one, other in combinations(INKS, 2):
        assert one.light != other.light
        assert one.dark != other.dark
        assert one.variable != other.variable
