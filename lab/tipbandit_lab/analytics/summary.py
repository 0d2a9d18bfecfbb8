"""What a terminal has room for."""

from collections.abc import Callable
from typing import Final

from rich.table import Table

from tipbandit_lab.analytics.measures import Analysis, Measure
from tipbandit_lab.analytics.plots import interval, share

_COLUMNS: Final = ("served", "coverage", "mean reward (95 %)", "weighted (95 %)")
_MEASURES: Final = {
    "all": ("served", "mean_reward", "weighted_reward"),
    "policy": ("served", "mean_reward", "weighted_reward"),
    "prompt_version": ("served", "mean_reward", "weighted_reward"),
    "shadow": ("asked", "shown_reward", "snips_reward"),
}


def summary(found: Analysis) -> Table:
    """Return each group's decisions, coverage, and rewards as served and weighted, over all days."""
    table = Table(title=f"decisions of {found.facts.window[0]} to {found.facts.window[1]}")
    table.add_column("group")
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    for by, (counted, mean, weighted) in _MEASURES.items():
        for group, rows in found.of(by, counted).items():
            cells = (
                _cell(found, by, group, *each) for each in (("coverage", share), (mean, interval), (weighted, interval))
            )
            table.add_row(group, f"{rows[0].estimate:,.0f}", *cells)
    return table


def _cell(found: Analysis, by: str, group: str, measure: str, how: Callable[[Measure], str]) -> str:
    rows = found.of(by, measure).get(group, [])
    return how(rows[0]) if rows else ""
