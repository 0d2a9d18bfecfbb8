"""What runs from day to day: lines with their bands, and bars of what came of each day's decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import altair as alt

from tipbandit_lab.analytics.drawing import TEXT_SIZE, Picture, coloured, ink, keyed, looks, stacked, values

_PADDING: Final = {"left": 4, "right": 14, "top": 4, "bottom": 6}
_WIDTH: Final = 330
_HEIGHT: Final = 210
_NOON: Final = "{}T12:00:00Z"
_BAR: Final = ("{}T01:30:00Z", "{}T22:30:00Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A group's number on a day."""

    day: date
    group: str
    value: float
    low: float | None = None
    high: float | None = None


def by_day(points: Sequence[Point], names: Sequence[str], what: str) -> Picture:
    """Return lines by day with their bands, one for each name."""
    drawn = looks(names)
    rows = [
        {"day": _NOON.format(each.day), "group": each.group, "value": each.value, "low": each.low, "high": each.high}
        for each in points
        if each.group in drawn
    ]
    told = keyed(drawn)
    base = alt.Chart(values(rows), width=_WIDTH, height=_HEIGHT)
    day = _days([each.day for each in points])
    reward = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5))
    band = base.transform_filter("isValid(datum.low)").mark_area(opacity=0.18, line=False)
    bands = band.encode(x=day, y=alt.Y("low:Q", title=None), y2="high:Q", color=told["color"])
    lines = (
        base.transform_filter(alt.datum.group == name)
        .mark_line(strokeWidth=2.2, strokeDash=list(look.dash))
        .encode(x=day, y=reward, color=told["color"])
        for name, look in drawn.items()
    )
    dots = base.mark_point(size=46, filled=True, opacity=1).encode(
        x=day, y=reward, color=told["color"], shape=told["shape"]
    )
    return alt.layer(bands, *lines, dots, title=_heading(what), padding=_PADDING)


def stacked_by_day(counts: Mapping[date, Mapping[str, float]], inks: Mapping[str, str], what: str) -> Picture:
    """Return a bar for each day, of segments that are coloured by name."""
    start, end = _BAR
    rows = [
        {"from": start.format(day), "to": end.format(day), "low": low, "high": high, "group": name}
        for day, of_day in counts.items()
        for name, low, high in stacked(of_day, inks)
    ]
    count = alt.Y("low:Q", title=None, axis=alt.Axis(tickCount=5, format=",d"))
    bars = (
        alt.Chart(values(rows), width=_WIDTH, height=_HEIGHT)
        .mark_rect()
        .encode(x=_days(list(counts), "from"), x2="to:T", y=count, y2="high:Q", color=coloured(inks, rows))
    )
    return alt.layer(bars, title=_heading(what), padding=_PADDING)


def _days(days: Sequence[date], field: str = "day") -> alt.X:
    """The axis of days: at most six are named, each once."""
    apart = (max(days) - min(days)).days if days else 0
    every = -(-(apart + 1) // 6)
    named = sorted({day for day in days if (day - min(days)).days % every == 0})
    axis = alt.Axis(
        format="%-d %b",
        values=[_NOON.format(day) for day in named],
        grid=False,
        labelOverlap=True,
        labelFlush=False,
        labelPadding=10,
    )
    return alt.X(f"{field}:T", title=None, axis=axis, scale=alt.Scale(type="utc"))


def _heading(what: str) -> alt.TitleParams:
    return alt.TitleParams(
        what, anchor="start", frame="bounds", fontSize=TEXT_SIZE, fontWeight="normal", color=ink("muted"), offset=8
    )
