"""Who can play, by name: the policies of the service's registry, plain or started from a prior, and the baselines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Prior
from tipbandit_lab import fast
from tipbandit_lab.baselines import OraclePlayer, PopularPlayer, RandomPlayer, UrgentPlayer
from tipbandit_lab.batch import BatchPolicy
from tipbandit_lab.moments import Moment, Reactions
from tipbandit_lab.personas import KINDS, personas
from tipbandit_lab.players import Choices, PlayerFactory
from tipbandit_lab.prior import PRIORS, documents
from tipbandit_lab.prior.naming import policy_of
from tipbandit_lab.world import Cohort, Setting

BASELINES: Final = ("random", "urgent", "popular", "oracle")

PILOT: Final = Setting(users=100, days=5)
PILOT_SEED: Final = -1
"""No run has it: nobody in the pilot is met again."""


@dataclass(frozen=True, slots=True)
class Started:
    """The factory of a policy whose users start from a prior.

    It travels between processes, and the configuration of a run says its numbers.

    Attributes:
        key: of the policy, in the registry.
        version: of the prior.
        mean: m, D numbers.
        precision: P, D rows of D numbers.
    """

    key: str
    version: str
    mean: tuple[float, ...]
    precision: tuple[tuple[float, ...], ...]

    def __call__(self, users: int) -> BatchPolicy:
        """Return the player."""
        prior = Prior(self.version, np.array(self.mean), np.array(self.precision))
        return BatchPolicy(POLICIES[self.key], users, prior)

    @classmethod
    def of(cls, key: str, prior: Prior) -> "Started":
        """Return the factory of a registered policy and a prior of it."""
        return cls(key, prior.version, tuple(prior.mean.tolist()), tuple(map(tuple, prior.precision.tolist())))


def factories(names: Sequence[str], *, priors: Path = PRIORS) -> dict[str, PlayerFactory]:
    """Return the factory of each named player, in the order of the names.

    Args:
        names: each a baseline, a key of the registry, or ``<key>@<version>``: that policy, started from that prior.
        priors: the directory with the documents of the priors, ``<version>.json``.

    Raises:
        ValueError: if names are unknown (it says which, and which there are), or a prior cannot be had.
    """
    known = (*BASELINES, *POLICIES)
    if unknown := [name for name in names if name not in known and policy_of(name) is None]:
        raise ValueError(f"no such player: {', '.join(unknown)}; there are {', '.join(known)}")
    return {name: _factory(name, priors) for name in names}


def registered(key: str, users: int) -> BatchPolicy:
    """Return the policy registered under ``key`` as a player; the key can travel between processes, a policy cannot."""
    return BatchPolicy(POLICIES[key], users)


@cache
def mean_reward_by_kind() -> dict[str, float]:
    """Return what tips of each kind earn when tips are shown at random to users of all main personas.

    A pilot run, the same in every process; 0 for a kind that nobody is ever shown.
    """
    total, shown = np.zeros(len(KINDS)), np.zeros(len(KINDS))

    def watch(_: str, moment: Moment, choices: Choices, reactions: Reactions) -> None:
        kinds = moment.tips.kind[choices.shown, np.arange(moment.users)]
        total[:] += np.bincount(kinds, weights=reactions.reward, minlength=len(KINDS))
        shown[:] += np.bincount(kinds, minlength=len(KINDS))

    for persona in personas().values():
        new = persona.model_copy(update={"past_days": 0})  # a past costs more than the pilot
        fast.play(Cohort(new, PILOT_SEED, PILOT), {"random": RandomPlayer}, watch)
    means = total / np.maximum(shown, 1)
    return dict(zip(KINDS, means.tolist(), strict=True))


def _factory(name: str, priors: Path) -> PlayerFactory:
    key, at, version = name.partition("@")
    if at:
        return Started.of(key, documents.of(priors, POLICIES[key], version).prior)
    return _BASELINES[name]() if name in _BASELINES else partial(registered, name)


def _popular() -> PlayerFactory:
    return partial(PopularPlayer, mean_reward_by_kind())


_BASELINES: Final = MappingProxyType[str, Callable[[], PlayerFactory]](
    {
        "random": lambda: RandomPlayer,
        "urgent": lambda: UrgentPlayer,
        "popular": _popular,
        "oracle": lambda: OraclePlayer,
    }
)
