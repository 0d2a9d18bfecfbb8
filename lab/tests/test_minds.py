"""Reactions: what appeals, what is expected of it, and what having seen something does."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from tipbandit.rewards import REWARD_BY_REACTION
from tipbandit_lab.imagined import Tip, moment, typical
from tipbandit_lab.minds import LEAST_DWELL_S, LONGEST_DWELL_S, thresholds
from tipbandit_lab.moments import REACTIONS, Moment
from tipbandit_lab.personas import holdout, personas
from tipbandit_lab.world import Cohort, Setting

EVERYONE = {**personas(), **holdout()}


def test_attention_is_greatest_at_its_hour_and_least_twelve_hours_away() -> None:
    persona = EVERYONE["night_owl"]
    attention = typical(persona, 24).attention(moment([("errand", 0.5, 1.0, 1.0)], range(24)))
    assert np.argmax(attention) == persona.attention.at_hour
    assert attention.max() == pytest.approx(persona.attention.most)
    assert attention[12] == attention.min() == pytest.approx(persona.attention.least)


def _lucky(tips: Sequence[Tip], users: int, seed: int) -> Moment:
    """Return one moment for many users, with luck for each."""
    draw = np.random.default_rng(seed)
    mood, glance, pace = draw.logistic(size=users), draw.random(users), draw.standard_normal(users)
    return replace(moment(tips, [8.0] * users), mood=mood, glance=glance, pace=pace)


@pytest.mark.parametrize("name", EVERYONE)
def test_the_expected_reward_is_the_mean_of_many(name: str) -> None:
    """For 200 000 draws the standard error is at most 1/sqrt(200 000) = 0.0022; 5 of them are allowed."""
    users = 200_000
    when = _lucky([("errand", 0.9, 3.0, 10.0), ("social", 0.2, np.nan, 200.0)], users, seed=11)
    for place in (0, 1):
        mind = typical(EVERYONE[name], users)
        appeal = mind.appeal(when)
        reactions = mind.react(when, appeal, np.full(users, place))
        assert np.ptp(reactions.expected) == 0
        assert reactions.reward.mean() == pytest.approx(reactions.expected[0], abs=0.0112)
        assert np.allclose(reactions.expected, mind.expected(when, appeal)[place], rtol=0, atol=1e-12)


def test_reactions_come_as_often_as_the_ordered_logistic_model_says() -> None:
    users, persona = 200_000, EVERYONE["erratic"]
    when = _lucky([("errand", 0.9, 3.0, 10.0)], users, seed=5)
    mind = typical(persona, users)
    appeal, seen = mind.appeal(when), mind.attention(when)[0]
    reactions = mind.react(when, appeal, np.zeros(users, dtype=np.int64))
    above = [expit((appeal[0, 0] - each) / persona.reacting.noise) for each in thresholds(persona.reacting)]
    shares = seen * np.diff([0, *above, 1])
    shares[REACTIONS.index("ignored")] += 1 - seen
    assert np.bincount(reactions.reaction, minlength=4) / users == pytest.approx(shares, abs=0.0056)


@given(appeal=st.lists(st.floats(-50, 50), min_size=2, max_size=6).map(sorted), hour=st.floats(0, 23.99))
def test_what_appeals_more_is_expected_to_earn_more(appeal: list[float], hour: float) -> None:
    mind, when = typical(EVERYONE["commuter"]), moment([("errand", 0.5, 1.0, 1.0)], [hour])
    expected = mind.expected(when, np.array(appeal)[:, None])[:, 0]
    assert np.all(np.diff(expected) >= 0)
    assert expected.min() >= -1
    assert expected.max() <= 1


def test_expected_rewards_have_the_shape_of_the_appeal() -> None:
    cohort = Cohort(EVERYONE["erratic"], 1, Setting(users=6, days=1, candidates=3))
    mind, when = cohort.mind(), cohort.moment(0)
    for shape in ((6,), (3, 6), (2, 3, 6)):
        assert mind.expected(when, np.zeros(shape)).shape == shape


def test_rewards_are_those_of_the_service() -> None:
    cohort = Cohort(EVERYONE["erratic"], 1, Setting(users=200, days=1))
    reactions = cohort.past()[0].reactions
    by_name = [REWARD_BY_REACTION[REACTIONS[code]] for code in reactions.reaction]
    assert list(reactions.reward) == by_name
    assert set(reactions.reaction) == {0, 1, 2, 3}


def test_better_luck_never_makes_a_reaction_worse() -> None:
    users = 1_000
    when = _lucky([("errand", 0.5, 5.0, 5.0)], users, seed=1)
    when = replace(when, mood=np.sort(when.mood), glance=np.zeros(users))
    mind = typical(EVERYONE["erratic"], users)
    reactions = mind.react(when, mind.appeal(when), np.zeros(users, dtype=np.int64))
    assert np.all(np.diff(reactions.reaction) <= 0)


def test_what_is_not_looked_at_is_ignored_not_dwelt_on_and_not_remembered() -> None:
    when = replace(moment([("errand", 1.0, 0.1, 1.0)], [18.0]), mood=np.array([50.0]))
    mind = typical(EVERYONE["deadline_driven"])
    attention = float(mind.attention(when)[0])
    for glance, reaction in ((np.nextafter(attention, 0), "completed"), (attention, "ignored")):
        mind = typical(EVERYONE["deadline_driven"])
        appeal = mind.appeal(when)
        reactions = mind.react(replace(when, glance=np.array([glance])), appeal, np.array([0]))
        assert REACTIONS[reactions.reaction[0]] == reaction
        assert (reactions.dwell_s[0] > 0) == (reaction == "completed")
        assert mind.weary.sum() == (reaction == "completed")
        assert reactions.expected == pytest.approx(mind.expected(when, appeal[0]))


def test_a_kind_that_was_looked_at_loses_its_appeal_and_wins_it_back() -> None:
    persona = EVERYONE["novelty_seeker"]
    weight, memory_h = persona.habituation.weight, persona.habituation.memory_hours
    mind, when = typical(persona), moment([("errand", 0.5, 5.0, 5.0), ("social", 0.5, 5.0, 5.0)])
    before = mind.appeal(when)
    mind.react(when, before, np.array([0]))
    assert (mind.appeal(when) - before)[:, 0] == pytest.approx([-weight * (1 - np.exp(-1)), 0])
    later = replace(when, at_ms=when.at_ms + int(memory_h * 3_600_000))
    assert (mind.appeal(later) - before)[:, 0] == pytest.approx([-weight * (1 - np.exp(-1 / np.e)), 0])
    mind.react(later, mind.appeal(later), np.array([0]))
    assert (mind.appeal(later) - before)[:, 0] == pytest.approx([-weight * (1 - np.exp(-1 - 1 / np.e)), 0])
    for _ in range(50):
        mind.react(later, mind.appeal(later), np.array([0]))
    assert (mind.appeal(later) - before)[:, 0] == pytest.approx([-weight, 0])


def test_who_completes_looks_longer_and_no_time_is_absurd() -> None:
    reactions = [each.reactions for each in Cohort(EVERYONE["erratic"], 1, Setting(users=300, days=1)).past()]
    reaction, dwell_s = (
        np.concatenate([getattr(each, name) for each in reactions]) for name in ("reaction", "dwell_s")
    )
    looked = dwell_s > 0
    medians = [np.median(dwell_s[looked & (reaction == code)]) for code in range(4)]
    written = EVERYONE["erratic"].dwell
    assert medians == pytest.approx([getattr(written, name) for name in REACTIONS], rel=0.05)
    assert np.log(dwell_s[reaction == 0]).std() == pytest.approx(written.spread, rel=0.03)  # nothing per_appeal here
    assert np.all(reaction[~looked] == REACTIONS.index("ignored"))
    assert dwell_s[looked].min() >= LEAST_DWELL_S
    assert dwell_s.max() <= LONGEST_DWELL_S


def test_who_likes_it_looks_longer_by_as_much_as_the_persona_says() -> None:
    persona = EVERYONE["novelty_seeker"]
    mind, when = typical(persona), replace(moment([("errand", 0.5, 5.0, 5.0)]), mood=np.array([50.0]))
    little, much = (mind.react(when, np.array([[appeal]]), np.array([0])).dwell_s for appeal in (1.0, 3.0))
    assert little == pytest.approx(persona.dwell.completed * np.exp(persona.dwell.per_appeal))
    assert np.log(much / little) == pytest.approx(2 * persona.dwell.per_appeal)


def test_nobody_looks_for_longer_than_is_plausible() -> None:
    when = moment([("errand", 0.5, 5.0, 5.0)])
    for pace, bound in ((-40.0, LEAST_DWELL_S), (40.0, LONGEST_DWELL_S)):
        mind = typical(EVERYONE["erratic"])
        lucky = replace(when, pace=np.array([pace]))
        assert mind.react(lucky, mind.appeal(lucky), np.array([0])).dwell_s == pytest.approx([bound])
