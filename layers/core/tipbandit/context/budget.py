"""How much of a language model's attention a text takes, and how much there is."""

import math
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from tipbandit.context.data import quoted

BYTES_A_TOKEN: Final = 3
"""The estimate: a token is three bytes of UTF-8. English has four and more, so it is rather too careful; Chinese,
Japanese and Korean have about one character, which is three bytes; emoji take one to three tokens for four bytes."""
CONTEXT_TOKENS: Final = 3_000
"""Room for what is known of the user in one prompt; the prompt's own words come on top."""
LINE_TOKENS: Final = 16
"""What the service's words around one entry take: "- , due in 5 hours, high priority, 3 days old"."""
SHARES: Final = {"tasks": 0.6, "reactions": 0.2, "notes": 1.0}
"""Of the room that is left: tasks take at most 60 %, reactions 20 % of the rest, notes what then remains."""

T = TypeVar("T")


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text takes, rather too many than too few."""
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / BYTES_A_TOKEN)


def fitting(entries: Sequence[T], text_of: Callable[[T], str], room: int) -> tuple[tuple[T, ...], int]:
    """Return the longest run of first entries whose texts fit into ``room`` tokens, and the tokens it takes.

    A run: nothing is put before what ranks higher by being shorter.
    """
    used, kept = 0, 0
    for entry in entries:
        cost = LINE_TOKENS + estimated_tokens(quoted(text_of(entry)))
        if used + cost > room:
            break
        used, kept = used + cost, kept + 1
    return tuple(entries[:kept]), used
