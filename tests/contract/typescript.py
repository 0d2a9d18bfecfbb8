"""Reads the little TypeScript that the mirror is written in, and knows nothing of how it was made.

Understood are ``export const NAME = <literal> as const;``, ``export interface NAME { readonly name?: type; }`` and
``export type NAME = ...;``. Anything else is a SyntaxError.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

_TOKEN: Final = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<sign>[{}\[\]():;,=|?])""",
    re.VERBOSE | re.DOTALL,
)
_WORDS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Property:
    """One property of an interface."""

    kinds: frozenset[str]
    optional: bool


@dataclass
class Module:
    """What a module exports."""

    constants: dict[str, Any] = field(default_factory=dict)
    interfaces: dict[str, dict[str, Property]] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)


def parse(text: str) -> Module:
    """Return what the module ``text`` exports."""
    reader = _Reader(_tokens(text))
    module = Module()
    while reader.left:
        reader.expect("export")
        kind, name = reader.take(), reader.take()
        if kind == "const":
            reader.expect("=")
            module.constants[name] = reader.literal()
            reader.expect("as", "const", ";")
        elif kind == "interface":
            module.interfaces[name] = reader.properties()
        elif kind == "type":
            module.aliases.append(name)
            while reader.take() != ";":
                pass
        else:
            raise SyntaxError(f"export {kind}")
    return module


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise SyntaxError(text[at : at + 40])
        if match.lastgroup != "skip":
            tokens.append(match.group())
        at = match.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.left = list(reversed(tokens))

    def take(self) -> str:
        return self.left.pop()

    def expect(self, *wanted: str) -> None:
        for each in wanted:
            if (got := self.take()) != each:
                raise SyntaxError(f"{each!r} expected, not {got!r}")

    def accept(self, wanted: str) -> bool:
        if self.left[-1] != wanted:
            return False
        self.take()
        return True

    def literal(self) -> Any:  # noqa: ANN401  a literal is anything
        if self.accept("["):
            return self._array()
        if self.accept("{"):
            return self._object()
        token = self.take()
        return _WORDS[token] if token in _WORDS else json.loads(token)

    def properties(self) -> dict[str, Property]:
        found = {}
        self.expect("{")
        while not self.accept("}"):
            self.expect("readonly")
            name, optional = self.take(), self.accept("?")
            self.expect(":")
            kinds = {self.take()}
            while self.accept("|"):
                kinds.add(self.take())
            self.expect(";")
            found[name] = Property(frozenset(kinds), optional)
        return found

    def _array(self) -> list[Any]:
        items = []
        while not self.accept("]"):
            items.append(self.literal())
            if self.left[-1] != "]":
                self.expect(",")
        return items

    def _object(self) -> dict[str, Any]:
        items = {}
        while not self.accept("}"):
            key = self.take()
            self.expect(":")
            items[json.loads(key) if key.startswith('"') else key] = self.literal()
            if self.left[-1] != "}":
                self.expect(",")
        return items
