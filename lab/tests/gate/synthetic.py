"""Runs that were never played: tables with the numbers a test wants to be judged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from tipbandit_lab.arrays import Floats
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.evidence import gather
from tipbandit_lab.gate.findings import judge
from tipbandit_lab.gate.looks import look
from tipbandit_lab.gate.record import Finding
from tipbandit_lab.tables import CALIBRATION, DAYS, POSITIONS, WEIGHTS, Results

CANDIDATE, INCUMBENT = "new/v2", "old/v1"
PERSONAS = ("early", "late", "newcomer")  # the last has no profile
LEVELS = {"oracle": 0.6, "random": 0.0, INCUMBENT: 0.2, CANDIDATE: 0.2}
DECISIONS = 40
PLACES = 10
_BINS = ((0, 0.01, 9), (18, 0.91, 1))  # bin, stated propensity and candidates of a decision: epsilon 0.1 among ten

Row = dict[str, Any]
Change = Callable[[Row], Row | None]
"""From a row to what it becomes; None drops it."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What to make a run of.

    Attributes:
        gain: what the candidate earns more, by persona.
        noise: standard deviation of the difference in one persona and seed.
        luck: standard deviation, over seeds, of what both earn alike.
        levels: what each earns on average.
        change: edits a row of a table, by table name.
    """

    seeds: int = 20
    first_seed: int = 0
    days: int = 6
    personas: tuple[str, ...] = PERSONAS
    gain: Mapping[str, float] = field(default_factory=dict)
    noise: float = 0.01
    luck: float = 0.1
    levels: Mapping[str, float] = field(default_factory=lambda: LEVELS)
    change: Mapping[str, Change] = field(default_factory=dict)

    def results(self, draw: int = 0) -> Results:
        """Return the run, drawn with this number."""
        random = np.random.default_rng(draw)
        shape = (len(self.personas), self.seeds)
        luck = self.luck * random.standard_normal((1, self.seeds))  # one seed is lucky for all personas
        gain = np.array([[self.gain.get(name, 0.0)] for name in self.personas])
        rewards = {
            player: level + luck + (gain + self.noise * random.standard_normal(shape)) * (player == CANDIDATE)
            for player, level in self.levels.items()
        }
        tables = {
            "days": (DAYS, [row for who, mean in self._each(rewards) for row in self._day_rows(who, mean)]),
            "calibration": (CALIBRATION, [r for who, _ in self._each(rewards) for r in self._bin_rows(who, random)]),
            "positions": (POSITIONS, [r for who, _ in self._each(rewards) for r in self._place_rows(who, random)]),
            "weights": (WEIGHTS, [r for who, _ in self._each(rewards) for r in _weight_rows(who)]),
        }
        config = {
            "personas": [{"name": name, "has_profile": name != PERSONAS[-1]} for name in self.personas],
            "code_version": "abc",
        }
        return Results(config, **{name: self._table(name, *parts) for name, parts in tables.items()})

    def _table(self, name: str, schema: pa.Schema, rows: list[Row]) -> pa.Table:
        change: Change = self.change.get(name, dict)
        return pa.Table.from_pylist([kept for row in rows if (kept := change(row)) is not None], schema=schema)

    def _each(self, rewards: Mapping[str, Floats]) -> list[tuple[Row, float]]:
        return [
            ({"player": player, "persona": name, "seed": self.first_seed + seed, "block": 0}, float(mean[group, seed]))
            for player, mean in rewards.items()
            for group, name in enumerate(self.personas)
            for seed in range(self.seeds)
        ]

    def _day_rows(self, who: Row, mean: float) -> list[Row]:
        zeros = dict.fromkeys(("completed", "snoozed", "ignored", "dismissed", "unsound", "explored"), 0)
        sound = {"least_propensity": 0.01, "mass_error": 1e-16, **zeros, "completed": DECISIONS}
        total = {"decisions": DECISIONS, "reward": mean * DECISIONS, "expected": mean * DECISIONS}
        return [{**who, "day": day, **total, **sound} for day in range(self.days)]

    def _bin_rows(self, who: Row, random: np.random.Generator) -> list[Row]:
        n = DECISIONS * self.days
        best = int(random.binomial(n, 0.91))
        return [
            {
                **who,
                "bin": place,
                "candidates": n * count,
                "propensity": n * count * p,
                "variance": n * count * p * (1 - p),
                "shown": best if count == 1 else n - best,
            }
            for place, p, count in _BINS
        ]

    def _place_rows(self, who: Row, random: np.random.Generator) -> list[Row]:
        counts = random.multinomial(DECISIONS * self.days, [1 / PLACES] * PLACES)
        return [{**who, "position": place, "shown": int(count)} for place, count in enumerate(counts)]


def _weight_rows(who: Row) -> list[Row]:
    if who["player"] in ("oracle", "random"):
        return []
    return [{**who, "feature": name, "users": 4, "mean": mean, "square": mean**2 + 1.0} for name, mean in WEIGHTS_OF]


WEIGHTS_OF = (("bias", 0.5), ("urgency", -1.0))


def of(player: str, **values: float | str | None) -> Callable[[Row], Row]:
    """Return an edit that sets columns of one player's rows."""
    return lambda row: {**row, **values} if row["player"] == player else row


def everywhere(gain: float) -> dict[str, float]:
    """Return the same gain in every persona."""
    return dict.fromkeys(PERSONAS, gain)


def judged(run: Run, number: int = 1, **criteria: Any) -> dict[str, Finding]:  # noqa: ANN401 - of any field
    """Return what the gate finds in a run at a look, by criterion."""
    asked = Criteria(**criteria)
    findings = judge(gather(run.results(), CANDIDATE, INCUMBENT), asked, look(asked, number))
    return {finding.criterion: finding for finding in findings}


def failed(run: Run, number: int = 1, **criteria: Any) -> list[str]:  # noqa: ANN401 - of any field
    """Return the criteria that are not met."""
    return [name for name, finding in judged(run, number, **criteria).items() if not finding.passed]
