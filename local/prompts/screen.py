"""Towards the terminal: texts of others made harmless, and the error that every verb of the command ends with."""

import unicodedata
from typing import Final

from rich.console import Console
from rich.text import Text

FAILED: Final = 1
"""Exit status when a check failed or a version was refused."""
UNUSABLE: Final = 2
"""Exit status when the command cannot do its work at all."""

_HASH_CHARS: Final = 12
_PLAIN: Final = frozenset("\n\t\u200c\u200d")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})


class PromptsError(Exception):
    """The command ends here; the message is one line for the person who gave it."""

    def __init__(self, message: str, status: int = UNUSABLE) -> None:
        super().__init__(" ".join(visible(message).split()))
        self.status = status


def visible(text: str) -> str:
    """Return a text whose control and format characters are escapes: printed, it cannot drive a terminal."""
    return "".join(
        char if char in _PLAIN or unicodedata.category(char) not in _UNSEEN else ascii(char)[1:-1] for char in text
    )


def plain(text: str, style: str = "") -> Text:
    """Return a text to print as it is, whatever it holds."""
    return Text(visible(text), style)


def say(console: Console, text: str, style: str = "") -> None:
    """Print a text as it is, on lines as long as they come."""
    console.print(plain(text, style), soft_wrap=True)


def short(digest: str) -> str:
    """Return the first digits of a content hash, which tell versions apart."""
    return digest[:_HASH_CHARS]
