"""What a tip's text may not hold: links, addresses, markup, control and invisible characters.

Strict on purpose: a text that an app could turn into a link is refused, also where it only looks like one, since the
model can write another and a reader cannot unclick. Texts are judged in compatibility form (NFKC), in which look-alikes
of the characters that matter are those characters.
"""

import re
import unicodedata
from itertools import groupby
from typing import Final

_JOINERS: Final = frozenset({"\u200c", "\u200d"})
"""Zero-width joiner and non-joiner: emoji and several scripts are written with them."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_CLINGING: Final = frozenset({"Cf", "Mc", "Me", "Mn"})
"""What joins, hides between or sits upon other characters; without it भारत, a top-level domain, is four letters."""
_SEEN: Final = frozenset("LNS")
"""Letters, numbers, symbols: without one of them there is nothing to read."""
_HIDDEN: Final = re.compile(
    r"""
      [\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]     # letters, marks and symbols that look like nothing
    | [\ufe00-\ufe0d\U000e0100-\U000e01ef]                   # variants that no living script needs
    | [\u200c\u200d\ufe0e\ufe0f]{3}                          # what emoji need, at most two at a time, as a cipher
    """,
    re.VERBOSE,
)
_MOST_MARKS: Final = 4
"""Marks upon one character, as many as Vietnamese, Hebrew or Tibetan need: more cover the lines around them."""
_LINK: Final = re.compile(
    r"""
      [a-z0-9+.-]:/                                          # any scheme
    | \b(?:javascript|data|vbscript|mailto|tel|sms|blob|ftp|intent|view-source|urn|xmpp|sip|magnet
          |about|bitcoin|callto|facetime|file|geo|market|skype|whatsapp):\S
    | \bwww\.
    | [^\W_]\.[^\W\d_][^\W_]                                 # example.com
    | [\xb7\u2190-\u2bff\U0001f000-\U0001faff]\.[^\W\d_]{2}  # the same on an emoji, or on what Ŀ is in Catalan
    | [a-z0-9]\u3002[a-z]{2}                                 # the same with the full stop that browsers take for a dot
    | \b\d{1,3}(?:\.\d{1,3}){3}\b                            # 192.0.2.1
    | (?:^|\s)//\S                                           # //host/path
    | \\\\\S                                                 # \\host\share
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ADDRESS: Final = re.compile(r"\S@\S|\bat\]|\(at\)", re.IGNORECASE)
_MARKUP: Final = re.compile(
    r"""
      <[a-z/!?%@\#]                                          # a tag, or a mention
    | &(?:\#\d+|\#x[0-9a-f]+|[a-z][a-z0-9]+);                # an entity
    | ` | \*\* | __ | ~~ | \]\( | \]\[ | \[/[a-z]             # Markdown, and the forums' own
    | ^(?:\#{1,6}|[-*+>]|\d+[.)])\s                          # a Markdown line
    | \{\{ | \}\} | \{% | %\} | \{\# | \$\{                  # a template
    | (?:^|\s)\*\S[^*]*\*(?!\w) | (?:^|\s)_\S[^_]*_(?!\w)    # emphasis
    """,
    re.IGNORECASE | re.VERBOSE,
)

FAULTS: Final = {
    "control": "must hold no control or invisible characters",
    "blank": "must have words",
    "marks": "must not stack marks upon a letter",
    "link": "must hold no links, host names or file names",
    "address": "must hold no e-mail addresses",
    "markup": "must be plain text, without markup or code",
}


def one_line(text: str) -> str:
    """Return a text in NFC with every run of white space, line breaks among it, as one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def faults(text: str) -> list[str]:
    """Return what a text holds that it may not: keys of ``FAULTS``."""
    plain = unicodedata.normalize("NFKC", text)
    bare = "".join(char for char in plain if unicodedata.category(char) not in _CLINGING)
    found = []
    if _HIDDEN.search(text) or any(char not in _JOINERS and unicodedata.category(char) in _UNSEEN for char in text):
        found.append("control")
    if _longest_stack(text) > _MOST_MARKS:
        found.append("marks")
    if not any(unicodedata.category(char)[0] in _SEEN for char in bare):
        found.append("blank")
    found += [name for name, rule in _RULES.items() if rule.search(plain) or rule.search(bare)]
    return found


def _longest_stack(text: str) -> int:
    """Return how many marks stand in a row at most."""
    rows = groupby(unicodedata.category(char)[0] == "M" for char in text)
    return max((sum(row) for is_mark, row in rows if is_mark), default=0)


_RULES: Final = {"link": _LINK, "address": _ADDRESS, "markup": _MARKUP}
