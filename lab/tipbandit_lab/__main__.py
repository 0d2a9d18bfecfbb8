"""``python -m tipbandit_lab``: simulate players, decide whether a candidate may serve, show the personas."""

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from tipbandit_lab.analytics.command import command as analytics
from tipbandit_lab.command_line import names_of, processors, stdout
from tipbandit_lab.cost.command import command as cost
from tipbandit_lab.errors import RunError, StoppedError
from tipbandit_lab.evaluation.command import command as evaluate
from tipbandit_lab.faithful import comparison
from tipbandit_lab.features.command import features
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.lake.command import app as lake
from tipbandit_lab.pipeline.command import pipeline
from tipbandit_lab.plan import Plan
from tipbandit_lab.prior import PRIORS
from tipbandit_lab.prior.command import app as prior
from tipbandit_lab.progress import on_stderr
from tipbandit_lab.registry.command import app as registry
from tipbandit_lab.results import load
from tipbandit_lab.roster import BASELINES
from tipbandit_lab.runs import run
from tipbandit_lab.summary import lines, table
from tipbandit_lab.tables import Results
from tipbandit_lab.workers import Executor, Processes, in_process
from tipbandit_lab.world import Setting

LAB: Final = Path(__file__).parents[1]
_DEFAULTS: Final = Setting()
_CRITERIA: Final = Criteria()
_ERROR: Final = 1
_INTERRUPTED: Final = 130

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, help=__doc__
)

Personas = Annotated[list[str], typer.Option(help="Names, or main, holdout, all; also separated by commas.")]
Seeds = Annotated[int, typer.Option(min=1, help="How many.")]
FirstSeed = Annotated[int, typer.Option(min=0)]
Users = Annotated[int, typer.Option(min=1, help="Of each persona and seed.")]
Days = Annotated[int, typer.Option(min=1)]
Moments = Annotated[int, typer.Option(min=1, help="Decisions a user and day.")]
Candidates = Annotated[int, typer.Option(min=1, help="Tips to choose from.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; as many as processors by default.")]
DaskAddress = Annotated[
    str | None, typer.Option("--dask", metavar="ADDRESS", help="Of a Dask scheduler, to run there.")
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin anew instead of going on.")]
Kept = Annotated[
    Path | None, typer.Option(metavar="DIRECTORY", help="Where the run is kept; lab/results/... by default.")
]


@app.command()
def simulate(  # noqa: PLR0913 - a command's options
    players: Annotated[list[str], typer.Argument(help="Policies and baselines.")],
    *,
    personas: Personas = ["main"],  # noqa: B006 - typer copies it
    seeds: Seeds = 30,
    first_seed: FirstSeed = 0,
    users: Users = _DEFAULTS.users,
    days: Days = _DEFAULTS.days,
    moments: Moments = _DEFAULTS.moments_a_day,
    candidates: Candidates = _DEFAULTS.candidates,
    out: Kept = None,
    workers: Workers = None,
    dask: DaskAddress = None,
    fresh: Fresh = False,
) -> None:
    """Let players decide for simulated users, and say how well they did."""
    setting = Setting(users, days, moments, candidates)
    plan = Plan.named(players, names_of(personas), seeds=range(first_seed, first_seed + seeds), setting=setting)
    results = _played(plan, out or _place("simulate", plan), _executor(workers, dask), fresh=fresh)
    stdout().print(table(lines(results)))


@app.command()
def gate(  # noqa: PLR0913 - a command's options
    candidate: Annotated[str, typer.Argument(help="The policy that may be promoted: KEY, or KEY@PRIOR.")],
    *,
    against: Annotated[str, typer.Option(metavar="INCUMBENT", help="The policy that serves now, likewise.")],
    personas: Personas = ["all"],  # noqa: B006 - typer copies it
    seeds: Seeds = 30,
    first_seed: FirstSeed = 0,
    users: Users = _DEFAULTS.users,
    days: Days = _DEFAULTS.days,
    moments: Moments = _DEFAULTS.moments_a_day,
    candidates: Candidates = _DEFAULTS.candidates,
    margin: Annotated[float, typer.Option(help="The loss in reward that counts as harm.")] = _CRITERIA.margin,
    alpha: Annotated[float, typer.Option(help="Chance of promoting for nothing.")] = _CRITERIA.alpha,
    harm_alpha: Annotated[float, typer.Option(help="Chance of passing harm.")] = _CRITERIA.harm_alpha,
    look: Annotated[int | None, typer.Option(min=1, help="The number of this look, if earlier have no record.")] = None,
    lake: Annotated[
        str | None, typer.Option(metavar="DIR", help="Logged data, which promotion takes: a directory, or s3://...")
    ] = None,
    logged_days: Annotated[
        str | None, typer.Option(metavar="FROM..TO", help="UTC days of the lake that count; earlier ones only teach.")
    ] = None,
    unrewarded: Annotated[
        str, typer.Option(metavar="drop|ignored", help="What a logged decision without a reward is.")
    ] = "drop",
    shadow: Annotated[
        str | None, typer.Option(metavar="NAME", help="Take what this shadow logged instead of replaying CANDIDATE.")
    ] = None,
    bound: Annotated[
        str, typer.Option(metavar="fixed|anytime", help="Lower bound on logged data: for few looks, or for any number.")
    ] = "fixed",
    logged_margin: Annotated[float, typer.Option(help="The loss on logged data that may go undetected.")] = 0.0,
    logged_alpha: Annotated[float, typer.Option(help="As --alpha, on logged data.")] = 0.05,
    logged_look: Annotated[int | None, typer.Option(min=1, help="As --look, on logged data.")] = None,
    priors: Annotated[
        Path, typer.Option(metavar="DIR", help="The documents of priors.", show_default="lab/priors")
    ] = PRIORS,
    out: Annotated[Path | None, typer.Option(help="Where decisions are recorded; lab/decisions by default.")] = None,
    results: Kept = None,
    workers: Workers = None,
    dask: DaskAddress = None,
    fresh: Fresh = False,
) -> None:
    """Decide whether CANDIDATE may serve instead of the incumbent: exit code 0 promotes, 3 holds.

    It takes two: a win in the simulation, and a lower bound above the incumbent on the logged data of --lake.
    """
    from tipbandit_lab.gate.command import decide  # noqa: PLC0415 - statistics take a second to load
    from tipbandit_lab.gate.options import source  # noqa: PLC0415 - as above

    logs = source(
        lake,
        priors=priors,
        logged_days=logged_days,
        unrewarded=unrewarded,
        shadow=shadow,
        bound=bound,
        logged_margin=logged_margin,
        logged_alpha=logged_alpha,
        logged_look=logged_look,
    )
    criteria = Criteria(margin=margin, alpha=alpha, harm_alpha=harm_alpha)
    setting = Setting(users, days, moments, candidates)
    players = tuple(dict.fromkeys((candidate, against, *BASELINES)))
    chosen = range(first_seed, first_seed + seeds)
    plan = Plan.named(players, names_of(personas), seeds=chosen, setting=setting, priors=priors)
    place = results or _place(f"gate-{candidate}-against-{against}", plan)
    played = _played(plan, place, _executor(workers, dask), fresh=fresh)
    kept = out or LAB / "decisions"
    code = decide(
        played, candidate=candidate, incumbent=against, criteria=criteria, out=kept, look=look, logs=logs,
        console=stdout(),
    )  # fmt: skip
    raise typer.Exit(code)


@app.command("personas")
def show_personas(
    picture: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw them here, as PNG, SVG or PDF.")] = None,
) -> None:
    """Show what each persona wants, and what simple players earn with it."""
    from tipbandit_lab import persona_cards  # noqa: PLC0415 - drawing takes a second to load

    persona_cards.show(stdout())
    if picture is not None:
        persona_cards.draw(picture)


app.command("faithful")(comparison.command)
app.command("analytics")(analytics)
app.command("cost")(cost)
app.command("evaluate")(evaluate)
app.command()(features)
app.add_typer(lake, name="lake")
app.add_typer(prior, name="prior")
app.command("pipeline")(pipeline)
app.add_typer(registry, name="registry")


def main() -> None:
    """Run the command line; what is wrong is said in one line on stderr."""
    try:
        app(prog_name="tipbandit_lab")
    except StoppedError as error:
        _fail(error, _INTERRUPTED)
    except (RunError, ValueError, OSError) as error:
        if os.environ.get("TIPBANDIT_LAB_TRACEBACK"):
            raise
        _fail(error, _ERROR)


def _played(plan: Plan, directory: Path, executor: Executor, *, fresh: bool) -> Results:
    """Run a plan, or what is left of it, and read it."""
    run(plan, directory, executor=executor, progress=on_stderr(), fresh=fresh)
    sys.stderr.write(f"the run is kept in {directory}\n")
    return load(directory)


def _executor(workers: int | None, dask: str | None) -> Executor:
    if dask is not None:
        return _cluster(dask)
    count = workers or processors()
    return in_process if count == 1 else Processes(count)


def _cluster(address: str) -> Executor:
    try:
        from tipbandit_lab.clusters import Dask  # noqa: PLC0415 - an extra that most runs do without
    except ImportError as error:
        raise RunError(f"--dask needs the extra of that name: uv sync --project lab --extra dask ({error})") from None
    return Dask(address)


def _place(name: str, plan: Plan) -> Path:
    """Where a run is kept by default: another run, or another code's, is kept elsewhere."""
    return LAB / "results" / f"{re.sub('[^A-Za-z0-9._-]', '-', name)}-{plan.configuration()['fingerprint'][:8]}"


def _fail(error: Exception, code: int) -> None:
    sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
