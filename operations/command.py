"""``python -m operations``: the verbs, their arguments, and one clear line for whatever goes wrong."""

import argparse
import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from local.prompts.screen import visible
from operations import archive, forgetting, screen
from operations.errors import OperationsError
from operations.restoring import restore
from operations.table import open_table
from tipbandit.errors import TipbanditError
from tipbandit.ids import USER_KEY_PATTERN

FAILED: Final = 1
"""Exit status when something was refused, or failed on the way."""
UNUSABLE: Final = 2
"""Exit status when the arguments make no sense."""
INTERRUPTED: Final = 130
"""Exit status after Ctrl-C, as shells have it."""

Given = argparse.Namespace
Verb = Callable[[Console, Given], None]

_EXAMPLES: Final = """\
examples:
  python -m operations inspect u-1 tipbandit-prod-StateTable-1A2B3C
  python -m operations export tipbandit-prod-StateTable-1A2B3C backup/2026-11-26
  python -m operations restore backup/2026-11-26 tipbandit-prod-restored
  python -m operations reset-again resets.log tipbandit-prod-restored
  python -m operations forget u-1 tipbandit-prod-StateTable-1A2B3C --yes

`make operate ARGS="inspect u-1 TABLE"` is the same. The table is that of the AWS profile and region in use; with
AWS_ENDPOINT_URL_DYNAMODB set, of what answers there. docs/runbook.md says when to do what.
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(UNUSABLE, f"tipbandit: {visible(message)} (see {self.prog} --help)\n")


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit status."""
    given = parser().parse_args(arguments)
    try:
        given.run(Console(highlight=False, soft_wrap=True), given)
    except (OperationsError, TipbanditError, BotoCoreError, ClientError, OSError) as error:
        line = " ".join(visible(str(error)).split())
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"tipbandit: {line}", markup=False)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def parser() -> argparse.ArgumentParser:
    """Return what reads the arguments; ``run`` is the verb."""
    made = _Parser(
        prog="python -m operations",
        description="Copy the state table out, put a copy back, look at a user, forget one for good.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = made.add_subparsers(metavar="VERB", required=True)
    _add_export(verbs)
    _add_restore(verbs)
    _add_reset_again(verbs)
    _add_inspect(verbs)
    _add_forget(verbs)
    return made


def _verb(verbs: Any, name: str, run: Verb, meaning: str, more: str = "") -> argparse.ArgumentParser:  # noqa: ANN401  argparse's own
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=meaning, description=f"{meaning}. {more}")
    parser.set_defaults(run=run)
    return parser


def _add_export(verbs: Any) -> None:  # noqa: ANN401
    parser = _verb(
        verbs,
        "export",
        _export,
        "Write every item of a table into a directory",
        "The layout is that of DynamoDB's own export to S3. Items are read one page after the other, so an item is "
        "whole, and two of them may be of different moments; for one moment use DynamoDB's export.",
    )
    _add_table(parser)
    parser.add_argument("directory", type=Path, metavar="DIR", help="where to: a new or an empty directory")


def _add_restore(verbs: Any) -> None:  # noqa: ANN401
    parser = _verb(
        verbs,
        "restore",
        _restore,
        "Put an export into an empty table",
        "The export is checked from end to end before anything is written, and nothing is ever written over. Users "
        "who were reset after the export are back as they were before: make those resets again with reset-again.",
    )
    parser.add_argument("directory", type=Path, metavar="DIR", help="an export of this command or of DynamoDB's")
    _add_table(parser)
    parser.add_argument("--resume", action="store_true", help="go on with a restore that was interrupted")


def _add_reset_again(verbs: Any) -> None:  # noqa: ANN401
    parser = _verb(
        verbs,
        "reset-again",
        _reset_again,
        "Make the resets in a log again that a restored table does not know of",
        "The log has a log line of the reset function a line, whatever else; who was reset before the export, or has "
        "been since, is left alone.",
    )
    parser.add_argument("log", type=Path, metavar="LOG", help="what `aws logs tail --format short` printed")
    _add_table(parser)
    _add_window(parser)


def _add_inspect(verbs: Any) -> None:  # noqa: ANN401
    parser = _verb(verbs, "inspect", _inspect, "Show what is stored about a user, without what was learned itself")
    _add_user(parser)
    _add_table(parser)


def _add_forget(verbs: Any) -> None:  # noqa: ANN401
    parser = _verb(
        verbs,
        "forget",
        _forget,
        "Delete a user for good",
        "A reset comes first, so that no decision made before teaches anything after; its empty tombstones are all "
        "that stays, and vanish by themselves after the reward window.",
    )
    _add_user(parser)
    _add_table(parser)
    _add_window(parser)
    parser.add_argument("--yes", action="store_true", help="do it; without, only show what would be deleted")


def _add_table(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table", metavar="TABLE", help="the table, as the stack's output StateTableName has it")


def _add_user(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("user", type=_user, metavar="USER", help="the user's id; with tenants TENANT/ID")


def _add_window(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--window-days", type=_days, default="7", metavar="N", help="REWARD_WINDOW_DAYS of the functions (%(default)s)"
    )


def _user(text: str) -> str:
    if not re.fullmatch(USER_KEY_PATTERN, text):
        raise argparse.ArgumentTypeError("no user can have this id")
    return text


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError("a positive number of days")
    return int(text)


@contextlib.contextmanager
def _counting(doing: str, total: int | None) -> Iterator[archive.Progress]:
    """Show on a terminal how far it is; gives what to call after each item."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(doing, total=total)
        yield lambda: progress.advance(task)


def _export(console: Console, given: Given) -> None:
    table = open_table(given.table)
    started = datetime.now(UTC)
    about = {"tableArn": table.description()["TableArn"], "startTime": started.isoformat()}
    with _counting(f"exporting {table.name}", None) as progress:
        items = archive.counted(table.items(), progress)
        total = archive.write(given.directory, items, {**about, "exportTime": started.isoformat()})
    console.print(f"exported {total} items of {table.name} into {given.directory}", markup=False)


def _restore(console: Console, given: Given) -> None:
    found = archive.read(given.directory)
    table = open_table(given.table)
    with _counting("checking the export", found.items) as progress:
        found.check(progress)
    with _counting(f"restoring into {table.name}", found.items) as progress:
        done = restore(found, table, resume=given.resume, progress=progress)
    console.print(f"restored {done.written} items into {table.name}; {done.there_before} were there", markup=False)
    console.print(
        "Users reset after the export are back as they were: `reset-again` with the reset function's log makes those\n"
        "resets again. Whoever was forgotten for good since must be forgotten again. Turn on TTL (expires_at) and\n"
        "point-in-time recovery of a new table."
    )


def _reset_again(console: Console, given: Given) -> None:
    epochs = forgetting.resets_in(given.log)
    table = open_table(given.table)
    with _counting(f"resetting in {table.name}", len(epochs)) as progress:
        done = forgetting.reset_again(epochs, forgetting.resetting(table.name, given.window_days), progress)
    console.print(f"reset {done} of {len(epochs)} users; the others have not learned from before their reset")


def _inspect(console: Console, given: Given) -> None:
    screen.show(console, open_table(given.table).of_user(given.user))


def _forget(console: Console, given: Given) -> None:
    table = open_table(given.table)
    items = table.of_user(given.user)
    screen.show(console, items)
    if not given.yes:
        console.print("nothing was deleted; --yes deletes all of it")
        return
    left = forgetting.forget(given.user, table, forgetting.resetting(table.name, given.window_days))
    console.print(
        f"forgotten: {len(items)} items are gone; what stays is {len(left)} empty tombstones, which vanish after "
        f"{given.window_days} days.\nCopies may be in logs, in point-in-time recovery and in exports: docs/runbook.md "
        "says for how long."
    )
