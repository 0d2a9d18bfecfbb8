"""What a plot is in the report: a picture, the sentence to take from it, and the numbers behind it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tipbandit_lab.arrays import Floats
from tipbandit_lab.gate.statistics import student

CONFIDENCE = 0.95
"""Of every band over seeds, unless the text beside it says otherwise."""


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers as text: the first column names its row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot of the page.

    Attributes:
        name: its anchor, unique in the page.
        title: its heading.
        takeaway: what it shows, in one sentence computed from the data.
        how: how to read it: axes, units, bands.
        svg: the picture as markup.
        table: the numbers behind it.
    """

    name: str
    title: str
    takeaway: str
    how: str
    svg: str
    table: Table


@dataclass(frozen=True, slots=True)
class Band:
    """Means over seeds with their interval, each (N,); the bounds are NaN where one seed leaves them open."""

    mean: Floats
    low: Floats
    high: Floats

    @property
    def half(self) -> Floats:
        """Half the width, (N,)."""
        half: Floats = (self.high - self.low) / 2
        return half


def band(x: Floats, alpha: float = 1 - CONFIDENCE) -> Band:
    """Return the mean over seeds of each row, with Student's interval; ``x`` has shape (N, S)."""
    found = [student(row, alpha) for row in x]
    bounds = np.array([(each.mean, each.low, each.high) for each in found]).reshape(-1, 3)
    return Band(*np.where(np.isfinite(bounds), bounds, np.nan).T)


def listing(names: Iterable[str]) -> str:
    """Return names as a sentence has them: "a, b and c"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
