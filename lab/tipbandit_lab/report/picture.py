"""One picture of a decision, for pages that cannot hold the report."""

from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.evidence import Evidence
from tipbandit_lab.gate.findings import judge
from tipbandit_lab.gate.looks import look
from tipbandit_lab.gate.record import Measure
from tipbandit_lab.report import canvas, curves, daily, forest
from tipbandit_lab.report.palette import lines, roles

_PIXELS: Final = 1200
_WIDTH: Final = 840
_RIGHT: Final = 440
"""Where the right half begins."""
_TOP: Final = 40
"""Below the title."""
_ROW: Final = 34
_LEAST: Final = 400
_DAILY: Final = 0.36
"""Of the height, for the advantage by day."""


def draw(path: Path, evidence: Evidence, criteria: Criteria | None = None) -> None:
    """Write a PNG, 1200 pixels wide on a light background: learning curves, and the advantage by day and by group.

    Args:
        path: of the file; its directory must exist.
        evidence: what to show, with the intervals of a first look.
        criteria: the thresholds; the gate's own by default.
    """
    asked = criteria or Criteria()
    rows = forest.measured(judge(evidence, asked, look(asked, 1)))
    height = max(_ROW * len(rows), _LEAST) + _TOP + 66
    with canvas.style():
        drawing = canvas.figure(height, _WIDTH)
        title = (
            f"{canvas.short(evidence.candidate, 28)} (candidate), {canvas.short(evidence.incumbent, 28)} (incumbent)"
        )
        drawing.text(4 / _WIDTH, 1 - 20 / height, title, fontsize=1.2 * canvas.TEXT_SIZE, fontweight="bold")
        _left(drawing, evidence, asked, height)
        _right(drawing, rows, asked, height)
        drawing.savefig(
            path, format="png", dpi=_PIXELS / (_WIDTH * canvas.UNIT), facecolor="white", metadata={"Software": None}
        )


def _left(drawing: Figure, evidence: Evidence, criteria: Criteria, height: float) -> None:
    looks = lines(roles(evidence))
    top = _TOP + canvas.key_height(looks) + 26
    middle = height * (1 - _DAILY)
    upper = canvas.place(drawing, left=58, top=top, right=396, bottom=middle - 44)
    curves.draw(upper, evidence)
    canvas.heading(upper, "expected reward per decision", left=4)
    canvas.key(drawing, looks, left=2, top=_TOP)
    lower = canvas.place(drawing, left=58, top=middle + 22, right=396, bottom=height - 38)
    daily.draw(lower, evidence, criteria)
    canvas.heading(lower, "candidate minus incumbent", left=4)


def _right(drawing: Figure, rows: tuple[Measure, ...], criteria: Criteria, height: float) -> None:
    axes = canvas.place(drawing, left=_RIGHT, top=_TOP + 28, right=_WIDTH - 8, bottom=height - 38)
    forest.draw(axes, rows, criteria.margin)
    canvas.heading(axes, "candidate minus incumbent, per decision", left=_RIGHT)
