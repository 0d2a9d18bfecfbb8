"""The edges at which exactly once is easiest to lose, each by itself; the world checks every answer and every state."""

from typing import Final

import pytest

from tests.exactly_once import agreement
from tests.exactly_once.faults import Fault
from tests.exactly_once.reference import Reading
from tests.exactly_once.verdicts import SKEW_MS, WINDOW_MS
from tests.exactly_once.world import OUTAGE, Trouble, World, request_of
from tipbandit import codec
from tipbandit.contracts.events import RewardEvent
from tipbandit.contracts.reward import RewardResponse
from tipbandit.errors import (
    DecisionBeforeResetError,
    DecisionExpiredError,
    OutcomeUnknownError,
    StoreUnavailableError,
    TipbanditError,
    TooManyRewardsError,
)
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import Record
from tipbandit.usecases.learning import MAX_REMEMBERED

DAY_MS: Final = 86_400_000
LINUCB: Final = POLICIES["linucb/v1"]
HALF_SKEW_MS: Final = SKEW_MS // 2


def _is_applied(answer: RewardResponse | TipbanditError) -> bool:
    return isinstance(answer, RewardResponse) and answer.applied


def _is_duplicate(answer: RewardResponse | TipbanditError) -> bool:
    return isinstance(answer, RewardResponse) and not answer.applied


@pytest.fixture
def world() -> World:
    """A world in which nothing has happened."""
    return World()


def test_the_window_closes_after_its_last_millisecond(world: World) -> None:
    in_time, too_late = world.score("ann"), world.score("ann")
    world.pass_time(WINDOW_MS)
    assert _is_applied(world.reward(in_time))
    world.pass_time(1)
    assert isinstance(world.reward(too_late), DecisionExpiredError)
    agreement.check(world, "ann")


@pytest.mark.parametrize("after_ms", range(WINDOW_MS - HALF_SKEW_MS, WINDOW_MS + 2 * SKEW_MS, 9_999))
def test_no_clock_is_slow_enough_to_reward_twice_what_a_fast_one_forgot(world: World, after_ms: int) -> None:
    """Whenever the environment with the fast clock forgets the first decision, the slow one refuses it."""
    first = world.score("ann")
    assert _is_applied(world.reward(first))
    world.pass_time(after_ms)
    another = world.score("ann")
    assert _is_applied(world.reward(another, skew_ms=HALF_SKEW_MS))
    again = world.reward(first, -1.0, skew_ms=-HALF_SKEW_MS)
    assert _is_duplicate(again) or isinstance(again, DecisionExpiredError)
    agreement.check(world, "ann")


def test_a_lost_answer_is_found_although_the_window_has_closed_since(world: World) -> None:
    made = world.score("ann")
    world.pass_time(WINDOW_MS - 1)
    assert _is_applied(world.reward(made, trouble=Trouble(faults=(Fault.LOST,))))
    agreement.check(world, "ann")


@pytest.mark.parametrize("fault", [Fault.FAILED, Fault.LATE])
def test_a_rivals_reward_for_the_same_decision_is_not_claimed_after_an_answer_that_never_came(
    world: World, fault: Fault
) -> None:
    """Else two callers would be told that theirs was learned, and two different rewards would be logged."""
    made = world.score("ann")
    rival: list[RewardResponse | TipbanditError] = []
    trouble = Trouble(faults=(fault,), meanwhile=(lambda: rival.append(world.reward(made, -1.0)),))
    assert _is_duplicate(world.reward(made, 1.0, trouble=trouble))
    assert _is_applied(rival[0])
    world.disk.land()
    events = [event for event in world.books.telemetry.events if isinstance(event, RewardEvent)]
    assert [event.reward for event in events] == [-1.0]
    agreement.check(world, "ann")


def test_a_write_given_up_that_lands_before_the_second_one_is_the_one_that_counts(world: World) -> None:
    made = world.score("ann")
    trouble = Trouble(faults=(Fault.LATE,), meanwhile=(lambda: None, world.disk.land))
    assert _is_applied(world.reward(made, trouble=trouble))
    agreement.check(world, "ann")


def test_a_write_given_up_that_lands_behind_the_second_one_is_void(world: World) -> None:
    made = world.score("ann")
    assert _is_applied(world.reward(made, trouble=Trouble(faults=(Fault.LATE,))))
    world.disk.land()
    agreement.check(world, "ann")


def test_a_write_given_up_that_lands_behind_a_reset_is_void(world: World) -> None:
    made = world.score("ann")
    doubtful = world.reward(made, trouble=Trouble(faults=(Fault.LATE,), patience_s=0))
    assert isinstance(doubtful, OutcomeUnknownError)
    world.reset("ann")
    world.disk.land()
    agreement.check(world, "ann")
    assert isinstance(world.reward(made), DecisionBeforeResetError)


def test_a_reset_between_read_and_write_refuses_the_reward(world: World) -> None:
    made = world.score("ann")
    answer = world.reward(made, trouble=Trouble(meanwhile=(lambda: world.reset("ann"),)))
    assert isinstance(answer, DecisionBeforeResetError)
    agreement.check(world, "ann")


def test_a_throttled_table_is_tried_again_and_then_refused_with_nothing_changed(world: World) -> None:
    made = world.score("ann")
    assert _is_applied(world.reward(made, trouble=Trouble(faults=(Fault.THROTTLED, Fault.THROTTLED))))
    stored = dict(world.stored.records)
    other = world.score("ann")
    answer = world.reward(other, trouble=Trouble(faults=(Fault.THROTTLED,), patience_s=0))
    assert isinstance(answer, StoreUnavailableError)
    assert world.stored.records == stored


def test_a_write_in_doubt_stays_in_doubt_through_a_later_outage(world: World) -> None:
    made = world.score("ann")
    answer = world.reward(made, trouble=Trouble(faults=(Fault.LATE, *OUTAGE)))
    assert isinstance(answer, OutcomeUnknownError)
    world.disk.land()
    assert _is_duplicate(world.reward(made))


def test_two_that_race_may_both_be_told_applied_where_one_never_heard_and_a_third_reward_hides_whose_it_was(
    world: World,
) -> None:
    """The documented price of answering ``applied: true`` after a lost answer."""
    made, third = world.score("ann"), world.score("ann")
    trouble = Trouble(faults=(Fault.FAILED,), meanwhile=(lambda: (world.reward(made, -1.0), world.reward(third)),))
    assert _is_applied(world.reward(made, 1.0, trouble=trouble))
    assert world.books.reference.n("ann", LINUCB.key) == 2
    agreement.check(world, "ann")


def test_a_decision_that_does_not_know_its_life_is_refused_while_a_clock_may_be_wrong(world: World) -> None:
    world.reset("ann")
    world.pass_time(SKEW_MS)
    doubtful = world.score("ann", reading=Reading.FAILING)
    world.pass_time(1)
    certain = world.score("ann", reading=Reading.FAILING)
    assert isinstance(world.reward(doubtful), DecisionBeforeResetError)
    assert _is_applied(world.reward(certain))


def test_a_decision_sent_without_its_token_is_the_same_decision(world: World) -> None:
    made = world.score("ann")
    assert _is_applied(world.reward(made, by_token=False))
    assert _is_duplicate(world.reward(made))
    agreement.check(world, "ann")


def test_a_second_reset_is_later_than_the_first_whatever_its_clock_says(world: World) -> None:
    world.reset("ann", skew_ms=HALF_SKEW_MS)
    between = world.score("ann")
    world.reset("ann", skew_ms=-HALF_SKEW_MS)
    assert isinstance(world.reward(between), DecisionBeforeResetError)
    assert _is_applied(world.reward(world.score("ann")))


@pytest.mark.parametrize("resetting_skew_ms", [-HALF_SKEW_MS, HALF_SKEW_MS])
def test_a_tombstone_outlives_every_decision_from_before_it_whatever_the_clocks(
    world: World, resetting_skew_ms: int
) -> None:
    before = world.score("ann", skew_ms=HALF_SKEW_MS)
    world.reset("ann", skew_ms=resetting_skew_ms)
    world.pass_time(min(world.stored.expiries.values()) - world.clock.ms)
    world.expire()
    assert not world.stored.records
    assert isinstance(world.reward(before, skew_ms=-HALF_SKEW_MS), DecisionExpiredError)


def test_a_decision_made_after_a_tombstone_is_gone_is_not_refused_for_one_that_saw_it(world: World) -> None:
    world.reset("ann")
    world.pass_time(6 * DAY_MS)
    saw_the_tombstone = world.score("ann")
    world.pass_time(2 * DAY_MS)
    world.expire()
    saw_nothing = world.score("ann")
    assert _is_applied(world.reward(saw_the_tombstone))
    assert _is_applied(world.reward(saw_nothing))


def test_a_tombstone_that_vanishes_between_read_and_write_does_not_hide_another_write(world: World) -> None:
    """A state made anew has version 1, as the tombstone of an untaught one had: the epoch tells them apart."""
    world.reset("ann")
    world.pass_time(6 * DAY_MS)
    first, second = world.score("ann"), world.score("ann")
    world.pass_time(2 * DAY_MS)

    def expire_and_reward() -> None:
        world.expire()
        assert _is_applied(world.reward(first))

    assert _is_applied(world.reward(second, trouble=Trouble(meanwhile=(expire_and_reward,))))
    agreement.check(world, "ann")


def test_a_state_that_is_full_of_recent_decisions_refuses_more_until_they_are_old(world: World) -> None:
    now_ms = world.clock.now_ms()
    recent = tuple(uuid7(now_ms, k.to_bytes(ENTROPY_BYTES, "big")) for k in range(MAX_REMEMBERED))
    full = codec.encode(codec.Snapshot(codec.empty(LINUCB.feature_set).state, recent), LINUCB.feature_set)
    world.stored.records["ann", LINUCB.key] = Record(blob=full, ver=MAX_REMEMBERED, epoch=0, updated_at_ms=now_ms)
    stored = dict(world.stored.records)
    one_more = request_of(world.score("ann"))
    with pytest.raises(TooManyRewardsError):
        world.rewarding(world.stored, world.clock)(None, one_more, within_s=0)
    assert world.stored.records == stored
    world.pass_time(WINDOW_MS + SKEW_MS + 1)
    assert _is_applied(world.reward(world.score("ann")))
    agreement.check(world, "ann")
