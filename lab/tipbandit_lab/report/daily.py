"""The advantage day by day: whether it is there from the start, and whether it lasts."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.evidence import Evidence
from tipbandit_lab.gate.record import Record
from tipbandit_lab.report import canvas, numbers
from tipbandit_lab.report.palette import CANDIDATE, FAILED, RULE, TEXT
from tipbandit_lab.report.plot import Band, Plot, Table, band
from tipbandit_lab.report.svg import inline

_NAME: Final = "daily"


def daily(record: Record, evidence: Evidence) -> Plot:
    """Return the plot of the difference between the two by day."""
    found = _band(evidence)
    margin, cold = record.criteria.margin, record.criteria.cold_days
    return Plot(
        _NAME,
        "Advantage by day",
        takeaway=_takeaway(found),
        how=f"Candidate minus incumbent, paired by seed; mean over personas. Band: 95 % interval over seeds. The "
        f"first {cold} days, shaded, are those in which users count as cold. The dashed line, "
        f"{numbers.change(-margin, 2)}, is the loss that counts as harm.",
        svg=_picture(evidence, record.criteria),
        table=_table(evidence, found),
    )


def draw(axes: Axes, evidence: Evidence, criteria: Criteria) -> None:
    """Draw the difference with its band, the days that count as cold, and the loss that counts as harm."""
    found, days = _band(evidence), evidence.days + 1
    axes.axvspan(0.5, min(criteria.cold_days, len(days)) + 0.5, color=RULE.light, alpha=0.45, linewidth=0)
    axes.axhline(0, color=TEXT.light, linewidth=1.2)
    axes.axhline(-criteria.margin, color=FAILED.light, linewidth=1.5, linestyle=(0, (4, 3)))
    axes.fill_between(days, found.low, found.high, color=CANDIDATE.light, alpha=0.22, linewidth=0)
    axes.plot(days, found.mean, color=CANDIDATE.light, linewidth=2.4, marker="o", markersize=5, markeredgewidth=0)
    canvas.by_day(axes, len(days))
    canvas.grid(axes)


def _picture(evidence: Evidence, criteria: Criteria) -> str:
    with canvas.style():
        drawing = canvas.figure(240)
        axes = canvas.place(drawing, left=58, top=26, right=396, bottom=198)
        draw(axes, evidence, criteria)
        canvas.heading(axes, "difference in reward per decision")
        return inline(drawing, _NAME, "Candidate minus incumbent by day")


def _band(evidence: Evidence) -> Band:
    return band(evidence.differences.mean(axis=0).T)


def _takeaway(found: Band) -> str:
    days = len(found.mean)
    better, worse = int(np.sum(found.low > 0)), int(np.sum(found.high < 0))
    least, most = int(np.argmin(found.mean)), int(np.argmax(found.mean))
    return (
        f"The candidate is significantly ahead on {better} of {days} days and behind on {worse}; its best day is day "
        f"{most + 1} ({numbers.change(found.mean[most])}), its worst day {least + 1} "
        f"({numbers.change(found.mean[least])})."
    )


def _table(evidence: Evidence, found: Band) -> Table:
    columns = zip(evidence.days + 1, found.mean, found.low, found.high, strict=True)
    rows = tuple((str(day), numbers.change(mean), numbers.between(low, high)) for day, mean, low, high in columns)
    return Table("Difference in expected reward per decision", ("day", "difference", "95 % interval"), rows)
