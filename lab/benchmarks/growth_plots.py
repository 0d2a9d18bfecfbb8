"""The curves as pictures: time on the left, dollars on the right. The same points give the same bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from benchmarks.growth_curves import Point

_SCORE: Final = ("#0072B2", "o", "-")
_REWARD: Final = ("#D55E00", "s", "--")
"""Told apart by the colour-blind too (Okabe and Ito), and without colour."""
_STYLE: Final[dict[Any, Any]] = {"svg.hashsalt": "tipbandit", "svg.fonttype": "none", "font.size": 10}


@dataclass(frozen=True, slots=True)
class Picture:
    """How a curve is drawn: what its axis says, and which axes are logarithmic."""

    label: str
    x_log: bool
    y_log: bool


PICTURES: Final[Mapping[str, Picture]] = {
    "candidates": Picture("candidates, K", x_log=False, y_log=False),
    "dimensions": Picture("features, D", x_log=True, y_log=True),
    "rewards": Picture("rewards a user was given", x_log=True, y_log=False),
    "remembered": Picture("decisions remembered (+1)", x_log=True, y_log=True),
}


def draw(name: str, points: Sequence[Point], directory: Path) -> Path:
    """Draw a curve into ``growth-NAME.svg``."""
    picture = PICTURES[name]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9, 3.2), layout="constrained")
        time, money = figure.subplots(1, 2)
        x = [point.x + (name == "remembered") for point in points]
        _panel(time, x, [(point.score.cpu_us / 1000, point.reward.cpu_us / 1000) for point in points], picture)
        _panel(money, x, [point.dollars() for point in points], picture)
        time.set_ylabel("CPU of a call, ms")
        money.set_ylabel("dollars a million calls")
        time.legend(frameon=False)
        path = directory / f"growth-{name}.svg"
        figure.savefig(path, metadata={"Date": None, "Creator": None})
    return path


def _panel(axes: Axes, x: Sequence[float], pairs: Sequence[tuple[float, float]], picture: Picture) -> None:
    for column, (label, (colour, marker, line)) in enumerate((("/score", _SCORE), ("/reward", _REWARD))):
        axes.plot(x, [pair[column] for pair in pairs], line, color=colour, marker=marker, markersize=4, label=label)
    axes.set_xlabel(picture.label)
    if picture.x_log:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,g}")
    if picture.y_log:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
    else:
        axes.set_ylim(bottom=0)
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
