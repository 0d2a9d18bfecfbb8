"""Cohorts: the same for equal arguments, at any place, and within what the service takes."""

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from itertools import pairwise, product
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tipbandit.contracts.inputs import Candidate, Context
from tipbandit.ids import is_uuid7, unix_ms_of
from tipbandit_lab.arrays import Floats
from tipbandit_lab.moments import Moment
from tipbandit_lab.personas import holdout, personas
from tipbandit_lab.streams import Streams
from tipbandit_lab.world import START_MS, Cohort, Setting

SMALL = Setting(users=5, days=4, moments_a_day=3, candidates=4)
EVERYONE = {**personas(), **holdout()}


def _arrays(moment: Moment) -> Iterator[tuple[str, NDArray[Any]]]:
    for owner in (moment, moment.tips):
        for each in fields(owner):
            value = getattr(owner, each.name)
            if isinstance(value, np.ndarray):
                yield each.name, value


def _equal(one: Moment, other: Moment) -> bool:
    if (one.number, one.day) != (other.number, other.day):
        return False
    return all(
        np.array_equal(a, b, equal_nan=True) for (_, a), (_, b) in zip(_arrays(one), _arrays(other), strict=True)
    )


@given(numbers=st.lists(st.integers(-90, 11), max_size=8), seed=st.integers(0, 2**31))
def test_a_moment_does_not_depend_on_those_asked_for_before(numbers: list[int], seed: int) -> None:
    persona = EVERYONE["erratic"]
    asked = Cohort(persona, seed, SMALL)
    for number in numbers:
        assert _equal(asked.moment(number), Cohort(persona, seed, SMALL).moment(number))


def test_a_moment_does_not_depend_on_the_past_having_been_lived() -> None:
    lived = Cohort(EVERYONE["night_owl"], 3, SMALL)
    lived.past()
    assert _equal(lived.moment(5), Cohort(EVERYONE["night_owl"], 3, SMALL).moment(5))


def test_another_seed_persona_or_block_or_another_number_is_another_moment() -> None:
    persona = EVERYONE["erratic"]
    renamed = persona.model_copy(update={"name": "twin"})
    moments = [
        Cohort(persona, 1, SMALL).moment(0),
        Cohort(persona, 2, SMALL).moment(0),
        Cohort(renamed, 1, SMALL).moment(0),
        Cohort(persona, 1, SMALL, block=1).moment(0),
        Cohort(persona, 1, SMALL).moment(1),
        Cohort(persona, 1, SMALL).moment(-1),
    ]
    names = [name for name, _ in _arrays(moments[0]) if name not in {"weekday", "kind"}]
    for name in names:
        drawn = {dict(_arrays(moment))[name].tobytes() for moment in moments}
        assert len(drawn) == len(moments), name


def test_streams_of_a_cohort_have_nothing_in_common() -> None:
    streams = Streams("erratic", 1, 0)
    drawn = [
        streams.at(stream, number).random() for stream in ("users", "days", "moments", "past") for number in (-1, 0, 1)
    ]
    assert len(set(drawn)) == len(drawn)
    assert Streams("a1", 1, 0).at("users").random() != Streams("a", 11, 0).at("users").random()


def test_the_same_users_come_back_every_day_and_others_in_another_block() -> None:
    shift_h = [
        Cohort(EVERYONE["commuter"], 1, SMALL, block=block)._population.deviations.shift_h  # noqa: SLF001
        for block in (0, 0, 1)
    ]
    assert np.array_equal(shift_h[0], shift_h[1])
    assert not np.any(shift_h[0] == shift_h[2])


def test_a_moment_that_does_not_exist_is_refused() -> None:
    cohort = Cohort(EVERYONE["newcomer"], 1, SMALL)
    for number in (-1, cohort.rounds):
        with pytest.raises(ValueError, match=rf"moment {number} is not in \[0, 12\)"):
            cohort.moment(number)


def test_a_setting_of_nothing_is_refused_and_every_wrong_field_named() -> None:
    with pytest.raises(ValueError, match="users, days, candidates must be"):
        Setting(users=0, days=-1, moments_a_day=2, candidates=True)


def test_time_goes_forward_from_monday_the_fifth_of_january() -> None:
    assert datetime.fromtimestamp(START_MS / 1000, UTC) == datetime(2026, 1, 5, tzinfo=UTC)
    cohort = Cohort(EVERYONE["erratic"], 1, Setting(users=50, days=9, moments_a_day=4))
    moments = [cohort.moment(number) for number in range(-20, cohort.rounds)]
    for before, after in pairwise(moments):
        assert np.all(before.at_ms <= after.at_ms)
    for moment in moments:
        for at_ms, hour, weekday in zip(moment.at_ms, moment.hour, moment.weekday, strict=True):
            local = datetime.fromtimestamp(int(at_ms) / 1000, UTC)
            assert local.weekday() == weekday
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            assert (local - midnight).total_seconds() / 3600 == pytest.approx(hour, abs=1e-9)
        assert moment.day == moment.number // 4


@pytest.mark.parametrize("name", EVERYONE)
def test_the_service_takes_what_the_world_offers(name: str) -> None:
    cohort = Cohort(EVERYONE[name], 7, SMALL)
    for number in (-min(1, cohort.rounds_before), 0, cohort.rounds - 1):
        moment = cohort.moment(number)
        for user in range(SMALL.users):
            Context(hour=float(moment.hour[user]), weekday=int(moment.weekday[user]))
            assert is_uuid7(UUID(bytes=moment.ids[user].tobytes()))
        for place, user in product(range(SMALL.candidates), range(SMALL.users)):
            offered = {
                key: None if np.isnan(value[place, user]) else float(value[place, user])
                for key, value in _arrays(moment)
                if key in {"priority", "due_in_hours", "age_hours"}
            }
            taken = Candidate.model_validate({"tip_id": "t", **offered})
            assert Candidate.model_validate_json(json.dumps(taken.model_dump())) == taken


def test_the_shapes_are_those_of_the_contract() -> None:
    moment = Cohort(EVERYONE["erratic"], 1, SMALL).moment(2)
    shapes = {name: array.shape for name, array in _arrays(moment)}
    many = dict.fromkeys(("kind", "priority", "due_in_hours", "age_hours"), (4, 5))
    assert shapes == {"ids": (5, 16)} | many | dict.fromkeys(
        ("hour", "weekday", "at_ms", "mood", "glance", "pace"), (5,)
    )
    assert moment.tips.kind.dtype == moment.at_ms.dtype == moment.weekday.dtype == np.int64
    assert moment.ids.dtype == np.uint8


def test_decision_ids_carry_their_moment_and_never_repeat() -> None:
    cohort = Cohort(EVERYONE["dismisser"], 1, Setting(users=300, days=2))
    seen = set()
    for number in range(cohort.rounds):
        moment = cohort.moment(number)
        for made, at_ms in zip(moment.ids, moment.at_ms, strict=True):
            assert unix_ms_of(UUID(bytes=made.tobytes())) == at_ms
            seen.add(made.tobytes())
    assert len(seen) == 300 * cohort.rounds


def test_luck_is_what_it_is_called() -> None:
    moment = Cohort(EVERYONE["newcomer"], 1, Setting(users=40_000, days=1, candidates=1)).moment(0)
    assert moment.mood.std() == pytest.approx(np.pi / np.sqrt(3), rel=0.02)
    assert moment.mood.mean() == pytest.approx(0, abs=0.03)
    assert moment.pace.std() == pytest.approx(1, rel=0.02)
    assert 0 <= moment.glance.min() < moment.glance.max() < 1
    assert np.quantile(moment.glance, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.01)
    assert np.abs(np.corrcoef([moment.mood, moment.glance, moment.pace]) - np.eye(3)).max() < 0.02


def test_the_time_before_is_empty_for_new_users_and_whole_for_others() -> None:
    assert len(Cohort(EVERYONE["newcomer"], 1, SMALL).past()) == 0
    cohort = Cohort(EVERYONE["dismisser"], 1, SMALL)
    past = cohort.past()
    assert [each.moment.number for each in past] == list(range(-30 * 3, 0))
    assert past[0].moment.day == -30
    assert all(_equal(each.moment, cohort.moment(each.moment.number)) for each in past)


def test_in_the_time_before_every_place_is_shown_equally_often() -> None:
    past = Cohort(EVERYONE["dismisser"], 1, Setting(users=100, candidates=4)).past()
    shown = np.concatenate([each.shown for each in past])
    assert np.bincount(shown) / len(shown) == pytest.approx(np.full(4, 0.25), abs=0.01)


def test_every_player_gets_users_of_its_own_with_the_past_behind_them() -> None:
    cohort = Cohort(EVERYONE["novelty_seeker"], 1, SMALL)
    first, second = cohort.mind(), cohort.mind()
    assert first.weary.sum() > 0
    moment = cohort.moment(0)
    before = second.appeal(moment)
    first.react(moment, first.appeal(moment), np.zeros(SMALL.users, dtype=np.int64))
    assert np.array_equal(second.appeal(moment), before)
    assert np.array_equal(cohort.mind().appeal(moment), before)


def test_the_past_is_the_same_however_often_and_in_whatever_order_it_is_asked_for() -> None:
    one, other = (Cohort(EVERYONE["commuter"], 5, SMALL) for _ in range(2))
    weary = other.mind().weary
    lived: list[Floats] = [each.reactions.dwell_s for each in one.past()]
    assert np.array_equal(lived, [each.reactions.dwell_s for each in other.past()])
    assert np.array_equal(one.mind().weary, weary)
