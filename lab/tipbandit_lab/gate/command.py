"""Decide: judge a run, keep the record and the report, and say it in a few lines."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tipbandit_lab.evaluation.command import progress
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.decision import decided, fingerprint
from tipbandit_lab.gate.evidence import gather
from tipbandit_lab.gate.looks import place
from tipbandit_lab.gate.measures import Finding
from tipbandit_lab.gate.offline import Source, looked
from tipbandit_lab.gate.record import Record, write
from tipbandit_lab.personas import holdout, personas
from tipbandit_lab.tables import Results

PROMOTE: Final = 0
HOLD: Final = 3
"""Exit codes; 1 and 2 are those of errors and of wrong usage."""


def decide(  # noqa: PLR0913 - the command line's own options
    results: Results,
    *,
    candidate: str,
    incumbent: str,
    criteria: Criteria,
    out: Path,
    look: int | None = None,
    logs: Source | None = None,
    report: bool = True,
    console: Console | None = None,
) -> int:
    """Decide whether the candidate may serve, and write down why.

    Args:
        results: a run in which both played, and "oracle" and "random".
        candidate: who is to be promoted.
        incumbent: who serves now.
        criteria: the thresholds.
        out: where records are kept: ``<candidate>-against-<incumbent>-<look>.json``, and ``.html`` beside it.
        look: the number of this look, if earlier ones have no record in ``out``.
        logs: logged data, and how they are asked; None: there are none, and nothing is promoted.
        report: whether to write the HTML report.
        console: where the summary goes; stdout by default.

    Returns:
        The exit code: ``PROMOTE`` or ``HOLD``.

    Raises:
        ValueError: if the run cannot be judged, looks cannot be counted or logged data cannot be read; everything that
            is wrong is named.
    """
    if criteria.personas is None:
        criteria = replace(criteria, personas=(*personas(), *holdout()))
    evidence = gather(results, candidate, incumbent)
    number, path = place(out, candidate, incumbent, fingerprint(evidence), at_least=look)
    today = datetime.now(tz=UTC).date().isoformat()
    logged = None
    if logs is not None:
        effect = float(evidence.advantage.mean())
        with progress() as told:
            logged = looked(logs, candidate, incumbent, directory=out, effect=effect, told=told)
    record = decided(results, evidence, criteria, number=number, date=today, logged=logged)
    write(path, record)
    paths = [path]
    if report:
        from tipbandit_lab import report as html  # noqa: PLC0415 - drawing takes a second to load

        paths.append(path.with_suffix(".html"))
        html.write(paths[-1], record, evidence)
    _show(record, paths, console or Console())
    return PROMOTE if record.verdict == "promote" else HOLD


def _show(record: Record, paths: list[Path], console: Console) -> None:
    both = f"{record.candidate} against {record.incumbent}"
    console.print(_table(f"{both} in the simulation, look {record.look.number}", record.findings))
    if record.logged is not None:
        console.print(_table(f"{both} on logged data, look {record.logged.look.number}", record.logged.findings))
    console.print(f"[bold]{record.verdict}[/]: {escape(record.sentence)}", highlight=False)
    for path in paths:
        console.print(escape(str(path)), highlight=False, soft_wrap=True)


def _table(title: str, findings: tuple[Finding, ...]) -> Table:
    table = Table("criterion", "", "found", title=title)
    for finding in findings:
        table.add_row(finding.criterion, "ok" if finding.passed else "[red]failed[/]", escape(finding.sentence))
    return table
