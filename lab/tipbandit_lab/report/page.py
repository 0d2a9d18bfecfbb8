"""The page itself: everything of a decision in one HTML file, without scripts and without a network."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tipbandit_lab.files import replacing
from tipbandit_lab.gate.evidence import Evidence
from tipbandit_lab.gate.record import Record
from tipbandit_lab.report import logged, provenance, verdict
from tipbandit_lab.report.calibration import calibration
from tipbandit_lab.report.curves import curves
from tipbandit_lab.report.daily import daily
from tipbandit_lab.report.exploration import exploration
from tipbandit_lab.report.forest import forest
from tipbandit_lab.report.palette import shades
from tipbandit_lab.report.plot import Plot
from tipbandit_lab.report.regret import regret
from tipbandit_lab.report.weights import weights

HERE: Final = Path(__file__).parent
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def write(path: Path, record: Record, evidence: Evidence) -> None:
    """Write the report of a decision as one HTML file; the same decision gives the same bytes.

    Args:
        path: of the file; its directory is created. A reader of it sees the whole report or none of it.
        record: what was decided.
        evidence: what it was decided by.
    """
    text = render(record, evidence)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as written:
        written.write_text(text, encoding="utf-8", newline="\n")


def render(record: Record, evidence: Evidence) -> str:
    """Return the report of a decision as HTML."""
    return _TEMPLATES.get_template("page.html.j2").render(
        record=record,
        css=f"{shades()}\n{(HERE / 'page.css').read_text(encoding='utf-8')}",
        headline=verdict.headline(record),
        eyes=logged.eyes(record),
        criteria=verdict.rows(record),
        logged=_logged(record),
        measures=verdict.measures(record),
        players=verdict.players(record),
        columns=columns(record, evidence),
        facts=provenance.facts(record, evidence),
        personas=provenance.personas(record, evidence),
        policies=provenance.policies(record),
        command=provenance.command(record, evidence),
    )


def columns(record: Record, evidence: Evidence) -> tuple[tuple[Plot, ...], tuple[Plot, ...]]:
    """Return the plots of the page's two columns, of about one height; on a phone the second follows the first."""
    learned = weights(evidence)
    return (
        (curves(evidence), daily(record, evidence), regret(record, evidence), exploration(evidence)),
        (forest(record), calibration(evidence), *([learned] if learned else [])),
    )


def _logged(record: Record) -> dict[str, object]:
    """What the page says of logged data; nothing was asked if it has no rows."""
    if record.logged is None:
        return {"rows": (), "sentence": logged.not_asked(record)}
    return {
        "rows": verdict.logged_rows(record),
        "plot": logged.plot(record.logged),
        "estimates": logged.estimates(record.logged),
        "facts": logged.facts(record.logged),
    }
