"""How what is logged reaches the lake: some minutes later, in files by day of arrival, some of it twice."""

import base64
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Final

from numpy.random import Generator

from tipbandit_lab.faithful.questions import moment_of
from tipbandit_lab.lake.callers import Logged
from tipbandit_lab.lake.crowd import Block, lived
from tipbandit_lab.lake.luck import generator
from tipbandit_lab.lake.writing import Line, rows, write

TWICE: Final = 0.01
"""Share of the lines that are delivered once more, as at-least-once delivery may."""

_BUFFER_MS: Final = 300_000
"""What the delivery collects before it writes a file: a line arrives at any moment within."""
_AGAIN_MS: Final = 2 * 3_600_000
"""Within which a line comes once more."""
_VERSION: Final = "1"

Arrived = dict[tuple[str, date], list[Line]]
"""The lines by table and day of arrival."""


def deliver(block: Block, root: Path) -> int:
    """Let the users of a block live, leave a file of what arrived for each table and day, and return the lines."""
    arrived = by_day(lived(block), generator(f"{block.name}\n{block.seed}\narriving"))
    for (table, day), lines in sorted(arrived.items()):
        write(root, table, day, block.name, rows(table, lines))
    return sum(map(len, arrived.values()))


def by_day(logged: Iterable[Logged], draw: Generator) -> Arrived:
    """Return what arrives of what is logged, by table and day."""
    arrived: Arrived = defaultdict(list)
    for each in logged:
        later, again, twice = draw.random(3).tolist()
        line = _line(each)
        arrives_ms = each.at_ms + int(later * _BUFFER_MS)
        arrived[each.table, _day(arrives_ms)].append(line)
        if twice < TWICE:
            arrived[each.table, _day(arrives_ms + int(again * _AGAIN_MS))].append(line)
    return arrived


def _line(logged: Logged) -> Line:
    """The line of an event; signals come from the caller, which is no function."""
    moment = moment_of(logged.at_ms)
    if logged.table == "shadows":
        return Line(moment, logged.event, function_version=None)
    about = f"{logged.table}/{logged.event.decision_id}"
    request = base64.b64encode(blake2b(about.encode(), digest_size=11).digest()).decode()
    return Line(moment, logged.event, function_version=_VERSION, correlation_id=request)


def _day(unix_ms: int) -> date:
    return moment_of(unix_ms).date()
