"""Regret: what each persona's users have missed of what an oracle would have shown them."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes

from tipbandit_lab.arrays import Floats
from tipbandit_lab.gate.evidence import Evidence
from tipbandit_lab.gate.record import Record
from tipbandit_lab.report import canvas, numbers
from tipbandit_lab.report.palette import lines
from tipbandit_lab.report.plot import Plot, Table, band
from tipbandit_lab.report.svg import inline

_NAME: Final = "regret"
_COLUMNS: Final = 2
_PANEL: Final = 128


def regret(record: Record, evidence: Evidence) -> Plot:
    """Return the plot of the cumulative regret by persona, a small panel for each."""
    missed = cumulative(evidence, moments_a_day(record))
    return Plot(
        _NAME,
        "Cumulative regret by persona",
        takeaway=_takeaway(evidence, missed),
        how="What one user has missed so far: the oracle's expected reward minus that of what was shown, summed over "
        "decisions; lower is better. Bands: 95 % intervals over seeds.",
        svg=_picture(evidence, missed),
        table=_table(evidence, missed),
    )


def moments_a_day(record: Record) -> float:
    """Return how many decisions one user makes a day; 1, so that sums are of daily means, if the run does not say."""
    setting = record.config.get("setting") or {}
    return float(setting.get("moments_a_day", 1))


def cumulative(evidence: Evidence, decisions_a_day: float) -> Floats:
    """Return the regret of the candidate and the incumbent by the end of each day, for one user: (2, G, S, D)."""
    oracle = evidence.expected[evidence.players.index("oracle")]
    missed: Floats = np.cumsum(oracle - evidence.expected[:2], axis=-1) * decisions_a_day
    return missed


def _picture(evidence: Evidence, missed: Floats) -> str:
    looks = lines(("candidate", "incumbent"))
    rows = -(-len(evidence.personas) // _COLUMNS)
    top = canvas.key_height(looks) + 30
    with canvas.style():
        drawing = canvas.figure(top + _PANEL * rows + 18)
        for place in range(len(evidence.personas)):
            row, column = divmod(place, _COLUMNS)
            left, upper = 40 + 184 * column, top + 22 + _PANEL * row
            axes = canvas.place(drawing, left=left, top=upper, right=left + 164, bottom=upper + _PANEL - 46)
            _panel(axes, evidence, missed, place)
            if column:
                axes.tick_params(labelleft=False)
            if place == 0:
                canvas.heading(axes, "reward missed by one user so far", above=32)
            if place + _COLUMNS >= len(evidence.personas):
                axes.set_xlabel("day", labelpad=1)
        canvas.key(drawing, looks)
        return inline(drawing, _NAME, "Cumulative regret by day, a panel for each persona")


def _panel(axes: Axes, evidence: Evidence, missed: Floats, persona: int) -> None:
    days = evidence.days + 1
    for place, look in enumerate(lines(("candidate", "incumbent")).values()):
        each = band(missed[place, persona].T)
        axes.fill_between(days, each.low, each.high, color=look.ink.light, alpha=0.2, linewidth=0)
        axes.plot(days, each.mean, **canvas.stroke(look, len(days), 3 * place))
    canvas.by_day(axes, len(days), ticks=3)
    axes.set_xlabel("")
    canvas.grid(axes, ticks=3)
    axes.set_ylim(min(0.0, float(missed.min())), 1.04 * float(missed.max()))
    axes.set_title(canvas.short(evidence.personas[persona], 19), loc="left", fontsize=canvas.TEXT_SIZE, pad=6)


def _takeaway(evidence: Evidence, missed: Floats) -> str:
    ends = missed[..., -1].mean(axis=-1)
    less = int(np.sum(ends[0] < ends[1]))
    most = int(np.argmax(ends[0]))
    change = ends[0].mean() / ends[1].mean() - 1 if ends[1].mean() else np.nan
    return (
        f"By the end the candidate has missed less than the incumbent for {less} of {len(evidence.personas)} personas, "
        f"{numbers.signed_share(change)} overall; most is left to gain for {evidence.personas[most]}."
    )


def _table(evidence: Evidence, missed: Floats) -> Table:
    ends = [band(each) for each in (*missed[..., -1], missed[0, ..., -1] - missed[1, ..., -1])]
    cells = [[numbers.give_or_take(m, h, 2) for m, h in zip(each.mean, each.half, strict=True)] for each in ends]
    return Table(
        "Reward missed by one user by the last day, ± half the width of the 95 % interval over seeds",
        ("persona", "candidate", "incumbent", "candidate minus incumbent"),
        tuple(zip(evidence.personas, *cells, strict=True)),
    )
