"""A card as Markdown and as one HTML file that needs nothing else."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

import tipbandit_lab.report
from tipbandit_lab.cards.card import Card
from tipbandit_lab.cards.sections import Happened, sections, title
from tipbandit_lab.report.palette import shades


def _environment(*, escaping: bool) -> Environment:
    return Environment(
        loader=ChoiceLoader([PackageLoader(__package__, "."), PackageLoader("tipbandit_lab.report", ".")]),
        autoescape=escaping,  # noqa: S701 - Markdown has another escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


_MARKDOWN: Final = _environment(escaping=False)
_HTML: Final = _environment(escaping=True)


def markdown(card: Card, history: Sequence[Happened] = ()) -> str:
    """Return a card as Markdown."""
    text = _MARKDOWN.get_template("card.md.j2")
    return text.render(card=card, title=title(card), sections=sections(card, history))


def html(card: Card, history: Sequence[Happened] = ()) -> str:
    """Return a card as HTML, in the style of the gate's reports."""
    css = files(tipbandit_lab.report).joinpath("page.css").read_text(encoding="utf-8")
    text = _HTML.get_template("card.html.j2")
    return text.render(card=card, title=title(card), sections=sections(card, history), css=f"{shades()}\n{css}")


def _cell(text: str) -> str:
    """Return text as it stands in a cell of a Markdown table."""
    return str(text).replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("\n", " ")


_MARKDOWN.filters["cell"] = _cell
