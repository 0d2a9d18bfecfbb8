"""What the gate decided, in words and as a table of its criteria."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.record import Finding, Measure, Record
from tipbandit_lab.report import numbers
from tipbandit_lab.report.plot import Table, listing

_AT_LEAST: Final = ("least propensity", "seeds")
"""Measures of which more is better; of the other bare numbers, less is."""


@dataclass(frozen=True, slots=True)
class Row:
    """One criterion as the page shows it; ``what`` says of whom or what the number is, if the criterion does not."""

    criterion: str
    passed: bool
    measured: str
    what: str
    needed: str
    sentence: str


def headline(record: Record) -> str:
    """Return the verdict in one sentence."""
    if record.verdict == "promote":
        return f"{record.candidate} may serve instead of {record.incumbent}."
    failed = [found.criterion for found in record.findings if not found.passed]
    return f"{record.incumbent} goes on serving: {record.candidate} fails on {listing(failed)}."


def rows(record: Record) -> tuple[Row, ...]:
    """Return every criterion with its number: of several measures, that which decides."""
    return tuple(_row(found, record.criteria) for found in record.findings)


def _row(found: Finding, criteria: Criteria) -> Row:
    deciding = min(found.measures, key=_urgency)
    return Row(
        found.criterion,
        found.passed,
        measured=_measured(deciding),
        what="" if deciding.name == found.criterion else deciding.name,
        needed=_needed(found.criterion, deciding, criteria),
        sentence=found.sentence,
    )


def _urgency(each: Measure) -> tuple[bool, float]:
    return each.passed, -np.inf if each.low is None else each.low


def _measured(each: Measure) -> str:
    if each.confidence is not None:
        return f"{numbers.change(each.value)} ({numbers.between(each.low, each.high)})"
    if each.p_value is not None:
        return f"{numbers.significant(each.value)} (p = {numbers.significant(each.p_value, 2)})"
    return numbers.significant(each.value)


def _needed(criterion: str, each: Measure, criteria: Criteria) -> str:
    if each.threshold is None:
        return numbers.NONE
    if each.confidence is not None:
        return f"lower end above {numbers.change(each.threshold, 2)}"
    if each.p_value is not None:
        let_pass = {"calibration": criteria.calibration_tolerance, "places": criteria.place_tolerance}.get(criterion)
        other = "" if let_pass is None else f", or off by {numbers.share(let_pass, 0)} at most"
        return f"p at least {numbers.significant(each.threshold, 2)}{other}"
    return f"{'at least' if each.name in _AT_LEAST else 'at most'} {numbers.significant(each.threshold)}"


def measures(record: Record) -> Table:
    """Return every number of every criterion."""
    columns = ("measure", "criterion", "measured", "needed", "confidence", "result")
    cells = tuple(
        (
            each.name,
            found.criterion,
            _measured(each),
            _needed(found.criterion, each, record.criteria),
            numbers.share(each.confidence),
            "ok" if each.passed else "failed",
        )
        for found in record.findings
        for each in found.measures
    )
    return Table("Everything that was measured", columns, cells)


def players(record: Record) -> Table:
    """Return what everyone who played earned and missed."""
    cells = tuple((each.player, _with_half(each.value), _with_half(each.regret)) for each in record.players)
    return Table(
        "Expected reward per decision, mean over personas, seeds and days, ± half the width of the "
        f"{numbers.share(1 - record.look.alpha)} interval over seeds",
        ("player", "earned", "missed of the oracle's"),
        cells,
    )


def _with_half(each: Measure) -> str:
    if each.value is None or each.low is None or each.high is None:
        return numbers.reward(each.value)
    return numbers.give_or_take(each.value, (each.high - each.low) / 2)
