"""Decisions to be reported: judged as the gate does, of runs that were never played."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tests.gate import logs
from tests.gate.synthetic import CANDIDATE, DECISIONS, INCUMBENT, LEVELS, Row, Run, everywhere

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.decision import decided
from tipbandit_lab.gate.evidence import Evidence, gather
from tipbandit_lab.gate.logged import Logged
from tipbandit_lab.gate.record import Record
from tipbandit_lab.tables import TABLES, Results

MOMENTS = 8
SETTING = {"type": "Setting", "users": 5, "days": 6, "moments_a_day": MOMENTS, "candidates": 10}
POLICIES = {
    name: {
        "policy": {"key": name, "epsilon": 0.1, "alpha": None, "feature_set": {"name": "base", "features": ["a", "b"]}}
    }
    for name in (CANDIDATE, INCUMBENT)
}
EVERYBODY = {**LEVELS, "popular": 0.1, "urgent": 0.15}
BETTER = everywhere(0.05)
WORSE = everywhere(-0.05)
_FALL = 0.03
"""By which every player's reward changes from day to day, up or down."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What was decided, and by what."""

    record: Record
    evidence: Evidence


@dataclass(frozen=True, kw_only=True)
class Case:
    """What to decide about.

    Attributes:
        run: the numbers.
        names: what players and personas are called instead.
        config: more of the run's configuration.
        criteria: the thresholds.
        look: which it is.
        without_seed: a seed of the run that is left out.
        logged: what logged data say.
    """

    run: Run = field(default_factory=lambda: Run(levels=EVERYBODY, gain=BETTER))
    names: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=lambda: {"setting": SETTING, "blocks": 1, "players": POLICIES})
    criteria: Criteria = field(default_factory=Criteria)
    look: int = 1
    without_seed: int | None = None
    logged: Logged | None = logs.BETTER

    def decision(self) -> Decision:
        """Return what the gate decides."""
        results = self._results()
        candidate, incumbent = (self.names.get(name, name) for name in (CANDIDATE, INCUMBENT))
        evidence = gather(results, candidate, incumbent)
        record = decided(results, evidence, self.criteria, number=self.look, date="2026-02-03", logged=self.logged)
        return Decision(record=record, evidence=evidence)

    def _results(self) -> Results:
        change = dict.fromkeys(("calibration", "positions", "weights"), self._renamed)
        results = replace(self.run, change={**change, **self.run.change, "days": self._day}).results()
        personas = [{**each, "name": self.names.get(each["name"], each["name"])} for each in results.config["personas"]]
        kept = {name: self._kept(getattr(results, name)) for name in TABLES}
        return replace(results, config={**results.config, "personas": personas, **self.config}, **kept)

    def _kept(self, table: pa.Table) -> pa.Table:
        return table if self.without_seed is None else table.filter(pc.not_equal(table["seed"], self.without_seed))

    def _renamed(self, row: Row) -> Row:
        return {**row, **{key: self.names.get(row[key], row[key]) for key in ("player", "persona")}}

    def _day(self, row: Row) -> Row:
        """Let days differ, and the first explore more than the later ones."""
        tilt = _FALL * float(np.sin(7.0 * row["day"] + 11.0 * row["seed"] + sum(map(ord, row["player"]))))
        explored = 8 if row["day"] == 0 else 3
        return self._renamed({**row, "expected": row["expected"] + tilt * DECISIONS, "explored": explored})


@cache
def usual() -> Decision:
    """Return a promotion."""
    return Case().decision()


def decision(run: Run | None = None, **case: Any) -> Decision:  # noqa: ANN401 - of any field
    """Return what the gate decides of a run."""
    return (Case(**case) if run is None else Case(run=run, **case)).decision()
