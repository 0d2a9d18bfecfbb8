"""``evaluate``: what a candidate would have earned on the decisions of a lake."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from tipbandit_lab.command_line import stdout
from tipbandit_lab.errors import RunError
from tipbandit_lab.prior import PRIORS

if TYPE_CHECKING:
    from tipbandit_lab.evaluation.assembling import Told

REFUSED: Final = 3
"""Exit code where the data support no number."""
_EVERY: Final = 10_000
"""Decisions between two lines of a log."""


def command(  # noqa: PLR0913 - a command's options
    candidate: Annotated[str, typer.Argument(help="The policy that may serve: KEY, KEY@PRIOR, or shadow:NAME.")],
    *,
    against: Annotated[str, typer.Option(metavar="INCUMBENT", help="The policy that serves now: KEY, or KEY@PRIOR.")],
    lake: Annotated[str, typer.Option(metavar="DIR", help="A directory, or s3://bucket/prefix.")],
    days: Annotated[
        str | None, typer.Option(metavar="FROM..TO", help="UTC days that count; earlier ones only teach. All of them.")
    ] = None,
    unrewarded: Annotated[
        str, typer.Option(metavar="drop|ignored", help="What a decision without a reward is.")
    ] = "drop",
    confidence: Annotated[float, typer.Option(min=0.5, max=0.9999, help="Of all intervals, two-sided.")] = 0.95,
    priors: Annotated[
        Path, typer.Option(metavar="DIR", help="The documents of priors.", show_default="lab/priors")
    ] = PRIORS,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the record here.")] = None,
) -> None:
    """Say what CANDIDATE would have earned on logged decisions; exit code 3: the data do not support a number."""
    from tipbandit_lab.evaluation.evaluating import evaluate_policies  # noqa: PLC0415 - scipy takes a second to load
    from tipbandit_lab.evaluation.showing import show  # noqa: PLC0415 - as above
    from tipbandit_lab.files import replacing  # noqa: PLC0415 - as above
    from tipbandit_lab.lake import connect  # noqa: PLC0415 - as above
    from tipbandit_lab.lake.window import window  # noqa: PLC0415 - as above

    if unrewarded not in ("drop", "ignored"):
        raise RunError(f"--unrewarded is drop or ignored, not {unrewarded}")
    with closing(connect(lake)) as connection, progress() as told:
        found = evaluate_policies(
            connection,
            candidate,
            against,
            days=window(days),
            unrewarded="ignored" if unrewarded == "ignored" else "drop",
            alpha=1 - confidence,
            priors=priors,
            told=told,
        )
    if json is not None:
        with replacing(json) as written:
            written.write_text(found.as_json(), encoding="utf-8")
    show(found, stdout())
    if not found.verdict.valid:
        raise typer.Exit(REFUSED)


@contextmanager
def progress() -> Iterator["Told"]:
    """Give who is told of replayed decisions: a bar for who watches a terminal, lines for a log."""
    console = Console(stderr=True)
    if console.is_terminal:
        with Bar(console=console, transient=True) as bar:
            task = bar.add_task("decisions replayed", total=None)
            yield lambda more: bar.update(task, advance=more)
        return
    done = 0

    def told(more: int) -> None:
        nonlocal done
        done += more
        if done // _EVERY != (done - more) // _EVERY:
            sys.stderr.write(f"{done:,} decisions replayed\n")

    yield told
    sys.stderr.write(f"{done:,} decisions replayed, both policies counted\n")
