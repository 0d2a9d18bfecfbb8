"""Show what a lake holds, as tables."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tipbandit_lab.lake.report import Contents, Policy, Report

_NAMED: Final = 5
"""Days that are named at most."""


def show(report: Report, console: Console) -> None:
    """Print a report."""
    console.print(_tables(report))
    console.print(_policies(report.policies))
    for contents in report.tables:
        if contents.missing:
            console.print(f"nothing of {contents.table} arrived on {_listed(contents.missing)}", highlight=False)
    for count, what in report.oddities:
        console.print(f"{count:,} {escape(what)}", highlight=False)


def _tables(report: Report) -> Table:
    title = escape(report.root)
    table = Table(
        "table", "arrived", *_right("days", "files", "lines", "came again", "events"), "versions", title=title
    )
    for each in report.tables:
        arrived = f"{each.days[0]} to {each.days[-1]}" if each.days else "nothing"
        numbers = (len(each.days), each.files, each.lines, each.again, each.events)
        table.add_row(each.table, arrived, *(f"{number:,}" for number in numbers), _versions(each))
    return table


def _policies(policies: Sequence[Policy]) -> Table:
    columns = _right("decisions", "users", "rewarded", "mean reward", "explored", "degraded")
    table = Table("policy", "prior", *columns)
    for each in policies:
        shares = [f"{count / each.decisions:.1%}" for count in (each.rewards, each.explored, each.degraded)]
        mean = "-" if each.mean_reward is None else f"{each.mean_reward:.4f}"
        numbers = (f"{each.decisions:,}", f"{each.users:,}", shares[0], mean, *shares[1:])
        table.add_row(escape(each.policy), escape(each.prior or "none"), *numbers)
    return table


def _right(*names: str) -> list[Column]:
    return [Column(name, justify="right") for name in names]


def _versions(contents: Contents) -> str:
    named = {"none" if version is None else str(version): count for version, count in contents.versions.items()}
    return ", ".join(named) if len(named) == 1 else ", ".join(f"{name}: {count:,}" for name, count in named.items())


def _listed(days: Sequence[date]) -> str:
    first = ", ".join(map(str, days[:_NAMED]))
    return first if len(days) <= _NAMED else f"{first} and {len(days) - _NAMED} more days"
