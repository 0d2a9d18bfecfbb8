"""Who looks how: a colour, a dash and a marker each, so that none depends on colour alone.

The colours are safe for colour-blind readers and have a light and a dark shade; text is at least 4.5 : 1 on the
page's background, lines at least 3 : 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tipbandit_lab.gate.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Ink:
    """A colour of the page: its CSS variable, and its shades for light and dark backgrounds."""

    variable: str
    light: str
    dark: str


TEXT: Final = Ink("ink", "#1b1f24", "#e7eaee")
MUTED: Final = Ink("muted", "#57606b", "#a2abb7")
RULE: Final = Ink("rule", "#d5d9df", "#363d47")
CANDIDATE: Final = Ink("candidate", "#0a5fb0", "#6bb3ff")
INCUMBENT: Final = Ink("incumbent", "#b54708", "#ffa45c")
FAILED: Final = Ink("failed", "#b3134f", "#ff86ad")
INKS: Final = (
    TEXT,
    MUTED,
    RULE,
    CANDIDATE,
    INCUMBENT,
    FAILED,
    Ink("oracle", "#0b7a5b", "#4fcf9f"),
    Ink("urgent", "#84459b", "#d3a0e8"),
    Ink("popular", "#776500", "#d8c34e"),
    Ink("random", "#5c6570", "#a6aebb"),
    Ink("other", "#3d4a9e", "#9aa8f5"),
)
"""All colours of the page; all shades of one background differ from each other."""

_BY_VARIABLE: Final = {ink.variable: ink for ink in INKS}


@dataclass(frozen=True, slots=True)
class Line:
    """How one player is drawn; ``dash`` and ``marker`` are Matplotlib's."""

    ink: Ink
    dash: str | tuple[float, tuple[float, ...]]
    marker: str
    width: float = 1.4


_ROLES: Final = {
    "candidate": Line(CANDIDATE, "-", "o", 2.4),
    "incumbent": Line(INCUMBENT, (0, (5, 1.8)), "s", 2.4),
    "oracle": Line(_BY_VARIABLE["oracle"], (0, (1, 1.4)), "^"),
    "urgent": Line(_BY_VARIABLE["urgent"], (0, (6, 2, 1, 2)), "D"),
    "popular": Line(_BY_VARIABLE["popular"], (0, (3, 1.4)), "v"),
    "random": Line(_BY_VARIABLE["random"], (0, (1, 3)), "X"),
}
_OTHERS: Final = tuple(
    Line(_BY_VARIABLE["other"], dash, marker)
    for dash, marker in (((0, (8, 2)), "P"), ((0, (2, 2)), "*"), ((0, (4, 1, 1, 1, 1, 1)), "p"), ((0, (10, 3)), "h"))
)


def roles(evidence: Evidence) -> tuple[str, ...]:
    """Return what each player is called in a plot: the two that are compared by their part, others by their key."""
    return ("candidate", "incumbent", *evidence.players[2:])


def lines(names: tuple[str, ...]) -> Mapping[str, Line]:
    """Return how each of these roles is drawn: the known ones always alike, others by their order."""
    others = [name for name in names if name not in _ROLES]
    return {name: _ROLES.get(name) or _OTHERS[others.index(name) % len(_OTHERS)] for name in names}


def shades() -> str:
    """Return the colours of the plots as CSS variables; on paper they are the light ones."""
    light = "".join(f"--{ink.variable}:{ink.light};" for ink in INKS)
    dark = "".join(f"--{ink.variable}:{ink.dark};" for ink in INKS)
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
