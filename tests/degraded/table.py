"""The cells as the table of docs/reliability.md: one row for all that end alike."""

from collections.abc import Mapping
from itertools import groupby
from typing import Final

from tests.degraded.cells import Cell

START: Final = "<!-- degraded: python -m tests.degraded writes what follows -->"
END: Final = "<!-- degraded: end -->"
_HEAD: Final = (
    "| what fails | how | route | answer | changed | in at most | measured |\n|---|---|---|---|---|---|---|\n"
)
_ROUTES: Final = ("score", "reward", "stats", "reset", "generate")
_SERVICES: Final = {
    "DYNAMODB": "DynamoDB",
    "SECRETS_MANAGER": "Secrets Manager",
    "S3": "S3",
    "BEDROCK_RUNTIME": "Bedrock",
}


def rows(cells: tuple[Cell, ...]) -> list[tuple[str, list[Cell]]]:
    """Return each row without the measurement, and the cells it stands for."""
    ordered = sorted(cells, key=_kind)
    return [(_row(alike), alike) for alike in (list(group) for _, group in groupby(ordered, key=_kind))]


def render(cells: tuple[Cell, ...], took_s: Mapping[Cell, float]) -> str:
    """Return the table with what was measured: of each row the slowest."""
    lines = [f"{row} {max(took_s[cell] for cell in alike):.2f} s |" for row, alike in rows(cells)]
    return f"{START}\n{_HEAD}" + "\n".join(lines) + f"\n{END}"


def replaced(document: str, table: str) -> str:
    """Return the document with another table in the place of the one it has."""
    before, rest = document.split(START)
    return before + table + rest.split(END)[1]


def promised(document: str) -> list[str]:
    """Return the rows that stand in the document, without the measurements."""
    table = document.partition(START)[2].partition(END)[0].strip().removeprefix(_HEAD)
    return [line.rpartition("|")[0].rpartition("|")[0] + "|" for line in table.splitlines()]


def _kind(cell: Cell) -> tuple[object, ...]:
    place, route = list(_SERVICES).index(cell.service), _ROUTES.index(cell.route)
    return place, cell.is_warm, route, not cell.fallback, str(cell.promised), cell.promised.changed, cell.limit_s


def _row(alike: list[Cell]) -> str:
    cell = alike[0]
    when = " (known from before)" if cell.is_warm else ""
    route = f"/{cell.route}" + ("" if cell.fallback else ", `fallback` false")
    retry = "" if cell.promised.retry_after is None else f", Retry-After {cell.promised.retry_after}"
    faults = ", ".join(each.fault for each in alike)
    changed = "yes" if cell.promised.changed else "no"
    columns = (
        f"{_SERVICES[cell.service]}{when}",
        faults,
        route,
        f"{cell.promised}{retry}",
        changed,
        f"{cell.limit_s:g} s",
    )
    return f"| {' | '.join(columns)} |"
