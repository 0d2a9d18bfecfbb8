"""Figures for a page: legible at the width of a phone, without names that stand on end.

One unit of a figure is one CSS pixel of a picture 400 pixels wide; on a phone of 360 it is about 0.82.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from tipbandit_lab.report.palette import MUTED, RULE, TEXT, Line

WIDTH: Final = 400
UNIT: Final = 1 / 72
"""Inches."""
TEXT_SIZE: Final = 13.6
KEY_ROW: Final = 21
UNDER: Final = 0.0
"""Of a row: where its marks begin, below its name."""
NEXT: Final = 0.46
"""Of a row: where its marks end and the next begins."""
_EDGE: Final = 0.065
_LONG: Final = 11
"""Characters of a name of which no three fit beside each other."""

_STYLE: Final[dict[Any, Any]] = {
    "axes.edgecolor": MUTED.light,
    "axes.labelcolor": MUTED.light,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "DejaVu Sans",
    "font.size": TEXT_SIZE,
    "legend.fontsize": TEXT_SIZE,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "tipbandit",
    "text.color": TEXT.light,
    "text.parse_math": False,  # names may hold a dollar sign
    "xtick.color": MUTED.light,
    "ytick.color": MUTED.light,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw as the report does, whatever the caller's Matplotlib is configured to."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure of this size in units."""
    return Figure(figsize=(width * UNIT, height * UNIT))


def place(drawing: Figure, *, left: float, top: float, right: float, bottom: float) -> Axes:
    """Return new axes with these edges, in units from the top left."""
    width, height = (side / UNIT for side in drawing.get_size_inches())
    return drawing.add_axes((left / width, 1 - bottom / height, (right - left) / width, (bottom - top) / height))


def heading(axes: Axes, text: str, *, left: float = 1, above: float = 10) -> None:
    """Say above the axes, so many units from the figure's left, what runs upwards in them."""
    axes.annotate(
        text, (left, 1), (0, above), xycoords=("figure points", "axes fraction"), textcoords="offset points",
        color=MUTED.light, annotation_clip=False,
    )  # fmt: skip


def grid(axes: Axes, axis: str = "y", ticks: int = 4) -> None:
    """Draw a few quiet lines at round numbers."""
    chosen = axes.yaxis if axis == "y" else axes.xaxis
    chosen.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    chosen.grid(visible=True, color=RULE.light, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", length=0, pad=5)


def by_day(axes: Axes, days: int, ticks: int = 6) -> None:
    """Let the horizontal axis be days, counted from 1."""
    axes.set_xlim(1 - 0.02 * days, days + 0.02 * days)
    axes.xaxis.set_major_locator(MaxNLocator(ticks, integer=True, min_n_ticks=1))
    axes.set_xlabel("day", labelpad=2)


def by_row(axes: Axes, rows: int) -> None:
    """Let the vertical axis be rows 0, 1, ... from the top, names above their marks: no line runs through a name."""
    axes.set_ylim(rows - 1 + NEXT, -1 + NEXT)
    grid(axes, "x", ticks=5)
    axes.grid(visible=False)
    low, high = axes.get_xlim()
    room = _EDGE * (high - low)  # a label at the very edge would be cut off
    ticks = [tick for tick in axes.get_xticks() if low + room <= tick <= high - room]
    axes.set_xticks(ticks)
    for row in range(rows):
        axes.vlines(ticks, row + UNDER, row + NEXT, color=RULE.light, linewidth=1, zorder=0)
    axes.set_xlim(low, high)
    axes.spines["left"].set_visible(False)
    axes.yaxis.set_visible(False)


def percent(axis: Axis) -> None:
    """Let an axis of shares be read in percent."""
    axis.set_major_formatter(PercentFormatter(1, symbol=" %"))


def stroke(line: Line, points: int, place: int = 0) -> dict[str, Any]:
    """Return how to draw a line of so many points: markers on a few of them, at other points for each ``place``."""
    every = max(1, points // 6)
    return {
        "color": line.ink.light,
        "linestyle": line.dash,
        "linewidth": line.width,
        "marker": line.marker,
        "markersize": 6,
        "markeredgewidth": 0,
        "markevery": (place * every // 6 % every, every),
    }


def key_height(looks: Mapping[str, Line]) -> float:
    """Return how much room the key needs."""
    return KEY_ROW * -(-len(looks) // _key_columns(looks)) + 4


def key(drawing: Figure, looks: Mapping[str, Line], *, left: float = 0, top: float = 0) -> None:
    """Write which line is whose, row by row, so many units from the top left of a figure."""
    width, height = (side / UNIT for side in drawing.get_size_inches())
    handles = [Line2D([], [], label=short(name, 16), **stroke(look, 1)) for name, look in looks.items()]
    columns = _key_columns(looks)
    by_row = [handles[place] for column in range(columns) for place in range(column, len(handles), columns)]
    drawing.legend(
        handles=by_row, loc="upper left", bbox_to_anchor=(left / width, 1 - top / height), ncols=columns, borderpad=0,
        borderaxespad=0.25, handlelength=2.4, handletextpad=0.5, columnspacing=1.3, labelspacing=0.4,
    )  # fmt: skip


def short(name: str, most: int) -> str:
    """Return a name of at most so many characters."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _key_columns(looks: Mapping[str, Line]) -> int:
    return min(len(looks), 2 if any(len(name) > _LONG for name in looks) else 3)
