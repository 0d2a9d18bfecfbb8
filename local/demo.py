"""``python -m local.demo``: a month in the life of one simulated user, through the HTTP API.

Each policy has the user to itself, under a user id of its own; beside them stand somebody who picks tips at
random without asking anyone, and somebody who can read the user's mind.
"""

import argparse
import contextlib
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from local.options import Options, StartError
from local.report import MIND_READER, RANDOM, Result, plot, print_result
from local.service import running
from local.simulation import TASTE, Moment, month
from local.terminal import Steps, guarded
from tipbandit.policies.registry import POLICIES
from tipbandit_recommender import Client, Recommender, Shadows, Shown, TipbanditClientError, profile_features
from tipbandit_recommender.retries import Limit, Timeouts
from tipbandit_recommender.sinks import LogSink

DAYS: Final = 30
MOMENTS: Final = 14
TIPS: Final = 12

_PATIENT: Final = Timeouts(score=Limit(10.0, 30.0), reward=Limit(10.0, 30.0))
"""Nobody waits for these tips, and a laptop may be busy."""

Choice = Callable[[Moment], int]
"""Who plays the month: from a moment to the number of the tip that is shown."""


@dataclass(slots=True)
class Caller:
    """A policy, asked by the reference caller: what its app would do for this user."""

    recommender: Recommender
    user_id: str
    history: list[Shown] = field(default_factory=list)
    degraded: int = 0

    def __call__(self, moment: Moment) -> int:
        """Ask for a tip, show it, and report the reaction."""
        profile = profile_features(self.history, now=moment.at)
        answer = self.recommender.choose(self.user_id, moment.context, moment.tips, profile=profile)
        shown = [tip.tip_id for tip in moment.tips].index(answer.tip_id)
        reaction = moment.reactions[shown]
        self.recommender.react(answer.decision, reaction)
        self.history.append(Shown(shown_at=moment.at, hour=moment.context.hour, reaction=reaction))
        self.degraded += answer.degraded
        return shown


def play(url: str, seed: int, days: int, progress: Progress) -> Result:
    """Let everybody play the first `days` of the month of `seed`, side by side.

    Raises:
        StartError: the service at `url` does not answer as it should.
    """
    try:
        client = Client(url, timeouts=_PATIENT)
    except ValueError as error:
        raise StartError(str(error)) from error
    with client:
        try:
            return _played(client, seed, days, progress)
        except TipbanditClientError as error:
            raise StartError(str(error)) from error


def _played(client: Client, seed: int, days: int, progress: Progress) -> Result:
    moments = month(seed, days=days, moments=MOMENTS, tips=TIPS)
    rng = np.random.default_rng(seed + 1)
    callers = _callers(client)
    players: dict[str, Choice] = {
        RANDOM: lambda moment: int(rng.integers(len(moment.tips))),
        **callers,
        MIND_READER: lambda moment: int(np.argmax(moment.wanted)),
    }
    rewards = {name: np.zeros((days, MOMENTS)) for name in players}
    task = progress.add_task("day 1", total=len(moments))
    for number, moment in enumerate(moments):
        for name, choose in players.items():
            rewards[name][moment.day, number % MOMENTS] = moment.reward(choose(moment))
        progress.update(task, advance=1, description=f"day {moment.day + 1}")
    return Result(
        rewards=rewards,
        theta={key: client.stats(each.user_id, key).policies[key].theta or {} for key, each in callers.items()},
        taste=TASTE,
        degraded=sum(each.degraded for each in callers.values()),
    )


def _callers(client: Client) -> dict[str, Caller]:
    """A caller for each policy, which meets the user under a name of its own, and in every demo as a stranger."""
    run = secrets.token_hex(3)
    nobody = Shadows(client.score, LogSink())
    return {
        key: Caller(Recommender(client, nobody, policy=key), f"demo-{key.replace('/', '-')}-{run}") for key in POLICIES
    }


@contextlib.contextmanager
def _service(console: Console, url: str | None) -> Iterator[str]:
    """The service at `url`, or one of our own for as long as the demo takes."""
    if url is not None:
        yield url
        return
    steps = Steps(console)
    with (
        tempfile.TemporaryDirectory(prefix="tipbandit-demo-") as state,
        running(Options(state=Path(state)), steps.next) as service,
    ):
        steps.end()
        yield service.url


def _run(console: Console, url: str | None, seed: int, picture: Path) -> None:
    console.print(
        f"[bold]tipbandit demo[/]: {DAYS} days of one simulated user, {MOMENTS} decisions a day among {TIPS} tips each"
    )
    with _service(console, url) as address:
        columns = (TextColumn("  {task.description:<8}"), BarColumn(40), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as progress:
            result = play(address, seed, DAYS, progress)
    plot(result, picture)
    print_result(console, result)
    console.print(f"\nPicture: [bold]{picture}[/]")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__.partition("\n\n")[2])
    parser.add_argument("--url", help="a running service to use, http://127.0.0.1:3000 say; default: one of its own")
    parser.add_argument("--seed", type=int, default=7, help="another seed is another month; default: %(default)s")
    parser.add_argument("--plot", type=Path, default=Path("demo.png"), help="where the picture goes")
    given = parser.parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True)
    return guarded(console, lambda: _run(console, given.url, given.seed, given.plot))


if __name__ == "__main__":
    sys.exit(main())
