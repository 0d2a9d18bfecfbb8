"""The account: it finds whatever is lost, doubled or mixed up, or its silence would prove nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

import pytest

from tests.load.callers import Made, Told
from tests.load.plan import GRAIN, Asked, PlanError, plan
from tests.load.verdict import Stored, Verdict, judge, reachable

IDS: Final = (UUID(int=1), UUID(int=2), UUID(int=3))
ASKED: Final = tuple(Asked(number, "user", "linucb/v1") for number in range(len(IDS)))
KEY: Final = ASKED[0].key
MADE: Final = {number: Made(number, decision_id, "token") for number, decision_id in enumerate(IDS)}
SOUND: Final = Stored(n=3, reward_sum=7 / GRAIN, rewarded=IDS)


def _told(decision: int, grains: int, *, applied: bool = True) -> Told:
    return Told(decision, grains, applied, 0.01, Counter({"200": 1}))


TOLD: Final = (_told(0, 1), _told(1, 2), _told(1, 64, applied=False), _told(2, 4))


def _judged(stored: Stored, told: Sequence[Told] = TOLD) -> Verdict:
    """With a /stats that says what is stored."""
    shown = (stored.n, stored.reward_sum / stored.n)
    return judge(ASKED, MADE, told, {KEY: stored}, {KEY: shown})


def test_each_decision_learned_once_is_exact() -> None:
    """1 + 2 + 4 grains: of the second decision the value that was applied, not the other."""
    assert _judged(SOUND) == Verdict(3, 1, lost=0, doubled=0, unheard=0, problems=())
    assert _judged(SOUND).is_exact


def test_a_decision_that_no_state_learned_from_is_lost() -> None:
    verdict = _judged(replace(SOUND, n=2, reward_sum=3 / GRAIN, rewarded=IDS[:2]))
    assert (verdict.lost, verdict.doubled, verdict.is_exact) == (1, 0, False)


def test_a_state_nothing_was_stored_of_has_lost_all() -> None:
    verdict = judge(ASKED, MADE, TOLD, {}, {KEY: (0, None)})
    assert (verdict.lost, verdict.is_exact) == (3, False)


def test_a_reward_learned_twice_is_doubled() -> None:
    verdict = _judged(replace(SOUND, n=4, reward_sum=9 / GRAIN))
    assert (verdict.lost, verdict.doubled, verdict.is_exact) == (0, 1, False)


def test_one_lost_and_one_doubled_do_not_cancel_out() -> None:
    assert not _judged(replace(SOUND, reward_sum=5 / GRAIN)).is_exact
    assert not _judged(replace(SOUND, rewarded=(IDS[0], IDS[1], IDS[1]))).is_exact


def test_two_calls_that_heard_they_were_the_one_are_one_too_many() -> None:
    told = [replace(each, applied=True) for each in TOLD]
    assert not _judged(SOUND, told).is_exact
    assert not _judged(replace(SOUND, reward_sum=69 / GRAIN), told).is_exact


def test_the_value_of_another_call_is_not_the_one_that_was_acknowledged() -> None:
    assert not _judged(replace(SOUND, reward_sum=69 / GRAIN)).is_exact


def test_where_no_answer_was_heard_either_value_may_have_been_learned_but_no_third() -> None:
    told = [replace(each, applied=each.applied and each.decision != 1) for each in TOLD]
    assert _judged(SOUND, told) == Verdict(3, 1, lost=0, doubled=0, unheard=1, problems=())
    assert _judged(replace(SOUND, reward_sum=69 / GRAIN), told).is_exact
    assert not _judged(replace(SOUND, reward_sum=71 / GRAIN), told).is_exact


def test_a_decision_that_was_never_answered_is_no_success() -> None:
    assert not _judged(SOUND, TOLD[:-1]).is_exact


def test_statistics_that_say_something_else_are_a_problem() -> None:
    for shown in ((4, SOUND.reward_sum / 3), (3, 0.5), (0, None)):
        assert not judge(ASKED, MADE, TOLD, {KEY: SOUND}, {KEY: shown}).is_exact


def test_what_nobody_asked_for_is_a_problem() -> None:
    verdict = judge(ASKED, MADE, TOLD, {KEY: SOUND, ("stranger", "linucb/v1"): SOUND}, {KEY: (3, SOUND.reward_sum / 3)})
    assert verdict.problems == ("stranger, linucb/v1: stored, and never asked for",)


def test_the_sums_that_can_be_reached_take_one_value_of_each() -> None:
    silent = [_told(1, 10, applied=False), _told(1, 20, applied=False)]
    assert reachable([[_told(0, 1)], silent, silent]) == {21, 31, 41}


def test_a_plan_has_a_fifth_of_duplicates_of_every_kind() -> None:
    planned = plan(3, 1_000)
    assert [each.number for each in planned.asked] == list(range(800))
    assert Counter(planned.expected.values()) == Counter({67: 8, 66: 4})
    assert len(planned.sends) == 1_000
    assert {each.decision for each in planned.sends} == set(range(800))
    first: dict[int, tuple[int, int]] = {}
    kinds: Counter[tuple[bool, bool]] = Counter()
    for place, send in enumerate(planned.sends):
        at, grains = first.setdefault(send.decision, (place, send.grains))
        if at != place:
            kinds[place - at == 1, send.grains == grains] += 1
    assert kinds.total() == 200
    assert all(kinds[kind] > 20 for kind in ((False, False), (False, True), (True, False), (True, True)))


def test_a_plan_that_a_state_cannot_remember_is_refused() -> None:
    with pytest.raises(PlanError, match="a state remembers 4096 rewards"):
        plan(1, 30_000)
