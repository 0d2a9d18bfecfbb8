"""The personas for people to look at: a table, and a picture."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich import box
from rich.console import Console
from rich.table import Table

from tipbandit_lab.arrays import Floats
from tipbandit_lab.moments import REACTIONS
from tipbandit_lab.persona_measures import AXES, PLAYERS, SETTING, Axis, Curve, Measures, curves, measured
from tipbandit_lab.personas import Persona, holdout, personas
from tipbandit_lab.world import Setting

COLOURS: Final[Mapping[str, str]] = {
    "completed": "#009E73", "snoozed": "#F0E442", "ignored": "#BBBBBB", "dismissed": "#D55E00"
}  # fmt: skip
"""Told apart by the colour-blind too (Okabe and Ito)."""
LINES: Final = ("#0072B2", "#CC79A7", "#E69F00", "#56B4E9")
STYLES: Final[Mapping[str, str]] = {"weekday": "-", "weekend": ":", "later": "--"}

_WIDTH_IN: Final = 13.0
_ROW_IN: Final = 1.7
_APPEAL: Final = 6.5
_COLUMNS: Final = ("tips shown at random", "appeal of a due time", "of a priority", "of being new")
_UNITS: Final = ("hour of day", "due in, hours", "priority", "age, hours")

Card = tuple[Persona, str, Measures]


def show(console: Console, setting: Setting = SETTING) -> None:
    """Print what each persona wants, what simple players earn with it, and what its profiles say on average."""
    table = Table(title="Personas", caption=_caption(setting), box=box.SIMPLE_HEAD, show_lines=True, padding=(0, 1))
    table.add_column("persona")
    table.add_column("what it wants", ratio=1)
    for name in ("at\nrandom", "most\nurgent", "best\nliked", "com-\npletes", "dis-\nmisses", "looks", "prefers"):
        table.add_column(name, justify="right", no_wrap=True)
    for persona, note, measures in _cards(setting):
        table.add_row(f"[bold]{persona.name}[/bold]{note}", persona.description, *_numbers(measures))
    console.print(table)


def draw(path: Path, setting: Setting = SETTING) -> None:
    """Draw when each persona reacts how, and what appeals to it, as a picture of the format of the path's name."""
    cards = _cards(setting)
    figure = Figure(figsize=(_WIDTH_IN, _ROW_IN * len(cards)), layout="constrained")
    panels = figure.subplots(len(cards), len(_COLUMNS), width_ratios=(1.6, 1.1, 0.8, 1), squeeze=False)
    for row, (persona, note, measures) in zip(panels, cards, strict=True):
        _draw_day(row[0], measures)
        row[0].set_title(f"{persona.title}{note.replace(chr(10), ' ')}", fontsize="medium", loc="left", weight="bold")
        for panel, axis in zip(row[1:], AXES, strict=True):
            _draw_appeal(panel, axis, curves(persona, axis))
        row[1].legend(fontsize="x-small", frameon=False, handlelength=1.6, labelspacing=0.1, ncols=2, loc="upper right")
    for top, bottom, column, unit in zip(panels[0], panels[-1], _COLUMNS, _UNITS, strict=True):
        top.set_title(column, fontsize="medium", loc="right")
        bottom.set_xlabel(unit)
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=len(labels), frameon=False)
    figure.savefig(path, dpi=100)


@cache
def _cards(setting: Setting) -> Sequence[Card]:
    noted = [("", personas()), ("\n(kept back)", holdout())]
    return [(each, note, measured(each, setting)) for note, found in noted for each in found.values()]


def _caption(setting: Setting) -> str:
    return (
        "Left: mean expected reward of tips shown at random, of the most urgent and of what is best liked, over "
        f"{setting.users} users and {setting.days} days. Right: mean profile of the users when these begin."
    )


def _numbers(measures: Measures) -> Iterable[str]:
    yield from (f"{measures.rewards[name]:+.2f}" for name in PLAYERS)
    yield from (_said(value, "{:.0%}") for value in (measures.completion_rate, measures.dismiss_rate))
    yield _said(measures.mean_dwell_s, "{:.0f} s")
    yield _said(measures.preferred_hour, "{:.1f} h")


def _said(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _draw_day(panel: Axes, measures: Measures) -> None:
    below: Floats = np.zeros(len(measures.by_hour))
    hours = np.arange(len(below)) + 0.5
    for name, tips in zip(REACTIONS, measures.by_hour.T, strict=True):
        panel.bar(hours, tips, width=0.95, bottom=below, color=COLOURS[name], label=name)
        below = below + tips
    panel.set_xlim(0, len(below))
    panel.set_xticks(range(0, len(below) + 1, 6))
    panel.set_ylabel("tips a day", fontsize="small")
    panel.tick_params(labelsize="small")


def _draw_appeal(panel: Axes, axis: Axis, drawn: Sequence[Curve]) -> None:
    hours = sorted({curve.hour for curve in drawn})
    for curve in drawn:
        colour = LINES[hours.index(curve.hour) % len(LINES)]
        label = f"{curve.hour:g} h" if curve.when == "weekday" else f"{curve.hour:g} h, {curve.when}"
        panel.plot(axis.values, curve.added, color=colour, linestyle=STYLES[curve.when], label=label)
    panel.axhline(0, color="#888888", linewidth=0.6)
    panel.set_xlim(axis.values[0], axis.values[-1])
    panel.set_ylim(-_APPEAL, _APPEAL)
    panel.set_yticks([-5, 0, 5])
    panel.tick_params(labelsize="small")
