"""What a demo has shown: tables, a paired comparison with chance, a picture."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RANDOM: Final = "random"
MIND_READER: Final = "mind reader"
"""Who knows the user's taste, though not the mood: what learning can hope to come near."""
_ROWS: Final = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 15), (16, 20), (21, 25), (26, 30))
"""The days of each row of the table: single ones first, where the learning is."""

_WINDOW: Final = 5
_COLOURS: Final = ("#1b6ca8", "#e07a1f", "#2f9e62", "#9b4f96", "#b8860b")

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Result:
    """What everybody got: `rewards` have shape (days, decisions a day)."""

    rewards: Mapping[str, Array]
    theta: Mapping[str, Mapping[str, float]]
    taste: Mapping[str, float]
    degraded: int

    def by_day(self, name: str) -> Array:
        """The mean reward of each day, shape (days,)."""
        mean: Array = self.rewards[name].mean(axis=1)
        return mean

    def advantage(self, name: str) -> tuple[float, float]:
        """How much more reward a tip than chance, and the standard error of that, over the days.

        Everyone meets the same tips and moods on a day, so the days are compared pair by pair.
        """
        difference = self.by_day(name) - self.by_day(RANDOM)
        return float(difference.mean()), float(difference.std(ddof=1) / math.sqrt(len(difference)))


def print_result(console: Console, result: Result) -> None:
    """Print rewards, weights, and whether learning beat chance."""
    console.print(_rewards(result))
    console.print(_weights(result))
    console.print()
    possible, _ = result.advantage(MIND_READER)
    for name in result.theta:
        mean, error = result.advantage(name)
        better = int((result.by_day(name) > result.by_day(RANDOM)).sum())
        console.print(
            f"[bold]{name:<10}[/] against random: [bold]{mean:+.3f}[/] reward a tip, standard error {error:.3f} "
            f"(t = {mean / error:.1f}), better on {better} of {len(result.by_day(name))} days; "
            f"{mean / possible:.0%} of what a mind reader gains",
            soft_wrap=True,
        )
    if result.degraded:
        console.print(f"  {result.degraded} answers were degraded: the state could not be read in time")


def _rewards(result: Result) -> Table:
    table = Table(title="\nmean reward a tip, -1 to 1", title_justify="left", title_style="bold")
    table.add_column("days")
    for name in result.rewards:
        table.add_column(name, justify="right")
    for first, last in _ROWS:
        means = [result.by_day(name)[first - 1 : last].mean() for name in result.rewards]
        table.add_row(f"{first}-{last}" if last > first else str(first), *(f"{mean:+.3f}" for mean in means))
    table.add_section()
    table.add_row("all", *(f"{rewards.mean():+.3f}" for rewards in result.rewards.values()), style="bold")
    return table


def _weights(result: Result) -> Table:
    table = Table(
        title="\nwhat was learned: weights by feature name, beside what the user wants",
        title_justify="left",
        title_style="bold",
    )
    table.add_column("feature")
    table.add_column("the user", justify="right", style="dim")
    for name in result.theta:
        table.add_column(name, justify="right")
    features = dict.fromkeys(feature for theta in result.theta.values() for feature in theta)
    for feature in features:
        learned = [theta.get(feature) for theta in result.theta.values()]
        cells = ["" if weight is None else f"{weight:+.2f}" for weight in [result.taste.get(feature), *learned]]
        table.add_row(feature, *cells)
    return table


def plot(result: Result, path: Path) -> None:
    """Write the picture: reward by day on the left, learned weights on the right."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (slow to import)
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(13, 5.2), layout="constrained", dpi=130)
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
    colours = dict(zip(result.theta, _COLOURS, strict=False))
    _plot_days(left, result, colours)
    _plot_weights(right, result, colours)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(length=0)
    figure.savefig(path)


def _plot_days(axes: "Axes", result: Result, colours: Mapping[str, str]) -> None:
    others = {RANDOM: ("#888888", "--"), MIND_READER: ("#222222", ":")}
    axes.axhline(0, color="#dddddd", linewidth=0.8, zorder=0)
    for name in result.rewards:
        colour, line = others.get(name, (colours.get(name, "#222222"), "-"))
        by_day = result.by_day(name)
        number = np.arange(1, len(by_day) + 1)
        axes.scatter(number, by_day, s=10, color=colour, alpha=0.3, linewidths=0)
        axes.plot(number, _smooth(by_day), line, color=colour, linewidth=2.2 if name in colours else 1.6, label=name)
    axes.set(xlabel="day", ylabel="mean reward a tip", xlim=(0.5, len(by_day) + 0.5))
    axes.set_title(f"One user, {len(by_day)} days: each dot a day, lines over {_WINDOW} days", loc="left")
    axes.legend(frameon=False, ncols=3, loc="upper left", bbox_to_anchor=(0, -0.11), handlelength=1.6)


def _plot_weights(axes: "Axes", result: Result, colours: Mapping[str, str]) -> None:
    features = list(result.taste)
    rows = np.arange(len(features))[::-1]
    for row in rows[::2]:
        axes.axhspan(row - 0.5, row + 0.5, color="#f4f4f4", zorder=0)
    axes.axvline(0, color="#bbbbbb", linewidth=0.8, zorder=0)
    offsets = np.linspace(0.25, -0.25, len(colours))
    for (name, colour), offset in zip(colours.items(), offsets, strict=True):
        weights = [result.theta[name].get(feature, np.nan) for feature in features]
        axes.scatter(weights, rows + offset, s=42, color=colour, linewidths=0)
    axes.scatter(list(result.taste.values()), rows, s=260, marker="|", color="#222222", label="what the user wants")
    axes.set_yticks(rows, features)
    axes.set(xlabel="weight", ylim=(-0.5, len(features) - 0.5))
    axes.set_title("What was learned", loc="left")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, -0.11))


def _smooth(by_day: Array) -> Array:
    """The centred mean over `_WINDOW` days, over fewer at the ends."""
    window = np.ones(_WINDOW)
    smooth: Array = np.convolve(by_day, window, "same") / np.convolve(np.ones(len(by_day)), window, "same")
    return smooth
