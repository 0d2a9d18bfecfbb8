"""Players of which it is known how good or how broken they are."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.arrays import Floats
from tipbandit_lab.baselines import OraclePlayer, RandomPlayer
from tipbandit_lab.batch import BatchPolicy
from tipbandit_lab.exploration import draw, greedy
from tipbandit_lab.players import Choices, PlayerFactory, Seen

POLICY = POLICIES["egreedy/v1"]
ENDS: Mapping[str, PlayerFactory] = {"oracle": OraclePlayer, "random": RandomPlayer}


def exploring(epsilon: float) -> PlayerFactory:
    """Return the policy with another epsilon: the less, the better, once it knows a little."""
    return partial(BatchPolicy, Policy(key="rival/v1", feature_set=POLICY.feature_set, epsilon=epsilon))


def twin() -> PlayerFactory:
    """Return the policy itself."""
    return partial(BatchPolicy, POLICY)


class ForeignKeys(BatchPolicy):
    """The policy, drawing other numbers: no better, no worse, and never the same."""

    def __init__(self, users: int) -> None:
        super().__init__(POLICY, users)

    def choose(self, seen: Seen) -> Choices:
        """Choose with the keys of other decisions."""
        moment = replace(seen.moment, ids=np.invert(seen.moment.ids), _uniforms=[])
        return super().choose(replace(seen, moment=moment))


class Changed(BatchPolicy):
    """The policy, of which another choice is made than it makes."""

    def __init__(self, change: Callable[[Seen, Choices], Choices], policy: Policy, users: int) -> None:
        super().__init__(policy, users)
        self._change = change

    def choose(self, seen: Seen) -> Choices:
        """Choose, and then choose otherwise."""
        choices = self._change(seen, super().choose(seen))
        assert self._asked is not None
        self._asked = self._asked[0], choices.shown
        return choices


def changed(change: Callable[[Seen, Choices], Choices], epsilon: float = 0.1) -> PlayerFactory:
    """Return the policy with this epsilon and change."""
    return partial(Changed, change, replace(POLICY, epsilon=epsilon))


def states_less(seen: Seen, choices: Choices) -> Choices:
    """State epsilon 0.1 where 0.3 was drawn with."""
    del seen
    best: Floats = (choices.propensities - 0.3 / len(choices.propensities)) / 0.7
    return replace(choices, propensities=0.1 / len(best) + 0.9 * best)


def stuck(seen: Seen, choices: Choices) -> Choices:
    """Show what is first in the list, and say so."""
    propensities = np.full_like(choices.propensities, 0.01)
    propensities[0] = 1 - 0.01 * (len(propensities) - 1)
    return replace(choices, propensities=propensities, shown=draw(propensities, seen.moment.uniforms()))


def peeks(seen: Seen, choices: Choices) -> Choices:
    """Look into the users' minds, and state what comes of it."""
    propensities = greedy(seen.appeal == seen.appeal.max(axis=0), 0.1)
    return replace(choices, propensities=propensities, shown=draw(propensities, seen.moment.uniforms()))


class NonFinite(BatchPolicy):
    """The policy, and the last user's rewards are no numbers."""

    def __init__(self, users: int) -> None:
        super().__init__(POLICY, users)

    def learn(self, reward: Floats) -> None:
        """Learn what is no number."""
        broken = reward.copy()
        broken[-1] = np.nan
        super().learn(broken)
