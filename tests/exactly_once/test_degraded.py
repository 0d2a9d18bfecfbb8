"""What is answered while the table is down, and what becomes of it; and what is done about a damaged state."""

from collections import Counter as Tally
from typing import Final

import pytest

from tests.exactly_once import agreement
from tests.exactly_once.reference import Reading
from tests.exactly_once.verdicts import SKEW_MS
from tests.exactly_once.world import DOWN, KEYS, WALK, World
from tipbandit.contracts.events import DecisionEvent
from tipbandit.contracts.inputs import Candidate
from tipbandit.contracts.reward import RewardResponse
from tipbandit.contracts.stats import PolicyStats, StatsRequest
from tipbandit.decisions import from_token
from tipbandit.errors import DecisionBeforeResetError, StoreUnavailableError
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import Counter, Record
from tipbandit.usecases.stats import Stats

KEY: Final = "linucb/v1"
TIPS: Final = (WALK, Candidate(tip_id="read", priority=0.2), Candidate(tip_id="call", priority=0.2, age_hours=9.0))
DRAWS: Final = 1500


@pytest.fixture
def world() -> World:
    """A world in which one reward was taught."""
    made = World()
    made.reward(made.score("ann"))
    return made


def _last_decision(world: World) -> DecisionEvent:
    event = world.books.telemetry.events[-1]
    assert isinstance(event, DecisionEvent)
    return event


def test_a_decision_without_the_state_says_so_everywhere(world: World) -> None:
    made = world.score("ann", reading=Reading.FAILING)
    event = _last_decision(world)
    assert (event.degraded, event.epoch, event.state_ver) == (True, None, None)
    assert from_token(made.token, KEYS.ring()).epoch is None
    assert world.books.telemetry.counts[Counter.DEGRADED, KEY] == 1
    assert world.books.telemetry.warnings == ["store_unavailable"]


def test_a_decision_without_the_state_is_that_of_a_new_user(world: World) -> None:
    world.score("ann", tips=TIPS, reading=Reading.FAILING)
    without = _last_decision(world)
    world.score("nobody", tips=TIPS)
    cold = _last_decision(world)
    assert (without.scores, without.propensities) == (cold.scores, cold.propensities)


def test_the_propensities_of_decisions_without_the_state_are_those_of_the_draw(world: World) -> None:
    """Each tip's share of 1,500 draws lies within 5 standard deviations, sqrt(p (1 - p) / 1500), of its propensity."""
    shown = Tally(world.score("ann", tips=TIPS, reading=Reading.FAILING).tip.tip_id for _ in range(DRAWS))
    logged = _last_decision(world)
    for tip_id, p in zip(logged.candidates.tip_id, logged.propensities, strict=True):
        assert abs(shown[tip_id] / DRAWS - p) <= 5 * (p * (1 - p) / DRAWS) ** 0.5


def test_a_reward_to_a_table_that_is_down_changes_nothing_and_can_be_sent_again(world: World) -> None:
    made = world.score("ann")
    stored = dict(world.stored.records)
    assert isinstance(world.reward(made, trouble=DOWN), StoreUnavailableError)
    assert world.stored.records == stored
    answer = world.reward(made)
    assert isinstance(answer, RewardResponse)
    assert (answer.applied, answer.n) == (True, 2)


def test_a_degraded_decision_is_rewarded_once_the_table_is_back(world: World) -> None:
    made = world.score("ann", reading=Reading.FAILING)
    answer = world.reward(made)
    assert isinstance(answer, RewardResponse)
    assert (answer.applied, answer.n) == (True, 2)
    agreement.check(world, "ann")


@pytest.mark.parametrize("since_ms", [0, 1, SKEW_MS])
def test_a_degraded_decision_is_refused_after_a_reset_that_may_have_come_later(world: World, since_ms: int) -> None:
    made = world.score("ann", reading=Reading.FAILING)
    world.pass_time(since_ms)
    world.reset("ann")
    assert isinstance(world.reward(made), DecisionBeforeResetError)
    agreement.check(world, "ann")


def _damage(world: World) -> Record:
    """Flip one bit of the stored state."""
    record = world.stored.records["ann", KEY]
    assert record.blob is not None
    blob = bytearray(record.blob)
    blob[40] ^= 1
    damaged = Record(blob=bytes(blob), ver=record.ver, epoch=record.epoch, updated_at_ms=record.updated_at_ms)
    world.stored.records["ann", KEY] = damaged
    return damaged


def _stats(world: World) -> PolicyStats:
    return Stats(world.stored, world.books.telemetry)(None, StatsRequest(user_id="ann")).policies[KEY]


def test_a_damaged_state_degrades_decisions_and_is_counted(world: World) -> None:
    _damage(world)
    world.score("ann", reading=Reading.DAMAGED)
    event = _last_decision(world)
    assert (event.degraded, event.epoch, event.state_ver) == (True, 0, 1)
    assert world.books.telemetry.counts[Counter.CORRUPT, KEY] == 1
    assert world.books.telemetry.warnings == ["state_corrupt"]


def test_a_damaged_state_is_shown_as_such_and_only_that_one(world: World) -> None:
    _damage(world)
    stats = _stats(world)
    assert (stats.state, stats.n, stats.mean_reward, stats.theta) == ("corrupt", 0, None, None)
    whole = Stats(world.stored, world.books.telemetry)(None, StatsRequest(user_id="ann")).policies
    assert {key: each.state for key, each in whole.items() if key != KEY} == dict.fromkeys(
        set(POLICIES) - {KEY}, "cold"
    )


def test_a_reset_clears_a_damaged_state(world: World) -> None:
    _damage(world)
    assert world.reset("ann") is None
    assert _stats(world).state == "reset"
    answer = world.reward(world.score("ann"))
    assert isinstance(answer, RewardResponse)
    assert answer.n == 1
