"""Who can play, by name: the policies of the service's registry and the baselines."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from types import MappingProxyType
from typing import Final

import numpy as np

from tipbandit.policies.registry import POLICIES
from tipbandit_lab import fast
from tipbandit_lab.baselines import OraclePlayer, PopularPlayer, RandomPlayer, UrgentPlayer
from tipbandit_lab.batch import BatchPolicy
from tipbandit_lab.moments import Moment, Reactions
from tipbandit_lab.personas import KINDS, personas
from tipbandit_lab.players import Choices, PlayerFactory
from tipbandit_lab.world import Cohort, Setting

BASELINES: Final = ("random", "urgent", "popular", "oracle")

PILOT: Final = Setting(users=100, days=5)
PILOT_SEED: Final = -1
"""No run has it: nobody in the pilot is met again."""


def factories(names: Sequence[str]) -> dict[str, PlayerFactory]:
    """Return the factory of each named player, a key of the registry or a baseline, in the order of the names.

    Raises:
        ValueError: if names are unknown; it says which, and which there are.
    """
    known = (*BASELINES, *POLICIES)
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"no such player: {', '.join(unknown)}; there are {', '.join(known)}")
    return {name: _BASELINES[name]() if name in _BASELINES else partial(registered, name) for name in names}


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
