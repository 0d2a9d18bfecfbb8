"""What the gate decided, in words and as a table of its criteria."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.record import Finding, Measure, Record
from tipbandit_lab.report import numbers
from tipbandit_lab.report.plot import Table, listing

_AT_LEAST: Final = (
    "least propensity",
    "seeds",
    "decisions",
    "users",
    "effective sample size",
    "the same when replayed",
    "answers that can be used",
)
"""Measures of which more is better, before a comma and whose they are; of the other bare numbers, less is."""
_GROUPED: Final = 1000
"""From here on numbers are written whole."""
_LOGGED: Final = {
    "worse": "logged data show it to be worse",
    "unclear": "logged data do not show as much",
    "refused": "logged data support no number",
}


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
    logged = "logged data were not asked" if record.logged is None else _LOGGED.get(record.logged.outcome)
    if not failed:
        return f"{record.incumbent} goes on serving: {record.candidate} wins in the simulation, and {logged}."
    also = f", and {logged}" if logged and record.logged is not None else ""
    return f"{record.incumbent} goes on serving: {record.candidate} fails on {listing(failed)}{also}."


def rows(record: Record) -> tuple[Row, ...]:
    """Return every criterion of the simulation with its number: of several measures, that which decides."""
    return tuple(_row(found, record.criteria) for found in record.findings)


def logged_rows(record: Record) -> tuple[Row, ...]:
    """Return the same of logged data."""
    return tuple(_row(found, record.criteria) for found in record.logged.findings) if record.logged else ()


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
    whole = each.value is not None and each.value >= _GROUPED
    return numbers.count(each.value or 0) if whole else numbers.significant(each.value)


def _needed(criterion: str, each: Measure, criteria: Criteria) -> str:
    if each.threshold is None:
        return numbers.NONE
    if each.confidence is not None:
        return f"lower end above {numbers.change(each.threshold, 2)}"
    if each.p_value is not None:
        let_pass = {"calibration": criteria.calibration_tolerance, "places": criteria.place_tolerance}.get(criterion)
        other = "" if let_pass is None else f", or off by {numbers.share(let_pass, 0)} at most"
        return f"p at least {numbers.significant(each.threshold, 2)}{other}"
    return f"{'at least' if each.name.split(',')[0] in _AT_LEAST else 'at most'} {numbers.significant(each.threshold)}"


def measures(record: Record) -> Table:
    """Return every number of every criterion, those of logged data last."""
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
        for found in (*record.findings, *(record.logged.findings if record.logged else ()))
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
