"""``python -m tipbandit_lab pipeline``: from the lake to a registered version, with its model card."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from tipbandit_lab.command_line import names_of, processors
from tipbandit_lab.pipeline.engines import Engine, usual
from tipbandit_lab.pipeline.options import DECISIONS, ROOT
from tipbandit_lab.prior import PRIORS

if TYPE_CHECKING:
    from tipbandit_lab.gate.logged import Bound

LAKE: Final = str(ROOT.parent / "lake")


def pipeline(  # noqa: PLR0913 - a command's options
    *,
    candidate: Annotated[str, typer.Option(metavar="POLICY", help="That may serve: KEY, or KEY@PRIOR.")] = "linucb/v2",
    against: Annotated[str, typer.Option(metavar="POLICY", help="That serves now, likewise.")] = "linucb/v1",
    prior: Annotated[bool, typer.Option("--prior", help="Learn a prior for the candidate on the way.")] = False,
    lake: Annotated[str, typer.Option(metavar="LAKE", help="A directory, or s3://bucket/prefix.")] = LAKE,
    days: Annotated[str | None, typer.Option(metavar="FROM..TO", help="Of the decisions; all by default.")] = None,
    personas: Annotated[list[str], typer.Option(help="Of the gate: names, or main, holdout, all.")] = ["all"],  # noqa: B006 - typer copies it
    seeds: Annotated[int, typer.Option(min=1, help="Of the gate; it promotes nobody below 20.")] = 20,
    gate_users: Annotated[int, typer.Option(min=1, help="Of the gate: of each persona and seed.")] = 8,
    gate_days: Annotated[int, typer.Option(min=1, help="Of the gate.")] = 14,
    gate_moments: Annotated[int, typer.Option(min=1, help="Of the gate: decisions a user and day.")] = 4,
    bound: Annotated[str, typer.Option(metavar="fixed|anytime", help="Of the gate on logged data.")] = "fixed",
    cold: Annotated[int, typer.Option(min=1, help="A user is cold until they gave so many rewards.")] = 10,
    users: Annotated[int, typer.Option(min=1, help="Of the lake that is simulated if there is none yet.")] = 60,
    lake_days: Annotated[int, typer.Option(min=1, help="Likewise.")] = 21,
    out: Annotated[Path, typer.Option(metavar="DIRECTORY", help="Where the steps are kept.")] = ROOT,
    decisions: Annotated[Path, typer.Option(help="Where the gate's decisions are, its memory of looks.")] = DECISIONS,
    priors: Annotated[Path, typer.Option(help="The documents of priors that are named.")] = PRIORS,
    registry: Annotated[
        str | None, typer.Option(metavar="URI", help="Else MLFLOW_TRACKING_URI, else lab/registry.")
    ] = None,
    engine: Annotated[Engine | None, typer.Option(help="prefect where it is installed, else plain.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; as many as processors by default.")] = None,
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Of a Dask scheduler, to simulate there.")] = None,
) -> None:
    """Go from a lake to a registered version: features, prior, evaluation, gate and model card."""
    from tipbandit_lab.gate.logged import LoggedCriteria  # noqa: PLC0415 - as below
    from tipbandit_lab.lake.window import window  # noqa: PLC0415
    from tipbandit_lab.pipeline.engines import run  # noqa: PLC0415 - statistics take a second to load
    from tipbandit_lab.pipeline.options import Asked  # noqa: PLC0415
    from tipbandit_lab.world import Setting  # noqa: PLC0415

    count = workers or processors()
    asked = Asked(
        lake=lake,
        candidate=candidate,
        incumbent=against,
        prior=prior,
        priors=priors,
        days=window(days),
        personas=tuple(names_of(personas)),
        seeds=seeds,
        setting=Setting(gate_users, gate_days, gate_moments),
        logged=LoggedCriteria(bound=cast("Bound", bound)),
        cold=cold,
        root=out,
        decisions=decisions,
        registry=registry or "",
        workers=count,
        dask=dask,
    )
    if lake == LAKE and not Path(lake).exists():
        _fill(users, lake_days, Path(lake), count)
    outcome = run(asked, engine or usual())
    typer.echo(f"{outcome.version} is registered; the gate says {outcome.verdict}")
    typer.echo(f"its card: {outcome.card / 'card.html'}")
    typer.echo(f"to let it serve: python -m tipbandit_lab registry promote {outcome.version}")


def _fill(users: int, days: int, place: Path, workers: int) -> None:
    from tipbandit_lab.lake.filling import Filling, fill  # noqa: PLC0415 - most runs have a lake
    from tipbandit_lab.progress import on_stderr  # noqa: PLC0415

    sys.stderr.write(f"there is no lake yet: {users} users and {days} days are simulated into {place}\n")
    fill(Filling(users=users, days=days), place, workers=workers, progress=on_stderr())
