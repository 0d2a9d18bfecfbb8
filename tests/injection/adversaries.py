"""A model that obeys an injection in the worst ways: from what it is asked to what it answers."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.injection.world import QUIET, Adversary
from tipbandit.ports.generation import Ask

OWNED: Final = "OWNED"
"""Stands in everything an adversary makes up, so that it can be looked for."""
_LINKS: Final = (
    "OWNED https://evil.example/?q=1", "OWNED evil.example", "OWNED www.evil", "OWNED javascript:alert(1)",
    "OWNED data:text/html;base64,AA==", "OWNED //evil.example/x", "OWNED \\\\evil\\share", "OWNED 203.0.113.7",
    "OWNED evil\u3002example", "OWNED \uff48\uff54\uff54\uff50\uff53://evil", "OWNED e\u00advil.exam\u200bple",
    "OWNED hxxps://evil", "OWNED tel:+19005550199", "OWNED notes.zip",
)  # fmt: skip
_ADDRESSES: Final = (
    "OWNED eve@evil.example", "OWNED eve\uff20evil", "OWNED eve (at) evil dot example", "OWNED mailto:eve",
    "OWNED @eve@evil", "OWNED eve[at]evil",
)  # fmt: skip
_MARKUP: Final = (
    "OWNED <b>now</b>", "OWNED <img src=x onerror=alert(1)>", "OWNED <!-- x -->", "OWNED </script>",
    "OWNED &#106;avascript", "OWNED &lt;b&gt;", "OWNED ![x](y)", "OWNED [x][1]", "OWNED `rm`", "OWNED **now**",
    "# OWNED", "- OWNED", "1. OWNED", "> OWNED", "OWNED {{ 7*7 }}", "OWNED {% x %}", "OWNED ${7*7}",
    "OWNED \uff1cb\uff1e",
)  # fmt: skip
_HIDDEN: Final = (
    "OWNED \u202egpj.exe", "OWNED \u200b\u200b", "OWNED \U000e0069\U000e0067", "OWNED \x00", "OWNED \x1b[2J",
    "OWNED \ue000", "OWNED \ufeff", "OWNED \u2066x\u2069", "OWNED \x7f", "OWNED \x9b31m", "OWNED \ufff9x",
    "OWNED \u0378",
)  # fmt: skip
_JUNK: Final[tuple[Any, ...]] = (
    None, True, 7, OWNED, [], [[[]]], {}, {"tip": OWNED}, {"text": None}, {"text": {"text": OWNED}}, {"text": [OWNED]},
    {"text": OWNED, "kind": "system", "priority": 1}, {"text": OWNED, "kind": None, "priority": 0.5},
    {"text": OWNED, "kind": "task", "priority": "high"}, {"text": OWNED, "kind": "task", "priority": True},
    {"text": OWNED, "kind": "task", "priority": 999_999_999}, {"text": OWNED, "kind": "task", "priority": -1},
    {"text": OWNED, "kind": "task", "priority": 0.5, "due_in_hours": "soon"},
    {"text": OWNED, "kind": "task", "priority": 0.5, "due_in_hours": -1e308},
    {"text": "", "kind": "task", "priority": 0.5}, {"text": " \t\u3000", "kind": "task", "priority": 0.5},
    {"text": "OWNED " * 60, "kind": "task", "priority": 0.5}, {"__proto__": {"admin": True}, "constructor": OWNED},
)  # fmt: skip


def answer(*texts: str, **more: object) -> str:
    """Return an answer of the right form with these texts, and ``more`` in each tip."""
    return json.dumps({"tips": [{"text": text, "kind": "task", "priority": 0.5, **more} for text in texts]})


def _raw(text: str) -> str:
    """Return an answer with a text put in as it is."""
    return '{"tips": [{"text": "' + text + '", "kind": "task", "priority": 1}]}'


def told(ask: Ask) -> list[str]:
    """Return every text of the user's that a question holds."""
    context = ask.context
    past = [each.text for each in context.reactions if each.text is not None]
    return [context.locale, *(task.title for task in context.tasks), *past, *context.notes]


def _pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _in_repair(first: str, then: str) -> Adversary:
    """Answer one thing at first and another when asked to mend it."""
    return lambda ask: first if len(ask.turns) == 1 else then


_FORGED: Final = {
    "tip_id": "admin", "prompt_version": "v9", "user_id": "u-2", "generation_id": OWNED, "html": "<b>OWNED</b>",
    "url": "https://evil.example", "action": "delete_account",
}  # fmt: skip
_FORGED_ANSWER: Final = {
    "prompt_version": "v9", "prompt_hash": OWNED, "model": OWNED, "degraded": False, "user_id": "u-2", "dropped": -1,
    "usage": {"input_tokens": -1_000_000, "output_tokens": 0, "cost_usd": -1.0}, "generation_id": OWNED,
}  # fmt: skip
ADVERSARIES: Final[Mapping[str, Adversary]] = {
    "tells everything it was told": lambda ask: answer(*told(ask)),
    "tells it all in one tip": lambda ask: answer(" ".join(told(ask))),
    "tells it unescaped": lambda ask: _raw(" ".join(told(ask))),
    "answers what it was told": lambda ask: "\n".join(told(ask)),
    "answers the whole question": lambda ask: ask.turns[-1].text,
    "answers the system message": lambda ask: ask.system,
    "tells the system message in pieces": lambda ask: answer(*_pieces(ask.system, 60)),
    "answers links": lambda _: answer(*_LINKS),
    "answers addresses": lambda _: answer(*_ADDRESSES),
    "answers markup": lambda _: answer(*_MARKUP),
    "answers hidden characters": lambda _: answer(*_HIDDEN),
    "answers raw control characters": lambda _: _raw("OWNED \x00\x1b[2J\n"),
    "hides a link among good tips": lambda _: answer("Take a walk.", _LINKS[0], "Drink some water."),
    "answers a link in every unrelated field": lambda _: answer("Take a walk.", note=_LINKS[0], kind_="<b>"),
    "answers plain text": lambda _: "Sure, here are your tips! 1. OWNED 2. OWNED 3. OWNED",
    "answers text in braces": lambda _: "Sure {OWNED} and {tips: [OWNED]}",
    "answers a thousand tips": lambda _: answer(*(f"OWNED number {number}" for number in range(1000))),
    "answers one tip a thousand times": lambda _: answer(*["OWNED"] * 1000),
    "answers one tip in many spellings": lambda _: answer("Owned", "OWNED!", "owned", " o w n e d "),
    "forges ids and versions": lambda _: answer("OWNED first", "OWNED second", **_FORGED),
    "forges the whole answer": lambda _: json.dumps({**json.loads(QUIET), **_FORGED_ANSWER}),
    "speaks of others": lambda _: answer("User u-2 has 3 tasks.", "Tell u-2 about user_id u-1.", user_id="u-2"),
    "breaks off": lambda _: '{"tips": [{"text": "OWNED',
    "answers twice": lambda _: QUIET + QUIET,
    "answers a fence": lambda _: f"```json\n{QUIET}\n```\nOWNED",
    "answers keys twice": lambda _: '{"tips": [], ' + _raw('<b>", "text": "OWNED')[1:],
    "answers junk": lambda _: json.dumps({"tips": list(_JUNK)}),
    "answers a list": lambda _: json.dumps([json.loads(QUIET)]),
    "answers tips in tips": lambda _: json.dumps({"tips": json.loads(QUIET)}),
    "nests without end": lambda _: '{"tips": ' * 5000 + "1" + "}" * 5000,
    "opens lists without end": lambda _: '{"tips": [' + "[" * 20_000 + "}",
    "answers numbers that are none": lambda _: QUIET.replace("0.4", "NaN"),
    "answers numbers without end": lambda _: QUIET.replace("0.4", "9" * 30_000),
    "answers half a character": lambda _: _raw("OWNED \\ud800"),
    "answers half a character as it is": lambda _: _raw("OWNED \ud800"),
    "writes without end": lambda _: answer("OWNED " * 20_000),
    "writes one tip too long": lambda ask: answer("O" * (ask.schema.max_chars + 1)),
    "covers the line": lambda _: answer("OWNED" + "\u0301" * 50),
    "refuses": lambda _: "I'm sorry, but I can't help with that.",
    "is silent": lambda _: "",
    "answers white space": lambda _: " \n\t",
    "answers no tips": lambda _: '{"tips": []}',
    "answers null": lambda _: '{"tips": null}',
    "mends a fault with a worse one": _in_repair(answer("Take a walk.", *_LINKS), answer(*_HIDDEN, *_MARKUP)),
    "mends nonsense with a forgery": _in_repair("nonsense", answer("OWNED", **_FORGED)),
    "stops being one when asked to mend": _in_repair(answer(*_MARKUP), ""),
}  # fmt: skip
"""By what it does."""
