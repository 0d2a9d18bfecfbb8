"""``python -m tests.load``: a load run as a command."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from tests.load import broken_environment
from tests.load.plan import PlanError, plan
from tests.load.run import CRASHES, Account, play
from tests.load.stack import BROKEN, LOCAL, Stack, StackError
from tipbandit.usecases.learning import MAX_REMEMBERED

INEXACT: Final = 1
"""Exit status of a run after which something was lost or doubled."""
_COLUMNS: Final = (TextColumn("  {task.description:<24}"), BarColumn(40), MofNCompleteColumn(), TimeElapsedColumn())
_FEW: Final = 10


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load",
        description="Real client processes against the local HTTP API: a fifth of the rewards are duplicates, and in "
        "the end every decision must have been learned once. Exit status 0 if so, 1 if not.",
        epilog=f"Four policies take their turn, each with a state of its own: one state remembers {MAX_REMEMBERED} "
        "rewards, and refuses more.",
    )
    for name, default, meaning in (
        ("users", 1, "whom the rewards are for"),
        ("rewards", 10_000, "how many are sent, duplicates among them"),
        ("processes", 16, "client processes, all at work at once"),
        ("environments", 8, "environments the service may have, and so writers that meet at one state"),
        ("seed", 1, "another one is another plan"),
    ):
        parser.add_argument(f"--{name}", type=_positive, default=default, help=f"{meaning} (%(default)s)")
    parser.add_argument(
        "--kill", action="store_true", help="end all environments after a quarter, and the API after half"
    )
    parser.add_argument("--broken", choices=broken_environment.FAULTS, help="run a service that is wrong on purpose")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    given = _given(arguments)
    console = Console(highlight=False, soft_wrap=True)
    try:
        account = _played(given, Console(stderr=True, highlight=False))
    except (PlanError, StackError) as error:
        Console(stderr=True, soft_wrap=True).print(f"error: {error}", markup=False)
        return 2
    _report(console, given, account)
    return 0 if account.verdict.is_exact else INEXACT


def _played(given: argparse.Namespace, console: Console) -> Account:
    planned = plan(given.users, given.rewards, seed=given.seed)
    command = (*BROKEN, given.broken) if given.broken else LOCAL
    with (
        tempfile.TemporaryDirectory(prefix="tipbandit-") as directory,
        Progress(*_COLUMNS, console=console) as progress,
    ):
        tasks: dict[str, TaskID] = {}

        def watch(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what)
            progress.update(tasks[what], completed=done, total=of)

        stack = Stack(Path(directory), given.environments, command)
        return play(planned, stack, processes=given.processes, faults=CRASHES if given.kill else {}, watch=watch)


def _report(console: Console, given: argparse.Namespace, account: Account) -> None:
    verdict, answers = account.verdict, account.answers
    title = f"{given.rewards:,} rewards, users: {given.users:,}, processes: {given.processes}"
    table = Table("", Column("", justify="right"), title=title, show_header=False)
    others = {name: number for name, number in sorted(answers.items()) if name != "200"}
    for name, value in (
        ("decisions", f"{verdict.distinct:,}"),
        ("states", f"{verdict.states:,}"),
        ("lost", f"{verdict.lost}"),
        ("doubled", f"{verdict.doubled}"),
        ("learned, their answers lost", f"{verdict.unheard}"),
        ("rewards/s, crashes included", f"{len(account.told) / account.seconds:.0f}"),
        ("lost writes for each applied", f"{account.conflicts:.2f}"),
        ("p50", f"{1000 * account.latency(0.5):.0f} ms"),
        ("p99", f"{1000 * account.latency(0.99):.0f} ms"),
        ("the slowest", f"{account.latency(1.0):.1f} s"),
        ("attempts beyond the first", f"{answers.total() - len(account.told):,}"),
        *((f"  {name}", f"{number:,}") for name, number in others.items()),
    ):
        table.add_row(name, value)
    console.print(table)
    for problem in verdict.problems[:_FEW]:
        console.print(problem, markup=False)
    if len(verdict.problems) > _FEW:
        console.print(f"and {len(verdict.problems) - _FEW} more")
    console.print("every decision was learned once" if verdict.is_exact else "NOT every decision was learned once")


if __name__ == "__main__":
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.default_int_handler)  # nothing that was started stays behind
    sys.exit(main())
