"""Calibration: whether tips were shown as often as was stated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, LogLocator, NullLocator, PercentFormatter

from tipbandit_lab.arrays import Floats
from tipbandit_lab.gate.evidence import Evidence
from tipbandit_lab.report import canvas, numbers
from tipbandit_lab.report.palette import MUTED, Line, lines
from tipbandit_lab.report.plot import Plot, Table
from tipbandit_lab.report.svg import inline
from tipbandit_lab.tally import BINS

_NAME: Final = "calibration"
_TWO: Final = ("candidate", "incumbent")
_NORMAL: Final = 1.96
"""Two-sided 95 %."""
_APART: Final = 0.008
"""By which the two are moved aside, to either side, so that neither hides the other."""


@dataclass(frozen=True, slots=True)
class Bins:
    """The bins of one player that are not empty, all personas together; every array (N,).

    Attributes:
        bins: which, as ``tables.CALIBRATION`` numbers them.
        pairs: how many pairs of decision and candidate.
        stated: mean stated propensity.
        shown: share that was shown.
        half: half the width of the 95 % interval of that share if what is stated is true.
    """

    bins: Floats
    pairs: Floats
    stated: Floats
    shown: Floats
    half: Floats


def calibration(evidence: Evidence) -> Plot:
    """Return the plot of stated propensities against the shares that were shown, by bin."""
    both = tuple(_bins(evidence, place) for place in (0, 1))
    return Plot(
        _NAME,
        "Propensity calibration",
        takeaway=_takeaway(both[0]),
        how="Pairs of a decision and a candidate tip, in bins of the stated propensity (width 5 %, and 100 %). Above: "
        "the share that was shown; the dotted line is where they agree. Middle: shown minus stated, with the 95 % "
        "range of chance (at most). Below: how many pairs, on a logarithmic scale.",
        svg=_picture(both),
        table=_table(both),
    )


def _bins(evidence: Evidence, player: int) -> Bins:
    found = evidence.calibration
    pairs, stated, variance, shown = (
        each[player].sum(axis=0) for each in (found.candidates, found.propensity, found.variance, found.shown)
    )
    there = np.flatnonzero(pairs)
    pairs = pairs[there]
    half = _NORMAL * np.sqrt(variance[there]) / pairs
    return Bins(there.astype(np.float64), pairs, stated[there] / pairs, shown[there] / pairs, half)


def _picture(both: tuple[Bins, ...]) -> str:
    looks = lines(_TWO)
    top = canvas.key_height(looks) + 26
    with canvas.style():
        drawing = canvas.figure(top + 476)
        edges = ((top, top + 180), (top + 222, top + 322), (top + 364, top + 434))
        panels = [canvas.place(drawing, left=72, top=upper, right=376, bottom=lower) for upper, lower in edges]
        for panel in panels:
            panel.set_xlim(-0.03, 1.03)
        _agreement(panels[0], both, looks)
        _excess(panels[1], both, looks)
        _pairs(panels[2], both, looks)
        panels[2].set_xlabel("stated propensity", labelpad=2)
        canvas.key(drawing, looks)
        return inline(drawing, _NAME, "Share shown against stated propensity, by bin, of candidate and incumbent")


def _agreement(axes: Axes, both: tuple[Bins, ...], looks: Mapping[str, Line]) -> None:
    axes.plot((0, 1), (0, 1), color=MUTED.light, linewidth=1.2, linestyle=(0, (1, 2)))
    for look, each in reversed(list(zip(looks.values(), both, strict=True))):
        _dots(axes, look, each.stated, each.shown, each.half)
    canvas.grid(axes)
    axes.set_ylim(-0.05, 1.05)
    canvas.percent(axes.yaxis)
    axes.tick_params(labelbottom=False)
    canvas.heading(axes, "share that was shown")


def _excess(axes: Axes, both: tuple[Bins, ...], looks: Mapping[str, Line]) -> None:
    axes.axhline(0, color=MUTED.light, linewidth=1.2, linestyle=(0, (1, 2)))
    for aside, look, each in zip((-_APART, _APART), looks.values(), both, strict=True):
        _dots(axes, look, each.stated + aside, each.shown - each.stated, each.half)
    axes.margins(y=0.12)
    canvas.grid(axes, ticks=3)
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
    axes.tick_params(labelbottom=False)
    canvas.heading(axes, "shown minus stated, percentage points")


def _pairs(axes: Axes, both: tuple[Bins, ...], looks: Mapping[str, Line]) -> None:
    for aside, look, each in zip((-_APART, _APART), looks.values(), both, strict=True):
        axes.vlines(each.stated + aside, 1, each.pairs, color=look.ink.light, linewidth=2)
        _dots(axes, look, each.stated + aside, each.pairs)
    canvas.grid(axes)
    axes.set_yscale("log")
    axes.set_ylim(1, 4 * max(float(each.pairs.max(initial=1)) for each in both))
    axes.yaxis.set_major_locator(LogLocator(numticks=4))
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.yaxis.set_minor_locator(NullLocator())
    canvas.percent(axes.xaxis)
    canvas.heading(axes, "pairs of decision and candidate")


def _dots(axes: Axes, look: Line, x: Floats, y: Floats, half: Floats | None = None) -> None:
    axes.errorbar(
        x, y, yerr=half, fmt=look.marker, color=look.ink.light, markersize=6, markeredgewidth=0, elinewidth=1.8,
        capsize=0,
    )  # fmt: skip


def _takeaway(candidate: Bins) -> str:
    if not len(candidate.pairs):
        return "The candidate stated no propensities."
    off = np.abs(candidate.shown - candidate.stated)
    outside = int(np.sum(off > candidate.half + np.spacing(1.0)))
    worst = int(np.argmax(off))
    return (
        f"In {numbers.count(candidate.pairs.sum())} pairs the candidate's propensities miss what was shown by "
        f"{numbers.reward(100 * off[worst], 2)} percentage points at most (where "
        f"{numbers.share(candidate.stated[worst])} was stated); {outside} of {len(off)} bins lie outside "
        "the 95 % range of chance."
    )


def _table(both: tuple[Bins, ...]) -> Table:
    rows = [
        (
            name_of(place),
            who,
            numbers.count(pairs),
            numbers.share(stated, 2),
            numbers.share(shown, 2),
            numbers.points(shown - stated),
            f"± {numbers.share(half, 3)}",
        )
        for who, each in zip(_TWO, both, strict=True)
        for place, pairs, stated, shown, half in zip(
            each.bins, each.pairs, each.stated, each.shown, each.half, strict=True
        )
    ]
    columns = ("bin", "policy", "pairs", "stated", "shown", "shown minus stated", "95 % range of chance")
    return Table("Stated propensities and the shares that were shown, all personas and seeds", columns, tuple(rows))


def name_of(place: float) -> str:
    """Return which stated propensities a bin holds."""
    width = BINS - 1
    return "100 %" if place == width else f"{100 * place / width:.0f} to {100 * (place + 1) / width:.0f} %"
