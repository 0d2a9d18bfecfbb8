"""The weights learned: what each policy believes of each feature, and how far its users differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from tipbandit_lab.gate.evidence import Evidence, Weights
from tipbandit_lab.report import canvas, numbers
from tipbandit_lab.report.palette import TEXT, Line, lines
from tipbandit_lab.report.plot import Plot, Table
from tipbandit_lab.report.svg import inline

_NAME: Final = "weights"
_TWO: Final = ("candidate", "incumbent")
_ROW: Final = 42
_NAME_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class Weight:
    """One feature's weight over all users, each persona of the same weight: mean and standard deviation."""

    mean: float
    deviation: float


def weights(evidence: Evidence) -> Plot | None:
    """Return the plot of what the two have learned; None if neither learns weights."""
    found = {role: pooled(evidence.weights.get(evidence.players[place])) for place, role in enumerate(_TWO)}
    features = tuple(dict.fromkeys(name for each in found.values() for name in each))
    if not features:
        return None
    return Plot(
        _NAME,
        "Feature weights",
        takeaway=_takeaway(found),
        how="What one unit of a feature adds to the reward a policy expects, by the end of the run. Dots: mean over "
        "users. Bars: one standard deviation between users, to either side.",
        svg=_picture(found, features),
        table=_table(found, features),
    )


def pooled(learned: Weights | None) -> Mapping[str, Weight]:
    """Return each feature's weight, over the personas that have it."""
    if learned is None:
        return {}
    pairs = zip(learned.features, learned.mean.T, learned.deviation.T, strict=True)
    there = {name: (mean[~np.isnan(mean)], deviation[~np.isnan(mean)]) for name, mean, deviation in pairs}
    return {
        name: Weight(float(mean.mean()), float(np.sqrt(np.mean(deviation**2) + mean.var())))
        for name, (mean, deviation) in there.items()
        if len(mean)
    }


def _picture(found: Mapping[str, Mapping[str, Weight]], features: tuple[str, ...]) -> str:
    looks = lines(_TWO)
    top = canvas.key_height(looks) + 30
    with canvas.style():
        drawing = canvas.figure(top + _ROW * len(features) + 38)
        axes = canvas.place(drawing, left=6, top=top, right=394, bottom=top + _ROW * len(features))
        for place, name in enumerate(features):
            axes.annotate(
                canvas.short(name, _NAME_LENGTH), (0, place - 0.26), xycoords=("axes fraction", "data"), va="center"
            )
            axes.vlines(0, place + canvas.UNDER, place + canvas.NEXT, color=TEXT.light, linewidth=1.2, zorder=1)
            for down, (role, look) in zip((0.07, 0.32), looks.items(), strict=True):
                if name in found[role]:
                    _bar(axes, place + down, found[role][name], look)
        axes.margins(x=0.04)
        canvas.by_row(axes, len(features))
        canvas.heading(axes, "weight, in reward per unit of the feature")
        canvas.key(drawing, looks)
        return inline(drawing, _NAME, "Learned weight of each feature, of candidate and incumbent")


def _bar(axes: Axes, height: float, weight: Weight, look: Line) -> None:
    axes.errorbar(
        weight.mean, height, xerr=weight.deviation, fmt=look.marker, color=look.ink.light, markersize=7,
        markeredgewidth=0, elinewidth=2, zorder=2,
    )  # fmt: skip


def _takeaway(found: Mapping[str, Mapping[str, Weight]]) -> str:
    sentences = []
    for role, each in found.items():
        if each:
            name, weight = max(each.items(), key=lambda pair: abs(pair[1].mean))
            sentences.append(f"the {role}'s strongest weight is that of {name} ({numbers.change(weight.mean, 3)})")
    here, there = found.values()
    if shared := [name for name in here if name in there]:
        most = max(shared, key=lambda name: abs(here[name].mean - there[name].mean))
        apart = numbers.change(here[most].mean - there[most].mean, 3)
        sentences.append(f"of the {len(shared)} they share {most} differs most ({apart})")
    text = "; ".join(sentences)
    return f"{text[0].upper()}{text[1:]}."


def _table(found: Mapping[str, Mapping[str, Weight]], features: tuple[str, ...]) -> Table:
    rows = tuple((name, *(_cell(found[role].get(name)) for role in _TWO)) for name in features)
    return Table("Mean weight ± standard deviation between users", ("feature", *_TWO), rows)


def _cell(weight: Weight | None) -> str:
    return numbers.NONE if weight is None else numbers.give_or_take(weight.mean, weight.deviation, 3)
