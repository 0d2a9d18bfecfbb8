"""The same policy and cohort in both runners, and the command that lays them side by side."""

import tempfile
import time
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tipbandit.contracts.fields import MAX_CANDIDATES
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit_lab import fast
from tipbandit_lab.batch import BatchPolicy
from tipbandit_lab.faithful.runner import play
from tipbandit_lab.faithful.stage import FaithfulError, check, service
from tipbandit_lab.faithful.transcript import Step, Transcript, differences
from tipbandit_lab.moments import Moment, Reactions
from tipbandit_lab.personas import Persona, holdout, personas
from tipbandit_lab.players import Choices
from tipbandit_lab.world import Cohort, Setting
from tipbandit_recommender import TipbanditClientError

FAILED: Final = 1
"""Exit status of a run that could not be made."""
DIFFERS: Final = 3
"""Exit status of a run that the fast runner does not repeat."""

_DEFAULTS: Final = Setting()


def play_fast(cohort: Cohort, policy: Policy) -> Transcript:
    """Let one policy play a cohort in the fast runner."""
    players: list[BatchPolicy] = []
    steps: list[Step] = []

    def seated(users: int) -> BatchPolicy:
        players.append(BatchPolicy(policy, users))
        return players[-1]

    def watch(_: str, moment: Moment, choices: Choices, reactions: Reactions) -> None:
        propensity = np.take_along_axis(choices.propensities, choices.shown[None], axis=0)[0]
        steps.append(Step(moment.ids, choices.shown, propensity, choices.propensities, reactions))

    fast.play(cohort, {policy.key: seated}, watch)
    return Transcript.of(steps, np.full(cohort.setting.users, len(steps)), players[0].weights())


def command(  # noqa: PLR0913 - a command's options
    policy: Annotated[str, typer.Argument(help="One that the service has.")],
    *,
    persona: Annotated[str, typer.Option(help="Whose users.")] = "night_owl",
    seed: int = 0,
    users: Annotated[int, typer.Option(min=1)] = 2,
    days: Annotated[int, typer.Option(min=1)] = 3,
    moments: Annotated[int, typer.Option(min=1, help="Decisions a user and day.")] = _DEFAULTS.moments_a_day,
    candidates: Annotated[int, typer.Option(min=1, max=MAX_CANDIDATES, help="Tips to choose from.")] = (
        _DEFAULTS.candidates
    ),
) -> None:
    """Let a policy decide over the real HTTP API, and check that the fast runner does the same: if not, exit code 3."""
    try:
        check()
        cohort = Cohort(_persona(policy, persona), seed, Setting(users, days, moments, candidates))
        one = _played(cohort, policy)
    except (FaithfulError, TipbanditClientError) as error:
        _console(stderr=True).print(f"error: {error}", markup=False)
        raise typer.Exit(FAILED) from None
    wrong = differences(one, play_fast(cohort, POLICIES[policy]))
    _report(one, wrong)
    if wrong:
        raise typer.Exit(DIFFERS)


def _persona(policy: str, persona: str) -> Persona:
    try:
        known = {**personas(), **holdout()}
    except ValueError as error:
        raise FaithfulError(str(error)) from error
    wrong = []
    if policy not in POLICIES:
        wrong.append(f"no policy {policy!r}; there are {', '.join(POLICIES)}")
    if persona not in known:
        wrong.append(f"no persona {persona!r}; there are {', '.join(known)}")
    if wrong:
        raise FaithfulError("; ".join(wrong))
    return known[persona]


def _console(*, stderr: bool) -> Console:
    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def _played(cohort: Cohort, policy: str) -> Transcript:
    setting, console = cohort.setting, _console(stderr=True)
    console.print(
        f"[bold]{policy}[/] over HTTP for {setting.users} x {cohort.persona.name}, seed {cohort.seed}: "
        f"{setting.days} days of {setting.moments_a_day} decisions among {setting.candidates} tips each"
    )
    columns = (TextColumn("  {task.description:<38}"), BarColumn(40), MofNCompleteColumn(), TimeRemainingColumn())
    with tempfile.TemporaryDirectory(prefix="tipbandit-") as directory, Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=cohort.rounds)
        with service(Path(directory), lambda step: progress.update(task, description=step)) as stage:
            progress.update(task, description="playing")
            started = time.monotonic()
            transcript = play(cohort, policy, stage, watch=lambda done: progress.update(task, completed=done))
            calls = 2 * transcript.shown.size / (time.monotonic() - started)
            progress.update(task, description=f"played, {calls:.0f} calls a second")
    return transcript


def _report(transcript: Transcript, wrong: list[str]) -> None:
    console = _console(stderr=False)
    console.print(f"  {transcript.shown.size} decisions, mean reward {transcript.reward.mean():+.3f}")
    if wrong:
        console.print("  [bold red]the fast runner differs[/]")
        for line in wrong:
            console.print(f"    {line}", markup=False)
    else:
        console.print(
            "  [bold green]the fast runner does the same[/]: "
            "decision ids, shown tips, propensities, reactions, rewards, weights"
        )
