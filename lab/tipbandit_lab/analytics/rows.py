"""What is one row a group: shares of a whole, and numbers with their intervals; names stand above their marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from tipbandit_lab.analytics.drawing import (
    PAPER,
    TEXT_SIZE,
    WIDTH,
    Picture,
    coloured,
    ink,
    keyed,
    looks,
    stacked,
    values,
)
from tipbandit_lab.report.canvas import short

Texts = list[dict[str, Any]]

_EDGE: Final = 5
_NUMBERS: Final = 82
"""Width of the column of numbers, at the right of the marks."""
_WHOLE: Final = WIDTH - 4 * _EDGE
_NAME: Final = 22
_MARK: Final = 24
_GAP: Final = 10
_NAME_LENGTH: Final = 36
_LABELLED: Final = 0.11
"""Share of a row from which a segment is wide enough for its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One number of a row: whose (``group``), what is written at the right, and the interval if there is one."""

    group: str
    said: str
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A name, and the marks below it."""

    name: str
    marks: tuple[Mark, ...]


def shares(counts: Mapping[str, Mapping[str, float]], inks: Mapping[str, str]) -> Picture:
    """Return a bar of full width for each group, of segments that are coloured by name.

    Args:
        counts: of each group, by segment; none of nothing.
        inks: of the segments, in their order.
    """
    names, rows, top = [], [], 0
    for group, of_group in counts.items():
        names.append({"y": top + _NAME / 2, "text": short(group, _NAME_LENGTH)})
        top += _NAME
        rows += [_segment(*each, total=sum(of_group.values()), top=top) for each in stacked(of_group, inks)]
        top += _MARK + _GAP
    for each in rows:
        each["paint"] = ink("ink") if inks[each["group"]] == ink("rule") else PAPER
    base = alt.Chart(values(rows), width=_WHOLE, height=top)
    axis = alt.Axis(format=".0%", tickCount=5, grid=False)
    share = alt.X("low:Q", title=None, axis=axis, scale=alt.Scale(domain=[0, 1]))
    bars = base.mark_rect().encode(x=share, x2="high:Q", y=_down("top", top), y2="bottom:Q", color=coloured(inks, rows))
    said = (
        base.transform_filter(alt.datum.paint == paint)
        .mark_text(baseline="middle", color=paint)
        .encode(x="middle:Q", y=_down("line", top), text="said:N")
        for paint in (PAPER, ink("ink"))
    )
    return alt.layer(bars, *said, _written(names, top), padding=_EDGE)


def forest(rows: Sequence[Row], what: str, groups: Sequence[str], *, zero: bool = False) -> Picture:
    """Return rows of numbers with their intervals.

    Args:
        rows: from the top.
        what: what runs to the right.
        groups: of the marks, in the order of their looks; a key tells them apart where there are several.
        zero: whether nothing is a line of its own, and always in the picture.
    """
    marks, names, said, height = _laid_out(rows)
    told = keyed(looks(groups))
    width = _WHOLE - _NUMBERS
    base = alt.Chart(values(marks), width=width, height=height)
    axis = alt.Axis(tickCount=4, grid=False, ticks=True, tickColor=ink("muted"))
    scale = alt.Scale(zero=zero, nice=True, padding=8)
    line = _down("line", height)
    whiskers = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2.6)
        .encode(x=alt.X("low:Q", title=what, axis=axis, scale=scale), x2="high:Q", y=line, color=told["color"])
    )
    points = base.mark_point(size=80, filled=True, opacity=1).encode(
        x=alt.X("value:Q", title=what, axis=axis, scale=scale), y=line, color=told["color"], shape=told["shape"]
    )
    nothing = alt.Chart(values([{"zero": 0}] if zero else [])).mark_rule(color=ink("ink"), strokeWidth=1.2)
    layers = (nothing.encode(x="zero:Q"), whiskers, points, _written(names, height), _written(said, height, at=width))
    return alt.layer(*(layers if zero else layers[1:]), padding=_EDGE)


def _segment(name: str, start: float, end: float, *, total: float, top: float) -> dict[str, Any]:
    share = (end - start) / total
    return {
        "group": name,
        "low": start / total,
        "middle": (start + end) / 2 / total,
        "high": end / total,
        "top": top,
        "line": top + _MARK / 2,
        "bottom": top + _MARK,
        "said": f"{100 * share:.0f} %" if share >= _LABELLED else "",
    }


def _laid_out(rows: Sequence[Row]) -> tuple[Texts, Texts, Texts, float]:
    """Return marks, names and numbers with their places from the top, and the height of all."""
    marks, names, said, top = [], [], [], 0.0
    for row in rows:
        names.append({"y": top + _NAME / 2, "text": short(row.name, _NAME_LENGTH)})
        top += _NAME
        for mark in row.marks:
            line = top + _MARK / 2
            said.append({"y": line, "text": mark.said})
            place = {"line": line, "group": mark.group, "value": mark.value, "low": mark.low, "high": mark.high}
            marks += [place] if mark.value is not None else []
            top += _MARK
        top += _GAP
    return marks, names, said, top


def _written(texts: Texts, height: float, *, at: float | None = None) -> alt.Chart:
    """Texts at the left, or in the column of numbers, which begins ``at``."""
    x = 0 if at is None else at + _NUMBERS + _EDGE
    chart = alt.Chart(values(texts)).mark_text(
        align="left" if at is None else "right", baseline="middle", fontSize=TEXT_SIZE
    )
    placed: alt.Chart = chart.encode(x=alt.value(x), y=_down("y", height), text="text:N")
    return placed


def _down(field: str, height: float) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, height], reverse=True, nice=False, zero=False))
