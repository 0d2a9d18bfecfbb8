"""What is to be run: which personas, seeds and blocks, in which setting, with which players."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Final, Self

from tipbandit_lab.code_version import commit, digest
from tipbandit_lab.configuration import described, fingerprint
from tipbandit_lab.personas import Persona, holdout, personas
from tipbandit_lab.players import PlayerFactory
from tipbandit_lab.prior import PRIORS
from tipbandit_lab.prior.naming import policy_of
from tipbandit_lab.roster import factories
from tipbandit_lab.world import Cohort, Setting

GROUPS: Final = ("main", "holdout", "all")
"""Names that stand for many personas."""

_SEEDS: Final = 1 << 31
"""They are written as 32 bits."""


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One cohort to be played: the unit of work, of what is spread over workers, and of what is kept."""

    persona: str
    seed: int
    block: int

    @property
    def name(self) -> str:
        """Return the name of its files."""
        return f"{self.persona}-{self.seed:06d}-{self.block:03d}"

    def __str__(self) -> str:
        return f"{self.persona}, seed {self.seed}, block {self.block}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A run before it is run.

    Attributes:
        personas: at least one, no two of one name.
        players: at least one; by name, a factory that ``configuration.described`` can write.
        seeds: at least one, all different, in [0, 2^31).
        setting: how much there is of everything in one cohort.
        blocks: how many cohorts of each persona and seed; more blocks are more users.

    Raises:
        ValueError: if a field is out of range; all of them are named.
    """

    personas: tuple[Persona, ...]
    players: Mapping[str, PlayerFactory]
    seeds: Sequence[int] = range(30)
    setting: Setting = field(default_factory=Setting)
    blocks: int = 1

    def __post_init__(self) -> None:
        names = [persona.name for persona in self.personas]
        checks = {
            "no personas": names,
            "a persona twice": len(set(names)) == len(names),
            "no players": self.players,
            "no seeds": len(self.seeds),
            "a seed twice": len(set(self.seeds)) == len(self.seeds),
            "seeds outside [0, 2^31)": all(0 <= seed < _SEEDS for seed in self.seeds),
            "fewer than 1 block": self.blocks >= 1,
        }
        if wrong := [sentence for sentence, holds in checks.items() if not holds]:
            raise ValueError(f"a run cannot have {', '.join(wrong)}")

    @classmethod
    def named(  # noqa: PLR0913 - all but the first two have a default
        cls,
        players: Sequence[str],
        personas: Sequence[str] = ("main",),
        *,
        seeds: Sequence[int] = range(30),
        setting: Setting | None = None,
        blocks: int = 1,
        priors: Path = PRIORS,
    ) -> Self:
        """Return the plan of players (as ``roster.factories`` names them) and personas (or ``GROUPS``) by their names.

        Raises:
            ValueError: if a name is unknown (it says which there are), or a prior in ``priors`` cannot be had.
        """
        return cls(
            personas=chosen(personas),
            players=factories(players, priors=priors),
            seeds=seeds,
            setting=setting or Setting(),
            blocks=blocks,
        )

    @property
    def items(self) -> tuple[Item, ...]:
        """All cohorts, seeds first: a run that is stopped has done some of every persona."""
        cells = product(self.seeds, range(self.blocks), self.personas)
        return tuple(Item(persona.name, seed, block) for seed, block, persona in cells)

    @property
    def user_rounds(self) -> int:
        """How many decisions all players make in one item."""
        return self.setting.users * self.setting.rounds * len(self.players)

    def cohort(self, item: Item) -> Cohort:
        """Return the users of an item."""
        persona = next(each for each in self.personas if each.name == item.persona)
        return Cohort(persona, item.seed, self.setting, item.block)

    def configuration(self) -> dict[str, Any]:
        """Return everything that decides the results, as JSON, with its fingerprint and for the reader the commit."""
        deciding = {
            "personas": described(self.personas),
            "players": {name: _player(name, factory) for name, factory in self.players.items()},
            "seeds": list(self.seeds),
            "setting": described(self.setting),
            "blocks": self.blocks,
            "code_version": digest(),
        }
        return {**deciding, "fingerprint": fingerprint(deciding), "commit": commit()}


def _player(name: str, factory: PlayerFactory) -> dict[str, Any]:
    return {"factory": described(factory), "policy": described(policy_of(name))}


def chosen(names: Sequence[str]) -> tuple[Persona, ...]:
    """Return personas by name or group, each once.

    Raises:
        ValueError: if a name is unknown; it says which there are.
    """
    main, kept_back = personas(), holdout()
    both = main | kept_back
    groups = dict(zip(GROUPS, (main, kept_back, both), strict=True))
    if unknown := [name for name in names if name not in groups and name not in both]:
        raise ValueError(f"no such persona: {', '.join(unknown)}; there are {', '.join((*GROUPS, *both))}")
    return tuple({name: both[name] for each in names for name in groups.get(each, (each,))}.values())
