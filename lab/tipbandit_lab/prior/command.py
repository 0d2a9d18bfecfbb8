"""``prior``: learn where new users start from what all users did, look at it, and publish it."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from tipbandit_lab.command_line import stdout
from tipbandit_lab.errors import RunError
from tipbandit_lab.prior import PRIORS

_LAKE: Final = Path(__file__).parents[2] / "results" / "lake"

File = Annotated[Path, typer.Argument(metavar="FILE", help="The document of a prior.")]

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def prior() -> None:
    """Learn where new users start, look at it, and publish it."""


@app.command()
def learn(
    *,
    lake: Annotated[str, typer.Option(metavar="LAKE", help="A directory, or s3://bucket/prefix.")] = str(_LAKE),
    policy: Annotated[str, typer.Option(metavar="KEY", help="The policy it is for.")] = "linucb/v1",
    trust: Annotated[
        float | None, typer.Option(min=0.001, max=1, help="In users being normally distributed; 0.5 by default.")
    ] = None,
    days: Annotated[
        str | None, typer.Option(metavar="FROM..TO", help="UTC days of the decisions; all of them.")
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="PATH", help="A .json, or a directory: there it is <version>.json.")
    ] = PRIORS,
) -> None:
    """Learn a policy's prior from all users of a lake."""
    from tipbandit.policies.registry import POLICIES  # noqa: PLC0415 - numpy and DuckDB take a second to load
    from tipbandit_lab.lake.window import window  # noqa: PLC0415 - as above
    from tipbandit_lab.prior import documents  # noqa: PLC0415 - as above
    from tipbandit_lab.prior.learning import TRUST  # noqa: PLC0415 - as above
    from tipbandit_lab.prior.learning import learn as learned  # noqa: PLC0415 - as above
    from tipbandit_lab.prior.showing import show as shown  # noqa: PLC0415 - as above

    if policy not in POLICIES:
        raise RunError(f"no such policy: {policy}; there are {', '.join(POLICIES)}")
    found = learned(lake, POLICIES[policy], days=window(days), trust=TRUST if trust is None else trust)
    place = documents.write(out, POLICIES[policy], found.prior, found.about)
    shown(documents.read(place), stdout())
    sys.stderr.write(f"the prior is in {place}; before it serves: gate {policy}@{found.prior.version}\n")


@app.command()
def show(file: File) -> None:
    """Say what new users start with, and what that was learned from."""
    from tipbandit_lab.prior import documents  # noqa: PLC0415 - as above
    from tipbandit_lab.prior.showing import show as shown  # noqa: PLC0415 - as above

    shown(documents.read(file), stdout())


@app.command()
def publish(
    file: File, *, bucket: Annotated[str, typer.Option(metavar="NAME", help="That the service reads.")]
) -> None:
    """Put a prior into the bucket of the service, and print the setting that names it."""
    from tipbandit_lab.prior import documents  # noqa: PLC0415 - as above
    from tipbandit_lab.prior.publishing import publish as published  # noqa: PLC0415 - as above
    from tipbandit_lab.prior.publishing import setting  # noqa: PLC0415 - as above

    document = documents.read(file)
    new = published(document, bucket)
    sys.stderr.write(
        f"{document.prior.version} {'is' if new else 'was'} in s3://{bucket}/priors{'' if new else ' already'}\n"
    )
    sys.stdout.write(setting(document) + "\n")
