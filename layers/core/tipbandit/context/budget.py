"""How much of a language model's attention a text takes, and how much there is."""

import math
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from tipbandit.context.data import quoted

ASCII_A_TOKEN: Final = 3
"""The estimate, rather too careful: three ASCII characters are a token (English has four and more)..."""
TOKENS_BEYOND: Final = 3
"""... any other character is one, as in Chinese, and one outside of the basic plane, such as an emoji, is three."""
CONTEXT_TOKENS: Final = 3_000
"""Room for what is known of the user in one prompt; the prompt's own words come on top."""
LINE_TOKENS: Final = 16
"""What the service's words around one entry take: "- , due in 5 hours, high priority, 3 days old"."""
SHARES: Final = {"tasks": 0.6, "reactions": 0.2, "notes": 1.0}
"""Of the room that is left: tasks take at most 60 %, reactions 20 % of the rest, notes what then remains."""

T = TypeVar("T")


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text takes, rather too many than too few."""
    ascii_only = len(text.encode("ascii", "ignore"))
    beyond = len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)
    return math.ceil(ascii_only / ASCII_A_TOKEN) + (len(text) - ascii_only - beyond) + TOKENS_BEYOND * beyond


def fitting(entries: Iterable[T], text_of: Callable[[T], str], room: int) -> tuple[tuple[T, ...], int]:
    """Return the longest run of first entries whose texts fit into ``room`` tokens, and the tokens it takes.

    A run: nothing is put before what ranks higher by being shorter. What comes after it is not looked at.
    """
    kept: list[T] = []
    used = 0
    for entry in entries:
        cost = LINE_TOKENS + estimated_tokens(quoted(text_of(entry)))
        if used + cost > room:
            break
        used += cost
        kept.append(entry)
    return tuple(kept), used
