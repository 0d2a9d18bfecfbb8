"""Real runs, many at a time: users of one cohort are independent, so disjoint groups of them are runs of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from tests.gate.rivals import ENDS

from tipbandit_lab.arrays import Floats
from tipbandit_lab.fast import play
from tipbandit_lab.gate.evidence import Evidence, gather
from tipbandit_lab.moments import Moment, Reactions
from tipbandit_lab.personas import Persona, personas
from tipbandit_lab.players import Choices, PlayerFactory
from tipbandit_lab.tables import TABLES, Results
from tipbandit_lab.world import Cohort, Setting

CANDIDATE, INCUMBENT = "candidate", "incumbent"


def people(*names: str) -> tuple[Persona, ...]:
    """Return personas without a past, which the players here do not look at."""
    return tuple(personas()[name].model_copy(update={"past_days": 0}) for name in names)


@dataclass(frozen=True, kw_only=True)
class Played:
    """Many runs of a candidate against an incumbent.

    Attributes:
        candidate: how it plays.
        incumbent: how it plays.
        but: how the candidate plays for some personas instead, by name.
        names: of the personas.
        runs: how many.
        seeds: of each run.
        users: of each persona and seed.
        days: of each user; the others likewise.
        world: another is another cohort.
    """

    candidate: PlayerFactory
    incumbent: PlayerFactory
    but: Mapping[str, PlayerFactory] = field(default_factory=dict)
    names: tuple[str, ...] = ("night_owl", "newcomer")
    runs: int = 1
    seeds: int = 20
    users: int = 2
    days: int = 4
    moments_a_day: int = 3
    candidates: int = 5
    world: int = 0

    def evidences(self) -> Iterator[Evidence]:
        """Yield the runs. Sums that tell on degenerate players are over all of them."""
        found = self._whole()
        seeds = np.arange(self.seeds)
        for run in range(self.runs):
            own = slice(run * self.seeds, (run + 1) * self.seeds)
            yield replace(
                found[0], seeds=seeds, expected=found[1][:, :, own], decisions=self.users * self.moments_a_day
            )

    def _whole(self) -> tuple[Evidence, Floats]:
        """Return all users as one seed, and the expected rewards of each group, shape (P, G, runs x seeds, D)."""
        played = {persona.name: self._cohort(persona) for persona in sorted(people(*self.names), key=lambda p: p.name)}
        tables = {name: pa.concat_tables([tables[name] for tables, _ in played.values()]) for name in TABLES}
        config = {"personas": [persona.model_dump() for persona in people(*self.names)], "code_version": "abc"}
        evidence = gather(Results(config, **tables), CANDIDATE, INCUMBENT)
        expected = [[played[name][1][player] for name in evidence.personas] for player in evidence.players]
        return evidence, np.array(expected)

    def _cohort(self, persona: Persona) -> tuple[dict[str, pa.Table], dict[str, Floats]]:
        groups = self.runs * self.seeds
        setting = Setting(groups * self.users, self.days, self.moments_a_day, self.candidates)
        players = {
            CANDIDATE: self.but.get(persona.name, self.candidate),
            INCUMBENT: self.incumbent,
            **ENDS,
        }
        steps: dict[str, list[Floats]] = {name: [] for name in players}

        def watch(name: str, _: Moment, __: Choices, reactions: Reactions) -> None:
            steps[name].append(reactions.expected)

        tally = play(Cohort(persona, self.world, setting), players, watch)
        shape = (self.days, self.moments_a_day, groups, self.users)
        return tally.tables(), {name: np.stack(each).reshape(shape).mean(axis=(1, 3)).T for name, each in steps.items()}
