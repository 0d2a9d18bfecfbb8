"""Altair's pictures as elements of a page: its colours, its type, its names for who cannot see them.

One unit of a picture is one CSS pixel where it is ``WIDTH`` wide, as in the report of a decision. Equal pictures give
equal markup; nothing of it needs a network.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET

import altair as alt
import vl_convert

from tipbandit_lab.report.palette import INKS, MUTED, RULE, TEXT, Ink

Picture = alt.LayerChart | alt.FacetChart

WIDTH: Final = 400
TEXT_SIZE: Final = 13.6
PAPER: Final = "#ffffff"
"""Text that stands on a colour is written in the page's own."""
MOST: Final = 6
"""Groups that can be told apart in one picture."""

_PAINT: Final = {ink.light: f"var(--{ink.variable})" for ink in INKS} | {PAPER: "var(--paper)"}
_FONT: Final = "DejaVu Sans"
_KEYED: Final = frozenset({"clip-path", "mask", "filter"})
_DROPPED: Final = frozenset({"font-family", "class", "pointer-events"})
_SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
_DASHES: Final[Sequence[Sequence[float]]] = ([1, 0], [5, 2], [1, 1.5], [6, 2, 1, 2], [3, 1.5], [1, 3])
_GROUP_INKS: Final = ("candidate", "incumbent", "oracle", "urgent", "popular", "random")
_BY_VARIABLE: Final = {ink.variable: ink for ink in INKS}


@dataclass(frozen=True, slots=True)
class Look:
    """How a group is drawn: a colour, a dash and a marker, so that none depends on colour alone."""

    ink: Ink
    dash: Sequence[float]
    shape: str


def ink(variable: str) -> str:
    """Return the light shade of a colour of the page; the page shows its own shade."""
    return _BY_VARIABLE[variable].light


def looks(names: Sequence[str]) -> Mapping[str, Look]:
    """Return how each of these groups is drawn, the first ``MOST`` of them."""
    styles = zip(names, _GROUP_INKS, _DASHES, _SHAPES, strict=False)
    return {name: Look(_BY_VARIABLE[variable], dash, shape) for name, variable, dash, shape in styles}


def keyed(drawn: Mapping[str, Look]) -> dict[str, Any]:
    """Return the encodings that tell groups (the field ``group``) apart, with one key for all of them."""
    legend, names = key(list(drawn)), list(drawn)
    inks = alt.Scale(domain=names, range=[each.ink.light for each in drawn.values()])
    shapes = alt.Scale(domain=names, range=[each.shape for each in drawn.values()])
    return {
        "color": alt.Color("group:N", scale=inks, legend=legend),
        "shape": alt.Shape("group:N", scale=shapes, legend=legend),
    }


def key(names: Sequence[str]) -> alt.Legend | None:
    """Return the key above a picture; none where there is one name."""
    if len(names) <= 1:
        return None
    columns = 2 if any(len(name) > 11 for name in names) else 3  # noqa: PLR2004 - of which no three fit
    return alt.Legend(
        title=None, orient="top", direction="horizontal", columns=columns, symbolSize=110, labelLimit=170, offset=12,
        symbolOpacity=1, columnPadding=14,
    )  # fmt: skip


def coloured(inks: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> alt.Color:
    """Return the colours of segments, the field ``group``, with a key to those that are there."""
    there = {row["group"] for row in rows}
    names = [name for name in inks if name in there]
    scale = alt.Scale(domain=names, range=[inks[name] for name in names])
    return alt.Color("group:N", scale=scale, legend=key(names))


def stacked(counts: Mapping[str, float], order: Iterable[str]) -> Iterator[tuple[str, float, float]]:
    """Yield the segments of a bar: name, start and end."""
    start = 0.0
    for name in order:
        if count := counts.get(name, 0.0):
            yield name, start, start + count
            start += count


def values(rows: Sequence[Mapping[str, Any]]) -> alt.InlineData:
    """Return rows as a picture's own data."""
    return alt.InlineData(values=[dict(row) for row in rows])


def inline(chart: Picture, name: str, title: str) -> str:
    """Return a picture as markup.

    Args:
        chart: what to show; its colours are light shades of the palette.
        name: what its ids begin with: unique in the page.
        title: what it shows, in words.
    """
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    root = ET.fromstring(vl_convert.vegalite_to_svg(_styled(chart).to_dict(), vl_version=version))  # noqa: S314 - written here
    for element in root.iter():
        element.tag = element.tag.partition("}")[2]
        attributes = [_rewritten(key, value, name) for key, value in element.attrib.items() if key not in _DROPPED]
        element.attrib.clear()
        element.attrib.update(attributes)
    for parent in list(root.iter()):
        for child in [each for each in parent if each.tag == "path" and not each.get("d", "").strip()]:
            parent.remove(child)
    heading = ET.Element("title", {"id": f"{name}-title"})
    heading.text = title
    root.insert(0, heading)
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-labelledby": f"{name}-title"}
    return ET.tostring(root, encoding="unicode")


def _rewritten(key: str, value: str, name: str) -> tuple[str, str]:
    if key == "id":
        return key, f"{name}-{value}"
    if key in _KEYED:
        return key, value.replace("url(#", f"url(#{name}-")
    return key, _PAINT.get(value, value)


def _styled(chart: Picture) -> Picture:
    axis = {
        "domainColor": MUTED.light, "gridColor": RULE.light, "labelColor": MUTED.light, "labelFontSize": TEXT_SIZE,
        "ticks": False, "labelPadding": 6, "titleColor": MUTED.light, "titleFontSize": TEXT_SIZE,
        "titleFontWeight": "normal",
    }  # fmt: skip
    legend = {"labelColor": TEXT.light, "labelFontSize": TEXT_SIZE, "symbolStrokeWidth": 2.4}
    text = {"fontSize": TEXT_SIZE, "color": TEXT.light}
    found: Picture = chart.configure(
        aria=False, background="transparent", font=_FONT, axis=axis, legend=legend, text=text, view={"stroke": None}
    )
    return found
