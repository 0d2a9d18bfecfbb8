"""A damaged state: it is moved aside whole and once, and nothing from before it teaches what follows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import pytest

from tests.exactly_once.environment import POLICY, Environment
from tests.exactly_once.faults import Fault
from tests.exactly_once.test_at_once import at_once
from tests.exactly_once.world import DOWN, OUTAGE, Trouble, World
from tests.support.emulator import TABLE
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.contracts.reward import RewardResponse
from tipbandit.errors import DecisionBeforeResetError, OutcomeUnknownError, StoreUnavailableError
from tipbandit.ports import Counter, Record
from tipbandit.usecases.learning import KEEP_DAMAGED_MS

KEY: Final = POLICY.key
AT_ONCE: Final = 8
WRITTEN: Final = [Fault.LOST, Fault.LATE]


@pytest.fixture
def world() -> World:
    """A world in which one reward was taught, and the state is damaged since."""
    made = World()
    made.reward(made.score("ann"))
    _damage(made)
    return made


def _damage(world: World) -> Record:
    record = world.stored.records["ann", KEY]
    assert record.blob is not None
    damaged = replace(record, blob=record.blob[:-1] + bytes([record.blob[-1] ^ 1]))
    world.stored.records["ann", KEY] = damaged
    return damaged


def _reward(world: World, token: str, trouble: Trouble | None = None) -> RewardResponse | Exception:
    """Send a reward; its fate is not in the reference's books, which know of no damage."""
    view = world.view(world.clock, trouble or Trouble(), lambda: None)
    environment = Environment(view, clock=world.clock, telemetry=world.books.telemetry)
    try:
        return environment.reward(token, patience_s=3.0)
    except (DecisionBeforeResetError, OutcomeUnknownError, StoreUnavailableError) as error:
        return error


def _token(world: World) -> str:
    return Environment(world.stored, clock=world.clock, telemetry=world.books.telemetry).score("ann")


def test_the_first_reward_moves_it_aside_and_decisions_made_from_then_on_are_learned(world: World) -> None:
    damaged = world.stored.records["ann", KEY]
    assert isinstance(_reward(world, _token(world)), DecisionBeforeResetError)
    tombstone = world.stored.records["ann", KEY]
    assert (tombstone.blob, tombstone.ver) == (None, damaged.ver + 1)
    assert world.stored.damaged == {("ann", KEY, tombstone.epoch): (damaged, tombstone.epoch + KEEP_DAMAGED_MS)}
    answer = _reward(world, _token(world))
    assert isinstance(answer, RewardResponse)
    assert (answer.applied, answer.n) == (True, 1)


def test_what_was_learned_before_the_damage_is_not_learned_again(world: World) -> None:
    """Its id went with the damaged state; its time and epoch are before the tombstone's."""
    (rewarded,) = world.decisions
    assert isinstance(_reward(world, rewarded.token), DecisionBeforeResetError)
    assert isinstance(_reward(world, rewarded.token), DecisionBeforeResetError)
    assert world.stored.records["ann", KEY].blob is None


def test_it_is_counted_and_reported_before_it_is_moved(world: World) -> None:
    """Else the alarm would depend on a write that may be the next thing to fail."""
    assert isinstance(_reward(world, _token(world), DOWN), StoreUnavailableError)
    token = _token(world)
    assert isinstance(_reward(world, token, Trouble(faults=OUTAGE)), StoreUnavailableError)
    counts = world.books.telemetry.counts
    corrupt = counts[Counter.CORRUPT, KEY]
    assert world.books.telemetry.warnings.count("state_corrupt") == corrupt >= 1
    assert (Counter.SET_ASIDE, KEY) not in counts
    _reward(world, token)
    assert (counts[Counter.CORRUPT, KEY], counts[Counter.SET_ASIDE, KEY]) == (corrupt + 1, 1)


@pytest.mark.parametrize("fault", WRITTEN)
def test_it_is_moved_once_where_the_answer_is_lost_or_the_write_lands_late(world: World, fault: Fault) -> None:
    assert isinstance(_reward(world, _token(world), Trouble(faults=(fault,))), DecisionBeforeResetError)
    world.disk.land()
    assert len(world.stored.damaged) == 1
    assert world.stored.records["ann", KEY].blob is None


def test_a_reset_meanwhile_wins_and_nothing_is_kept(world: World) -> None:
    token = _token(world)
    trouble = Trouble(meanwhile=(partial(world.reset, "ann"),))
    assert isinstance(_reward(world, token, trouble), DecisionBeforeResetError)
    assert world.stored.damaged == {}


def test_a_state_damaged_again_is_set_aside_beside_the_first(world: World) -> None:
    first = world.stored.records["ann", KEY]
    _reward(world, _token(world))
    _reward(world, _token(world))
    second = _damage(world)
    _reward(world, _token(world))
    assert [record for record, _ in world.stored.damaged.values()] == [first, second]


def test_many_that_find_it_at_once_move_it_once(endpoint: str) -> None:
    environments = [Environment.at(endpoint) for _ in range(AT_ONCE)]
    first = environments[0]
    first.reward(first.score("struck"))
    damaged = first.damage("struck")
    tokens = [each.score("struck") for each in environments]

    def reward(environment: Environment, token: str) -> bool:
        with pytest.raises(DecisionBeforeResetError):
            environment.reward(token)
        return True

    calls: Sequence[Callable[[], bool]] = [partial(reward, *each) for each in zip(environments, tokens, strict=True)]
    assert all(at_once(calls))
    (kept,) = _set_aside(first, "struck")
    assert kept["blob"]["B"] == damaged.blob
    assert first.reward(first.score("struck")).n == 1


def _set_aside(environment: Environment, user_id: str) -> list[dict[str, dict[str, object]]]:
    assert isinstance(environment.store, DynamoStateStore)
    found: list[dict[str, dict[str, object]]] = environment.store._dynamodb.query(  # noqa: SLF001  no port reads them
        TableName=TABLE,
        KeyConditionExpression="user_id = :user AND begins_with(kind, :damaged)",
        ExpressionAttributeValues={":user": {"S": user_id}, ":damaged": {"S": "damaged#"}},
    )["Items"]
    return found
