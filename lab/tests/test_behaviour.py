"""What personas do all in all: they differ, their profiles tell them apart, and learning pays."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from statistics import fmean

import numpy as np
import pytest

from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.contracts.reward import Reaction
from tipbandit.features.schema import BASE
from tipbandit_lab.arrays import Floats
from tipbandit_lab.encoding import encode
from tipbandit_lab.fast import play
from tipbandit_lab.moments import REACTIONS
from tipbandit_lab.personas import holdout, personas
from tipbandit_lab.roster import factories
from tipbandit_lab.world import START_MS, Cohort, Past, Setting
from tipbandit_recommender.profile import Shown, circular_mean, profile_features

MAIN = personas()
EVERYONE = {**MAIN, **holdout()}
SOME = Setting(users=16)
CANDIDATE_FEATURES = ("priority", "urgency", "freshness")
SEED = 2_000


@cache
def _past(name: str) -> Sequence[Past]:
    return Cohort(EVERYONE[name], SEED, SOME).past()


@cache
def _profiles(name: str) -> Sequence[ProfileFeatures]:
    """Return what the recommender says of each user when the run begins."""
    now = datetime.fromtimestamp(START_MS / 1000, UTC)
    return [profile_features([_shown(each, user) for each in _past(name)], now=now) for user in range(SOME.users)]


def _shown(past: Past, user: int) -> Shown:
    moment, reactions = past.moment, past.reactions
    reaction: Reaction = REACTIONS[reactions.reaction[user]]  # type: ignore[assignment]  # one of its names
    return Shown(
        shown_at=datetime.fromtimestamp(moment.at_ms[user] / 1000, UTC),
        hour=float(moment.hour[user]),
        reaction=reaction,
        dwell_s=float(reactions.dwell_s[user]),
    )


def _mean(name: str, feature: str) -> float:
    return fmean(getattr(profile, feature) for profile in _profiles(name))


def _hours(name: str) -> list[float]:
    return [profile.preferred_hour for profile in _profiles(name) if profile.preferred_hour is not None]


WITH_PAST = [name for name, persona in EVERYONE.items() if persona.past_days]


def test_profiles_tell_when_a_persona_gets_things_done() -> None:
    for name, hour in (("morning_finisher", 7.5), ("night_owl", 23.0), ("priority_driven", 13.0)):
        hours = _hours(name)
        assert len(hours) > 0.9 * SOME.users, name
        mean, resultant = circular_mean(hours)
        assert (mean - hour + 12) % 24 - 12 == pytest.approx(0, abs=1.5), name
        assert resultant > 0.9, name


def test_users_of_one_persona_have_preferred_hours_of_their_own() -> None:
    for name in ("morning_finisher", "night_owl"):
        assert np.std([(hour + 12) % 24 for hour in _hours(name)] if name == "night_owl" else _hours(name)) > 0.4


def test_who_opens_the_app_at_any_hour_agrees_with_nobody_on_one() -> None:
    assert circular_mean(_hours("erratic"))[1] < 0.7


def test_profiles_tell_who_dismisses() -> None:
    rates = {name: _mean(name, "dismiss_rate") for name in WITH_PAST}
    assert max(rates, key=rates.__getitem__) == "dismisser"
    assert rates["dismisser"] > 0.6
    assert all(rate < 0.5 for name, rate in rates.items() if name != "dismisser")


def test_profiles_tell_who_completes() -> None:
    rates = {name: _mean(name, "completion_rate") for name in WITH_PAST}
    assert min(rates, key=rates.__getitem__) == "dismisser"
    assert all(0.15 < rate < 0.6 for name, rate in rates.items() if name != "dismisser")
    own = [profile.completion_rate for profile in _profiles("morning_finisher") if profile.completion_rate is not None]
    assert np.std(own) > 0.03


def test_profiles_tell_who_takes_time() -> None:
    dwells = {name: _mean(name, "mean_dwell_s") for name in WITH_PAST}
    assert min(dwells, key=dwells.__getitem__) == "dismisser"
    assert max(dwells, key=dwells.__getitem__) == "perfectionist"
    assert dwells["perfectionist"] > 10 * dwells["dismisser"]


def test_the_count_of_thirty_days_is_that_of_thirty_days_of_a_longer_past() -> None:
    assert {profile.tips_30d for profile in _profiles("night_owl")} == {30 * 8}
    assert _profiles("newcomer") == [ProfileFeatures()] * SOME.users


@cache
def _offers(name: str) -> tuple[Floats, Floats]:
    """Return the candidate features and the expected rewards of all tips of ten days: (3, T, K, U) and (T, K, U)."""
    cohort = Cohort(EVERYONE[name], SEED, SOME)
    mind, moments = cohort.mind(), [cohort.moment(number) for number in range(80)]
    places = [BASE.names.index(feature) for feature in CANDIDATE_FEATURES]
    features = [[encode(BASE, moment, None)[place] for moment in moments] for place in places]
    return np.array(features), np.array([mind.expected(moment, mind.appeal(moment)) for moment in moments])


def _weights(name: str) -> Floats:
    """Return what the users of a persona like all together: least squares, with a mean of its own for each decision."""
    features, expected = (each - each.mean(axis=-2, keepdims=True) for each in _offers(name))
    weights: Floats = np.linalg.lstsq(features.reshape(len(features), -1).T, expected.ravel())[0]
    return weights


def _gain(name: str, weights: Floats) -> float:
    """Return what one set of weights for everybody earns users of a persona, beyond tips shown at random."""
    features, expected = _offers(name)
    best = np.argmax(np.tensordot(weights, features, 1), axis=1)
    shown = np.take_along_axis(expected, best[:, None], axis=1)
    return float(shown.mean() - expected.mean())


def test_what_is_best_for_one_persona_is_poor_for_another() -> None:
    weights = {name: _weights(name) for name in MAIN}
    for own in MAIN:
        gains = {name: _gain(own, weights[name]) for name in MAIN}
        assert gains[own] > max(0.02, max(gains.values()) - 0.02), own  # least squares fits all tips, not the best
        assert sum(gain < 0 for gain in gains.values()) >= 2, own


def test_no_weights_are_good_for_everybody() -> None:
    everybody = np.mean([_weights(name) for name in MAIN], axis=0)
    gains = {name: _gain(name, everybody) / _gain(name, _weights(name)) for name in MAIN}
    assert min(gains.values()) < -0.2
    assert sum(gain < 0.5 for gain in gains.values()) >= 3


@cache
def _played(name: str) -> Mapping[str, float]:
    """Return the mean expected reward of players with a persona."""
    players = ("random", "urgent", "popular", "egreedy/v1", "linucb/v1", "oracle")
    days = play(Cohort(EVERYONE[name], SEED, SOME), factories(players)).tables()["days"].to_pylist()
    decisions = SOME.users * SOME.rounds
    return {player: sum(day["expected"] for day in days if day["player"] == player) / decisions for player in players}


@pytest.mark.parametrize("name", MAIN)
def test_learning_pays_and_leaves_something_to_learn(name: str) -> None:
    earned = _played(name)
    for policy in ("egreedy/v1", "linucb/v1"):
        assert earned[policy] > earned["random"] + 0.02
        assert earned[policy] < earned["oracle"] - 0.1


def test_nobody_needs_to_learn_for_some_but_nothing_unlearned_is_good_for_all() -> None:
    for rule in ("urgent", "popular"):
        assert sum(_played(name)[rule] < _played(name)["random"] for name in MAIN) >= 3
        assert fmean(_played(name)[rule] for name in MAIN) < fmean(_played(name)["egreedy/v1"] for name in MAIN) - 0.1


def test_what_is_wanted_depends_on_the_time_of_day_in_six_of_nine() -> None:
    assert {name for name in MAIN if _varies(name) > 1} == {
        "morning_finisher", "night_owl", "deadline_driven", "novelty_seeker", "newcomer", "drifting"
    }  # fmt: skip


def _varies(name: str) -> float:
    """Return by how much the weight of a candidate feature differs at most between the persona's openings."""
    persona = EVERYONE[name]
    hours = np.array([opening.hour for opening in persona.openings])
    tastes = [persona.taste, *([persona.drift.taste] if persona.drift else [])]
    weights = [each for taste in tastes for each in (taste.priority, taste.deadline, taste.novelty)]
    return max(float(np.ptp(each.daily * np.cos((hours - each.at_hour) * np.pi / 12))) for each in weights)
