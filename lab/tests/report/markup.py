"""A page as its elements, read strictly: what is opened is closed, in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "br", "hr", "img", "link", "input", "wbr"})


@dataclass
class Element:
    """One element and what is in it."""

    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, spaces as one."""
        return " ".join("".join(_texts(self)).split())

    def all(self, *tags: str) -> list["Element"]:
        """Return the elements of these tags in it, in order; of all tags if none is named."""
        return [each for each in _elements(self) if not tags or each.tag in tags]

    def one(self, tag: str) -> "Element":
        """Return the only element of this tag in it."""
        (found,) = self.all(tag)
        return found

    def rows(self) -> list[list[str]]:
        """Return the texts of a table's body by row and cell."""
        return [[cell.text for cell in row.all("th", "td")] for row in self.one("tbody").all("tr")]


def _elements(element: Element) -> Iterator[Element]:
    for each in element.children:
        if isinstance(each, Element):
            yield each
            yield from _elements(each)


def _texts(element: Element) -> Iterator[str]:
    for each in element.children:
        if isinstance(each, str):
            yield each
        elif each.tag not in {"style", "svg"}:
            yield from _texts(each)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs, closed=tag in _VOID)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert any(each.tag == "svg" for each in self.open), f"<{tag}/> closes nothing outside SVG"
        self._add(tag, attrs, closed=True)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def _add(self, tag: str, attrs: list[tuple[str, str | None]], *, closed: bool) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice: {tag} {attrs}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if not closed:
            self.open.append(element)


def parsed(text: str) -> Element:
    """Return a page as one element that holds all others; it is an error if any is not closed."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    (root,) = reader.open
    return root


def article(page: Element, name: str) -> Element:
    """Return the plot of this name."""
    (found,) = [each for each in page.all("article") if each.attributes["aria-labelledby"] == name]
    return found
