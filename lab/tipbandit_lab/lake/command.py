"""``python -m tipbandit_lab lake``: fill one by simulation, or say what one holds."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from tipbandit_lab.command_line import processors, stdout
from tipbandit_lab.progress import on_stderr

DEFAULT: Final = Path(__file__).parents[2] / "results" / "lake"

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def lake() -> None:
    """Fill a lake by simulation, or say what one holds."""


@app.command()
def fill(  # noqa: PLR0913 - a command's options
    *,
    users: Annotated[int, typer.Option(min=1, help="How many, spread over the main personas.")] = 200,
    days: Annotated[int, typer.Option(min=1, help="That they live, from 5 January 2026 on.")] = 30,
    moments: Annotated[int, typer.Option(min=1, help="For a user each day; not all become decisions.")] = 4,
    candidates: Annotated[int, typer.Option(min=1, max=200, help="Tips to choose from.")] = 10,
    policy: Annotated[str, typer.Option(metavar="KEY", help="The policy that serves.")] = "linucb/v1",
    seed: Annotated[int, typer.Option(min=0, help="Which world.")] = 0,
    out: Annotated[Path, typer.Option(metavar="DIRECTORY", help="Where.")] = DEFAULT,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; as many as processors by default.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Replace what was filled there before.")] = False,
) -> None:
    """Fill a lake with what the service would have logged for simulated users."""
    from tipbandit_lab.errors import StoppedError  # noqa: PLC0415
    from tipbandit_lab.lake.filling import Filling  # noqa: PLC0415 - the service and its simulation take a second
    from tipbandit_lab.lake.filling import fill as filled  # noqa: PLC0415

    filling = Filling(users, days, moments, candidates, policy, seed)
    try:
        done = filled(filling, out, workers=workers or processors(), progress=on_stderr(), fresh=fresh)
    except KeyboardInterrupt:
        raise StoppedError(f"stopped; {out} is as it was") from None
    sys.stderr.write(f"{'the lake is in' if done else 'the lake is there already:'} {out}\n")


@app.command()
def show(
    *,
    lake: Annotated[str, typer.Option(metavar="LAKE", help="A directory, or s3://bucket/prefix.")] = str(DEFAULT),
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of the decisions.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of the decisions.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Read every file, and compare its checksums.")] = False,
) -> None:
    """Say what a lake holds, and what is odd about it."""
    from tipbandit_lab.lake.report import examined  # noqa: PLC0415 - as above
    from tipbandit_lab.lake.showing import show as shown  # noqa: PLC0415
    from tipbandit_lab.lake.verifying import verify as verified  # noqa: PLC0415

    if verify:
        sys.stderr.write(f"all {verified(lake)} files are whole\n")
    days = None
    if since is not None or until is not None:
        days = since.date() if since else date.min, until.date() if until else date.max
    shown(examined(lake, days=days), stdout())
