"""Decide about runs that were never played, with logged data that say what they are told to."""

from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from tests.gate import logs
from tests.gate.synthetic import CANDIDATE, INCUMBENT, PERSONAS, Run, everywhere

from tipbandit_lab.gate import command
from tipbandit_lab.gate.command import decide
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.decision import decided
from tipbandit_lab.gate.evidence import gather
from tipbandit_lab.gate.logged import Logged
from tipbandit_lab.gate.offline import Source
from tipbandit_lab.gate.record import Record

CRITERIA = Criteria(personas=PERSONAS)
BETTER = Run(gain=everywhere(0.05))
WORSE = Run(gain=everywhere(-0.05))


def record_of(run: Run, number: int = 1, logged: Logged | None = logs.BETTER) -> Record:
    results = run.results()
    evidence = gather(results, CANDIDATE, INCUMBENT)
    return decided(results, evidence, CRITERIA, number=number, date="2026-11-26", logged=logged)


def decide_quietly(
    run: Run,
    out: Path,
    *,
    logged: Logged | None = logs.BETTER,
    **options: Any,  # noqa: ANN401 - of any option
) -> tuple[int, str]:
    """Decide, with logged data that say what they are told to."""
    console = Console(file=StringIO(), width=200)
    given: dict[str, Any] = {"criteria": CRITERIA, "report": False, **options}
    given["logs"] = None if logged is None else Source(lake="lake")
    with patch.object(command, "looked", lambda *_, **__: logged):
        code = decide(run.results(), candidate=CANDIDATE, incumbent=INCUMBENT, out=out, console=console, **given)
    assert isinstance(console.file, StringIO)
    return code, console.file.getvalue()
