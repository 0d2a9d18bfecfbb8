"""Learning curves: what each player earns by day."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes

from tipbandit_lab.arrays import Floats
from tipbandit_lab.gate.evidence import Evidence
from tipbandit_lab.report import canvas, numbers
from tipbandit_lab.report.palette import lines, roles
from tipbandit_lab.report.plot import Band, Plot, Table, band
from tipbandit_lab.report.svg import inline

_NAME: Final = "curves"
_LATE_DAYS: Final = 7
_COMPARED: Final = (0, 1)
"""The first is solid, the second dashed: where they coincide both show."""


def curves(evidence: Evidence) -> Plot:
    """Return the plot of the mean expected reward by day, of everyone who played."""
    return Plot(
        _NAME,
        "Learning curves",
        takeaway=_takeaway(evidence),
        how="Mean over personas, each of the same weight. Bands: 95 % intervals over seeds.",
        svg=_picture(evidence),
        table=_table(evidence),
    )


def draw(axes: Axes, evidence: Evidence) -> None:
    """Draw one line with its band for each player, the two that are compared on top."""
    looks = lines(roles(evidence)).values()
    days = evidence.days + 1
    for place, (look, each) in enumerate(zip(looks, _bands(evidence), strict=True)):
        axes.fill_between(days, each.low, each.high, color=look.ink.light, alpha=0.18, linewidth=0)
        axes.plot(days, each.mean, **canvas.stroke(look, len(days), place), zorder=3 if place in _COMPARED else 2)
    canvas.by_day(axes, len(days))
    canvas.grid(axes)


def _picture(evidence: Evidence) -> str:
    looks = lines(roles(evidence))
    top = canvas.key_height(looks) + 26
    with canvas.style():
        drawing = canvas.figure(top + 232)
        axes = canvas.place(drawing, left=46, top=top, right=396, bottom=top + 190)
        draw(axes, evidence)
        canvas.heading(axes, "expected reward per decision")
        canvas.key(drawing, looks)
        return inline(drawing, _NAME, "Mean expected reward per decision by day: one line for each player")


def _table(evidence: Evidence) -> Table:
    cells = [
        [numbers.give_or_take(mean, half) for mean, half in zip(each.mean, each.half, strict=True)]
        for each in _bands(evidence)
    ]
    return Table(
        "Expected reward per decision, ± half the width of the 95 % interval over seeds",
        ("day", *roles(evidence)),
        tuple(zip(map(str, evidence.days + 1), *cells, strict=True)),
    )


def _bands(evidence: Evidence) -> tuple[Band, ...]:
    return tuple(band(each) for each in evidence.curves)


def _takeaway(evidence: Evidence) -> str:
    late = _late(evidence)
    oracle, random = (late[evidence.players.index(name)] for name in ("oracle", "random"))
    reached = [numbers.share((late[place] - random) / (oracle - random), 0) for place in (0, 1)]
    days = min(_LATE_DAYS, len(evidence.days))
    when = f"In the last {days} days" if days > 1 else "On the last day"
    return (
        f"{when} the candidate earns {numbers.reward(late[0])} a decision and the incumbent "
        f"{numbers.reward(late[1])}: {reached[0]} and {reached[1]} of the way from random choice to the oracle."
    )


def _late(evidence: Evidence) -> Floats:
    late: Floats = np.mean(evidence.curves[:, -_LATE_DAYS:], axis=(1, 2))
    return late
