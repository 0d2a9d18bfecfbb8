"""Players by name."""

import pickle

import numpy as np
import pytest

from tipbandit.policies.registry import POLICIES
from tipbandit_lab.arrays import Floats
from tipbandit_lab.batch import BatchPolicy
from tipbandit_lab.fast import play
from tipbandit_lab.moments import Moment, Reactions
from tipbandit_lab.personas import KINDS, Persona, personas
from tipbandit_lab.players import Choices, PlayerFactory
from tipbandit_lab.roster import BASELINES, factories, mean_reward_by_kind
from tipbandit_lab.world import Cohort, Setting

_NAMES = (*POLICIES, *BASELINES)


class Watched:
    """What every player of a short run did, in order."""

    def __init__(self, persona: Persona, players: dict[str, PlayerFactory], users: int = 5, days: int = 2) -> None:
        self.steps: dict[str, list[tuple[Choices, Reactions]]] = {name: [] for name in players}
        play(Cohort(persona, 3, Setting(users, days, moments_a_day=2, candidates=4)), players, self._watch)

    def _watch(self, name: str, _: Moment, choices: Choices, reactions: Reactions) -> None:
        self.steps[name].append((choices, reactions))

    def expected(self, name: str) -> float:
        """Return the mean expected reward of what was shown."""
        return float(np.mean([reactions.expected for _, reactions in self.steps[name]]))

    def propensities(self, name: str) -> Floats:
        """Return all that was stated, shape (T, K, U)."""
        return np.stack([choices.propensities for choices, _ in self.steps[name]])


@pytest.fixture(scope="module")
def persona() -> Persona:
    return personas()["night_owl"]


@pytest.mark.parametrize("name", _NAMES)
def test_every_name_is_a_player_that_can_travel_between_processes(name: str, persona: Persona) -> None:
    ((same, factory),) = factories([name]).items()
    assert same == name
    copy = pickle.loads(pickle.dumps(factory))  # noqa: S301  our own
    here, there = (Watched(persona, {name: each}) for each in (factory, copy))
    np.testing.assert_array_equal(here.propensities(name), there.propensities(name))
    assert here.expected(name) == there.expected(name)


@pytest.mark.parametrize("key", POLICIES)
def test_a_key_of_the_registry_is_that_policy(key: str, persona: Persona) -> None:
    players = {**factories([key]), "policy": lambda users: BatchPolicy(POLICIES[key], users)}
    watched = Watched(persona, players, days=5)
    np.testing.assert_array_equal(watched.propensities(key), watched.propensities("policy"))


def test_players_come_in_the_order_of_their_names() -> None:
    assert list(factories(["oracle", "egreedy/v1", "random"])) == ["oracle", "egreedy/v1", "random"]


def test_all_unknown_names_are_told_at_once_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no such player: nobody, egreedy/v99; there are random, urgent.*egreedy/v1"):
        factories(["nobody", "random", "egreedy/v99"])


def test_the_mean_rewards_of_the_kinds_are_the_same_in_every_process() -> None:
    first = dict(mean_reward_by_kind())
    mean_reward_by_kind.cache_clear()
    assert mean_reward_by_kind() == first
    assert tuple(first) == KINDS
    assert all(-1 < mean < 1 for mean in first.values())
    assert len(set(first.values())) == len(KINDS)


def test_the_oracle_earns_more_than_a_policy_and_a_policy_more_than_chance(persona: Persona) -> None:
    players = factories(["oracle", "egreedy/v1", "random"])
    watched = Watched(persona, players, users=400, days=10)
    oracle, policy, chance = (watched.expected(name) for name in players)
    assert oracle > policy + 0.05 > chance + 0.1
