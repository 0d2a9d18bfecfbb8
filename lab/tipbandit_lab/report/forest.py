"""The advantage for each group that the gate asks about: a row each, with its interval."""

from dataclasses import replace
from typing import Any, Final

from matplotlib.axes import Axes

from tipbandit_lab.gate.record import Finding, Measure, Record
from tipbandit_lab.report import canvas, numbers
from tipbandit_lab.report.palette import CANDIDATE, FAILED, TEXT
from tipbandit_lab.report.plot import Plot, Table, listing
from tipbandit_lab.report.svg import inline

ROW: Final = 42
_NAME: Final = "advantage"
_NAME_LENGTH: Final = 33
_OVERALL: Final = "everybody"


def forest(record: Record) -> Plot:
    """Return the plot of every difference the gate decided by, with its interval and its threshold."""
    rows = measured(record.findings)
    margin = record.criteria.margin
    floor = numbers.change(-margin, 2)
    return Plot(
        _NAME,
        "Advantage by group",
        takeaway=_takeaway(rows),
        how=f"Candidate minus incumbent, paired by seed. A dot is as the gate asks, a cross is not. The solid "
        f"line is no difference; the dashed one, {floor}, is the loss that counts as harm.",
        svg=_picture(rows, margin),
        table=_table(rows, record.bootstrap),
    )


def measured(findings: tuple[Finding, ...]) -> tuple[Measure, ...]:
    """Return all differences with an interval that the gate decided by, the overall one first."""
    found = (each for found in findings for each in found.measures if each.confidence is not None)
    return tuple(replace(each, name=_OVERALL) if each.name == "advantage" else each for each in found)


def draw(axes: Axes, rows: tuple[Measure, ...], margin: float) -> None:
    """Draw a row for each measure: its name and number, and below them its interval."""
    ends = [x for each in rows for x in (each.value, each.low, each.high) if x is not None]
    least, most = min(-1.2 * margin, *ends), max(0.2 * margin, *ends)
    room = 0.03 * (most - least)
    axes.set_xlim(least - room, most + room)
    canvas.by_row(axes, len(rows))
    for place, each in enumerate(rows):
        low, high = place + canvas.UNDER, place + canvas.NEXT
        axes.vlines(0, low, high, color=TEXT.light, linewidth=1.2, zorder=1)
        axes.vlines(-margin, low, high, color=FAILED.light, linewidth=1.5, linestyle=(0, (3, 2)), zorder=1)
        _row(axes, place, each)


def _row(axes: Axes, place: int, each: Measure) -> None:
    colour = CANDIDATE.light if each.passed else FAILED.light
    said: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "verticalalignment": "center"}
    axes.annotate(canvas.short(each.name, _NAME_LENGTH), (0, place - 0.22), **said)
    axes.annotate(numbers.change(each.value), (1, place - 0.22), **said, horizontalalignment="right", color=colour)
    low, high = axes.get_xlim()
    ends = (low if each.low is None else each.low, high if each.high is None else each.high)
    axes.plot(ends, (place + 0.22, place + 0.22), color=colour, linewidth=2.6, solid_capstyle="butt", zorder=2)
    if each.value is not None:
        marker, size = ("o", 8) if each.passed else ("X", 10)
        axes.plot(each.value, place + 0.22, color=colour, markeredgewidth=0, marker=marker, markersize=size, zorder=3)


def _picture(rows: tuple[Measure, ...], margin: float) -> str:
    with canvas.style():
        drawing = canvas.figure(ROW * len(rows) + 64)
        axes = canvas.place(drawing, left=6, top=28, right=394, bottom=ROW * len(rows) + 28)
        draw(axes, rows, margin)
        canvas.heading(axes, "difference in reward per decision", above=13)
        return inline(drawing, _NAME, "Advantage of the candidate over the incumbent: overall and for each group")


def _takeaway(rows: tuple[Measure, ...]) -> str:
    first = rows[0]
    better = sum(1 for each in rows[1:] if each.low is not None and each.low > 0)
    worse = [each.name for each in rows[1:] if each.high is not None and each.high < 0]
    bounds = "" if first.low is None else f" ({numbers.between(first.low, first.high)})"
    lost = f"it is significantly worse for {listing(worse)}" if worse else "it is significantly worse for none"
    return (
        f"For everybody together the candidate's advantage is {numbers.change(first.value)} a decision{bounds}; of "
        f"{len(rows) - 1} groups it is significantly better for {better}, and {lost}."
    )


def _table(rows: tuple[Measure, ...], bootstrap: Measure) -> Table:
    columns = ("group", "difference", "interval", "confidence", "lower end must be above", "result")
    cells = [(*_cells(each), numbers.change(each.threshold), "ok" if each.passed else "failed") for each in rows]
    information = (*_cells(bootstrap), numbers.NONE, "for information")
    return Table("Difference in expected reward per decision", columns, (*cells, information))


def _cells(each: Measure) -> tuple[str, str, str, str]:
    interval = numbers.between(each.low, each.high)
    return each.name, numbers.change(each.value), interval, numbers.share(each.confidence)
