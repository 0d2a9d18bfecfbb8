"""The kinds of arguments the command takes; anything else is refused before something is done."""

import argparse
import re
from pathlib import Path
from urllib.parse import urlsplit

from local.prompts.sources import Mirror
from tipbandit.contracts.generate import MAX_TIPS
from tipbandit.contracts.tip import PROMPT_VERSION_PATTERN


def mirror(text: str) -> Mirror:
    """The directory of a mirror."""
    return Mirror(Path(text))


def version(text: str) -> str:
    """The name of a prompt version."""
    if not re.fullmatch(PROMPT_VERSION_PATTERN, text):
        raise argparse.ArgumentTypeError("a version is 1 to 64 letters, digits, dots, dashes and underscores")
    return text


def count(text: str) -> int:
    """How many tips."""
    if not text.isdecimal() or not 1 <= int(text) <= MAX_TIPS:
        raise argparse.ArgumentTypeError(f"1 to {MAX_TIPS} tips can be asked for")
    return int(text)


def url(text: str) -> str:
    """The address of an emulator."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise argparse.ArgumentTypeError("an endpoint is http://HOST:PORT")
    # Before a host that is no address the SDK puts the bucket's name.
    return text.replace("://localhost", "://127.0.0.1", 1)
