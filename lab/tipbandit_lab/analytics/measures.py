"""What is said, as tidy rows: one number, of one group, on one day or over all of them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tipbandit_lab.analytics.estimating import ALPHA, Estimate
from tipbandit_lab.analytics.staging import Facts
from tipbandit_lab.files import replacing

SHOWN: Final = "shown"
"""What a shadow is compared with: that which was shown beside it."""

SCHEMA: Final = pa.schema(
    [
        pa.field("by", pa.string(), nullable=False),
        pa.field("group", pa.string(), nullable=False),
        pa.field("against", pa.string()),
        pa.field("day", pa.date32()),
        pa.field("measure", pa.string(), nullable=False),
        pa.field("estimate", pa.float64()),
        pa.field("low", pa.float64()),
        pa.field("high", pa.float64()),
        pa.field("confidence", pa.float64()),
        pa.field("decisions", pa.int64(), nullable=False),
        pa.field("users", pa.int64()),
        pa.field("effective", pa.float64()),
        pa.field("why_not", pa.string()),
        pa.field("window_from", pa.date32(), nullable=False),
        pa.field("window_to", pa.date32(), nullable=False),
        pa.field("lake", pa.string(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number.

    Attributes:
        by: what the group is: "all", "policy", "prompt_version" or "shadow".
        group: its name.
        against: who it is compared with, or with whom it shares its decisions; None if nobody.
        day: the UTC day of its decisions; None if it is about all of them.
        measure: what is measured.
        estimate: the number; None if the data do not support one.
        low: the lower end of its interval, if it has one.
        high: the upper end.
        decisions: how many it is about.
        users: how many of them have a part in it; None where nobody counted.
        effective: the effective sample size; None of a count.
        why_not: the reasons why the number, or its interval, is missing.
    """

    by: str
    group: str
    against: str | None = None
    day: date | None = None
    measure: str
    estimate: float | None
    low: float | None = None
    high: float | None = None
    decisions: int
    users: int | None = None
    effective: float | None = None
    why_not: str | None = None

    @classmethod
    def of(  # noqa: PLR0913 - a row's key
        cls,
        found: Estimate,
        *,
        by: str,
        group: str,
        measure: str,
        against: str | None = None,
        day: date | None = None,
    ) -> "Measure":
        """Return the row of an estimate."""
        return cls(
            by=by,
            group=group,
            against=against,
            day=day,
            measure=measure,
            estimate=found.value,
            low=found.low,
            high=found.high,
            decisions=found.rounds,
            users=found.users,
            effective=found.effective,
            why_not="; ".join(found.why_not) or None,
        )


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is said of a lake."""

    facts: Facts
    measures: tuple[Measure, ...]

    def of(self, by: str, measure: str, *, daily: bool = False, compared: bool = False) -> dict[str, list[Measure]]:
        """Return the rows of a measure by group, each in the order of days.

        Args:
            by: the kind of groups.
            measure: of which.
            daily: whether those of single days are wanted, or those of all days together.
            compared: whether those that are about two groups are wanted, or those about one.
        """
        found: dict[str, list[Measure]] = {}
        for each in self.measures:
            if (each.by, each.measure) != (by, measure):
                continue
            if (each.day is not None) == daily and (each.against is not None) == compared:
                found.setdefault(each.group, []).append(each)
        return found


def write(path: Path, found: Analysis) -> None:
    """Write all rows as Parquet, each with the window and the fingerprint of the lake it is of."""
    with replacing(path) as written:
        pq.write_table(table(found), written, compression="zstd")


def table(found: Analysis) -> pa.Table:
    """Return all rows with the columns of ``SCHEMA``."""
    facts = found.facts
    same = {"window_from": facts.window[0], "window_to": facts.window[1], "lake": facts.fingerprint}
    return pa.Table.from_pylist([_row(each) | same for each in found.measures], schema=SCHEMA)


def only(rows: Iterable[Measure]) -> Measure:
    """Return the one row there is."""
    (row,) = rows
    return row


def _row(each: Measure) -> dict[str, object]:
    return asdict(each) | {"confidence": None if each.low is None else 1 - ALPHA}
