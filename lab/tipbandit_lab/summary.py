"""What a run says of each player, for a terminal."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from rich.table import Table

from tipbandit_lab.arrays import Floats
from tipbandit_lab.gate.cube import Rows
from tipbandit_lab.tables import Results

EVERYBODY = "all of them"
"""The mean over the personas, each with the same weight."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over the seeds and its standard error; NaN of a single seed."""

    mean: float
    error: float

    @classmethod
    def of(cls, x: Floats) -> "Estimate":
        """Return the estimate from one number for each seed, shape (S,)."""
        error = float(x.std(ddof=1)) / math.sqrt(len(x)) if len(x) > 1 else math.nan
        return cls(float(x.mean()), error)

    def __str__(self) -> str:
        return f"{self.mean:.4f}" + ("" if math.isnan(self.error) else f" ± {self.error:.4f}")


@dataclass(frozen=True, slots=True)
class Line:
    """One player with one persona, or with all.

    Attributes:
        persona: its name, or ``EVERYBODY``.
        player: its name.
        expected: expected reward of what was shown, per decision.
        regret: by how much the oracle, on the same seeds, shows better; None if it did not play.
        explored: share of the decisions that only exploration can have made.
    """

    persona: str
    player: str
    expected: Estimate
    regret: Estimate | None
    explored: float


def lines(results: Results) -> list[Line]:
    """Return a line for each persona and player in the order of the configuration, and at last those over all."""
    personas = [each["name"] for each in results.config["personas"]]
    players = list(results.config["players"])
    rows = Rows(results.days, {"persona": personas, "player": players, "seed": results.config["seeds"]})
    decisions = rows.sum("decisions")
    expected, explored = rows.sum("expected") / decisions, rows.sum("explored") / decisions
    if len(personas) > 1:
        personas = [*personas, EVERYBODY]
        expected, explored = (np.concatenate([x, x.mean(axis=0, keepdims=True)]) for x in (expected, explored))
    return [
        line
        for persona, *numbers in zip(personas, expected, explored, strict=True)
        for line in _of(persona, players, *numbers)
    ]


def table(found: list[Line]) -> Table:
    """Return the lines as a table to print."""
    shown = Table("persona", "player", title="mean over seeds ± standard error, per decision")
    for name in ("expected reward", "regret to the oracle", "explored"):
        shown.add_column(name, justify="right")
    for number, line in enumerate(found):
        first = number == 0 or found[number - 1].persona != line.persona
        if first and number:
            shown.add_section()
        regret = "-" if line.regret is None else str(line.regret)
        shown.add_row(line.persona if first else "", line.player, str(line.expected), regret, f"{line.explored:.1%}")
    return shown


def _of(persona: str, players: list[str], expected: Floats, explored: Floats) -> Iterator[Line]:
    """The lines of one persona; both arrays (players, seeds)."""
    oracle = expected[players.index("oracle")] if "oracle" in players else None
    for player, own, shares in zip(players, expected, explored, strict=True):
        regret = None if oracle is None else Estimate.of(oracle - own)
        yield Line(persona, player, Estimate.of(own), regret, float(shares.mean()))
