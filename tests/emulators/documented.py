"""What docs/reliability.md says the emulators forgive: its table, and the sentences about it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.emulators.asking import ACCEPTED

_PAGE: Final = Path(__file__).parents[2] / "docs/reliability.md"
_SECTION: Final = "### What they forgive\n"
_COLUMNS: Final = ["Asked", "DynamoDB", "moto", "dynalite"]


@dataclass(frozen=True)
class Row:
    """What comes of one probe: in DynamoDB, by the source the page names, and in each emulator, by its name."""

    dynamodb: str
    source: str
    emulated: dict[str, str]

    def forgives(self, emulator: str) -> bool:
        """Tell whether the emulator accepts what DynamoDB refuses."""
        return self.emulated[emulator] == ACCEPTED != self.dynamodb


@cache
def section() -> str:
    """Return the section."""
    return _PAGE.read_text("utf-8").partition(_SECTION)[2].partition("\n## ")[0]


@cache
def rows() -> dict[str, Row]:
    """Return the table, by what is asked."""
    lines = [_cells(line) for line in section().splitlines() if line.startswith("|")]
    head, _, *body = lines
    assert head == _COLUMNS
    found = {}
    for asked, dynamodb, *emulated in body:
        outcome, _, source = dynamodb.rpartition(" ")
        found[asked] = Row(outcome.strip("`"), source, dict(zip(_COLUMNS[2:], emulated, strict=True)))
    assert len(found) == len(body), "something is asked twice"
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
