"""What appeals to whom, and how it drifts."""

import math

import numpy as np
import pytest

from tipbandit_lab.arrays import Floats
from tipbandit_lab.imagined import Tip, moment, typical
from tipbandit_lab.minds import Mind
from tipbandit_lab.moments import Moment
from tipbandit_lab.personas import KINDS, Persona, Taste, holdout, personas
from tipbandit_lab.population import Deviations, Population
from tipbandit_lab.streams import Streams
from tipbandit_lab.world import START_MS, Cohort, Setting

EVERYONE = {**personas(), **holdout()}
ABSENT = math.nan


def _appeal(persona: Persona, when: Moment) -> Floats:
    return typical(persona, when.users).appeal(when)[:, 0]


TASTE = {
    "mood": {"weight": -1.6, "daily": 0.4, "at_hour": 16},
    "priority": {"weight": 0.6, "daily": 2.2, "at_hour": 8},
    "deadline": {"weight": 3.4, "daily": 2.2, "at_hour": 19, "horizon_hours": 10, "overdue": 0.5},
    "novelty": {"weight": -0.4, "fading_hours": 24},
    "focus": {"weight": 0.2, "daily": 0.5, "at_hour": 10},
    "kinds": {"money": 0.6, "learning": -0.5},
}


def test_appeal_by_hand() -> None:
    """At 19 h, about money, priority 0.9, due in 5 h, 24 h old.

    mood -1.6 + 0.4 cos(3 h), priority (0.6 + 2.2 cos(11 h)) 0.4, deadline (3.4 + 2.2)/(1 + (5/10)^2),
    novelty -0.4/(1 + 24/24), kind 0.6, focus 0.6 (0.2 + 0.5 cos(9 h)), with an hour of 15 degrees.
    """

    def cos(hours: float) -> float:
        return math.cos(math.radians(15 * hours))

    persona = EVERYONE["erratic"].model_copy(update={"taste": Taste.model_validate(TASTE)})
    mood, priority, deadline, novelty = -1.6 + 0.4 * cos(3), (0.6 + 2.2 * cos(11)) * 0.4, 5.6 / 1.25, -0.2
    by_hand = mood + priority + deadline + novelty + 0.6 + 0.6 * (0.2 + 0.5 * cos(9))
    assert _appeal(persona, moment([("money", 0.9, 5.0, 24.0)], [19.0])) == pytest.approx([by_hand], abs=1e-12)


def test_what_is_absent_counts_as_nothing() -> None:
    tips: list[Tip] = [("errand", ABSENT, ABSENT, 5.0), ("errand", 0.5, ABSENT, 5.0), ("errand", 0.5, 1e5, 5.0)]
    unknown, middling, far = _appeal(EVERYONE["priority_driven"], moment(tips))
    assert unknown == middling
    assert unknown == pytest.approx(far, abs=1e-5)


def test_what_is_overdue_counts_as_the_persona_says_however_late_it_is() -> None:
    persona = EVERYONE["deadline_driven"]
    tips: list[Tip] = [("errand", 0.5, due, 5.0) for due in (0.0, -0.01, -500.0, ABSENT)]
    due_now, just_late, late, absent = _appeal(persona, moment(tips))
    assert just_late == late
    assert (late - absent) / (due_now - absent) == pytest.approx(persona.taste.deadline.overdue)


def test_weekends_count() -> None:
    persona = EVERYONE["weekend_catcher_up"]
    tips: list[Tip] = [("errand", 0.5, ABSENT, 1.0), ("errand", 0.5, ABSENT, 300.0)]
    friday, saturday, sunday = (_appeal(persona, moment(tips, weekday=weekday)) for weekday in (4, 5, 6))
    assert friday[0] > friday[1]
    assert saturday[0] < saturday[1]
    assert saturday[1] > friday[1]
    assert np.array_equal(saturday, sunday)


def test_a_user_whose_day_is_later_is_the_same_later() -> None:
    persona = EVERYONE["morning_finisher"]
    tips: list[Tip] = [("errand", 0.9, ABSENT, 1.0)]
    late = Deviations.none(1)
    late.shift_h[:] = 2.0
    mind = Mind.fresh(Population(persona, late, None), START_MS)
    assert mind.appeal(moment(tips, [9.0]))[:, 0] == pytest.approx(_appeal(persona, moment(tips, [7.0])))
    assert mind.attention(moment(tips, [9.0])) == pytest.approx(persona.attention.most)


def test_deviations_are_added_to_the_weights_they_are_of() -> None:
    persona = EVERYONE["erratic"]
    when = moment([("errand", 0.9, 0.0, 0.0)], [persona.taste.mood.at_hour])  # at_hour is the same for all its weights
    plain = _appeal(persona, when)[0]
    for row, factor in enumerate((1.0, 0.4, 1.0, 1.0, 0.2)):  # mood, priority, deadline, novelty, effort of an errand
        for part in ("weights", "daily"):
            own = Deviations.none(1)
            getattr(own, part)[row] = 1.0
            found = Mind.fresh(Population(persona, own, None), START_MS).appeal(when)[0, 0]
            assert found - plain == pytest.approx(factor), (row, part)


def test_horizons_and_fading_times_are_multiplied() -> None:
    persona = EVERYONE["deadline_driven"]
    own = Deviations.none(1)
    own.horizon[:], own.fading[:] = 2.0, 3.0
    slow = Mind.fresh(Population(persona, own, None), START_MS).appeal(moment([("money", 0.5, 10.0, 30.0)]))
    assert slow[:, 0] == pytest.approx(_appeal(persona, moment([("money", 0.5, 5.0, 10.0)])))


def test_users_deviate_as_their_persona_says() -> None:
    spread = EVERYONE["erratic"].spread
    found = Deviations.drawn(spread, Streams("erratic", 1, 0).at("users"), 20_000)
    assert found.weights.std(axis=1) == pytest.approx([spread.bias] + [spread.weights] * 4, rel=0.03)
    assert found.daily.std(axis=1) == pytest.approx([spread.daily] * 5, rel=0.03)
    assert found.kinds.std(axis=1) == pytest.approx([spread.kinds] * len(KINDS), rel=0.03)
    assert found.shift_h.std() == pytest.approx(spread.hours, rel=0.03)
    assert np.log(found.horizon).std() == pytest.approx(spread.scales, rel=0.03)
    assert np.log(found.fading).std() == pytest.approx(spread.scales, rel=0.03)
    assert abs(np.corrcoef(found.horizon, found.fading)[0, 1]) < 0.03


def test_a_taste_drifts_from_its_first_round_to_its_last() -> None:
    persona = EVERYONE["drifting"]
    tips: list[Tip] = [("social", 0.1, ABSENT, 1.0), ("social", 0.9, 1.0, 100.0)]
    assert persona.drift is not None
    settled = persona.model_copy(update={"taste": persona.drift.taste, "drift": None})
    old, new = (_appeal(each, moment(tips)) for each in (persona, settled))
    assert old[0] > old[1]
    assert new[0] < new[1]
    for number, share in ((-5, 0.0), (0, 0.0), (100, 0.0), (110, 0.25), (139, 0.975), (140, 1.0), (200, 1.0)):
        found = typical(persona, change=(100, 140)).appeal(moment(tips, number=number))[:, 0]
        assert found == pytest.approx((1 - share) * old + share * new), number


def test_a_drift_begins_at_its_share_of_the_rounds() -> None:
    draw = Streams("x", 1, 0).at("users")
    sudden = Population.drawn(EVERYONE["drifting"], draw, users=1, days=30, moments_a_day=8)
    assert [sudden.changed(number) for number in (-1, 119, 120, 239)] == [0, 0, 1, 1]
    slow = Population.drawn(EVERYONE["perfectionist"], draw, users=1, days=30, moments_a_day=8)
    assert slow.change == pytest.approx((84, 164))
    assert slow.changed(124) == pytest.approx(0.5)


def test_who_drifts_stays_the_same_user() -> None:
    persona = EVERYONE["drifting"]
    assert persona.drift is not None
    same = persona.drift.model_copy(update={"taste": persona.taste})
    there, back = (
        Cohort(persona.model_copy(update={"drift": drift}), 1, Setting(users=8, days=2)) for drift in (same, None)
    )
    for number in (0, 15):
        when = there.moment(number)
        assert np.array_equal(there.mind().appeal(when), back.mind().appeal(when))


def test_appeal_is_of_the_moment_that_is_asked_about() -> None:
    cohort = Cohort(EVERYONE["newcomer"], 1, Setting(users=8, days=2))
    mind, first, second = cohort.mind(), cohort.moment(0), cohort.moment(1)
    before = mind.appeal(first).copy()
    assert not np.any(mind.appeal(second) == before)
    assert np.array_equal(mind.appeal(first), before)
