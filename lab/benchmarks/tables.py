"""What a benchmark reports: Markdown that reads well in a terminal too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Report:
    """A title, a table (its first column is text, the others are numbers), and a list of remarks below it.

    Attributes:
        ratios: what another run on another machine can be compared by, the smaller the better: both sides of each were
            measured side by side, or are no times.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    remarks: str
    ratios: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        """As Markdown, with aligned columns."""
        widths = [max(len(cell) for cell in column) for column in zip(self.head, *self.rows, strict=True)]
        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        lines = [_line(row, widths) for row in (self.head, rule, *self.rows)]
        return "\n".join([f"## {self.title}", "", *lines, "", self.remarks])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return f"| {' | '.join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)])} |"
