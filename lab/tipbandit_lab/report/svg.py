"""Matplotlib's SVG as an element of a page: coloured and set by the page's style sheet, named for who cannot see it."""

import io
import re
from typing import Final
from xml.etree import ElementTree as ET

from matplotlib.figure import Figure

from tipbandit_lab.report.palette import INKS

_PAINT: Final = {ink.light: f"var(--{ink.variable})" for ink in INKS}
_NO_METADATA: Final = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_HREF: Final = "{http://www.w3.org/1999/xlink}href"


def inline(drawing: Figure, name: str, title: str) -> str:
    """Return a figure as markup, equal for equal figures.

    Args:
        drawing: what to show; its colours are light shades of the palette.
        name: what its ids begin with: unique in the page.
        title: what it shows, in words.
    """
    buffer = io.StringIO()
    drawing.savefig(buffer, format="svg", transparent=True, metadata=_NO_METADATA)
    root = ET.fromstring(buffer.getvalue())  # noqa: S314 - Matplotlib wrote it a line above
    root.remove(root[0])  # its style sheet would reach the whole page
    for element in root.iter():
        element.tag = element.tag.partition("}")[2]
        element.text, element.tail = (element.text or "").strip(), ""
        attributes = [_rewrite(key, value, name) for key, value in element.attrib.items()]
        element.attrib.clear()
        element.attrib.update(pair for pair in attributes if pair)
    heading = ET.Element("title", {"id": f"{name}-title"})
    heading.text = title
    root.insert(0, heading)
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-labelledby": f"{name}-title"}
    return ET.tostring(root, encoding="unicode")


def _rewrite(key: str, value: str, name: str) -> tuple[str, str] | None:
    if key == "id":
        return key, f"{name}-{value}"
    if key == _HREF:
        return "href", value.replace("#", f"#{name}-")
    if key == "transform" and value.startswith("rotate(-0 "):
        return None
    value = value.replace("url(#", f"url(#{name}-")
    if key == "d":
        return key, " ".join(value.split())
    value = re.sub(r" ?font-family: [^;]*(; ?)?", "", value)
    return key, re.sub(r"#[0-9a-f]{6}\b", lambda found: _PAINT.get(found[0], found[0]), value)
