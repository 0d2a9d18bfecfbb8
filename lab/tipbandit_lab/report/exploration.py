"""How much is explored, by day."""

from typing import Final

from tipbandit_lab.gate.evidence import Evidence
from tipbandit_lab.report import canvas, numbers
from tipbandit_lab.report.palette import lines
from tipbandit_lab.report.plot import Plot, Table
from tipbandit_lab.report.svg import inline

_NAME: Final = "exploration"
_TWO: Final = ("candidate", "incumbent")


def exploration(evidence: Evidence) -> Plot:
    """Return the plot of the share of decisions that showed another tip than the best, by day."""
    shares = evidence.exploration[:2]
    columns = zip(evidence.days + 1, *shares, strict=True)
    rows = tuple((str(day), *(numbers.share(each, 2) for each in both)) for day, *both in columns)
    changes = [f"{numbers.share(each[0])} to {numbers.share(each[-1])}" for each in shares]
    return Plot(
        _NAME,
        "Exploration",
        takeaway=f"From the first day to the last the candidate's share of explored decisions goes from {changes[0]}, "
        f"the incumbent's from {changes[1]}.",
        how="Decisions that showed a tip the policy did not think best. Mean over personas and seeds.",
        svg=_picture(evidence),
        table=Table("Share of decisions that explored", ("day", *_TWO), rows),
    )


def _picture(evidence: Evidence) -> str:
    looks = lines(_TWO)
    days = evidence.days + 1
    top = canvas.key_height(looks) + 26
    with canvas.style():
        drawing = canvas.figure(top + 192)
        axes = canvas.place(drawing, left=62, top=top, right=396, bottom=top + 150)
        for place, (look, each) in enumerate(zip(looks.values(), evidence.exploration, strict=False)):
            axes.plot(days, each, **canvas.stroke(look, len(days), 3 * place))
        canvas.by_day(axes, len(days))
        canvas.grid(axes)
        axes.set_ylim(0, max(0.01, 1.15 * float(evidence.exploration[:2].max())))
        canvas.percent(axes.yaxis)
        canvas.heading(axes, "share of decisions that explored")
        canvas.key(drawing, looks)
        return inline(drawing, _NAME, "Share of decisions that explored, by day, of candidate and incumbent")
