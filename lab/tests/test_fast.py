"""One cohort, all players side by side; and what is summed up of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pytest

from tipbandit.policies.registry import POLICIES
from tipbandit_lab.arrays import Bools, Floats, Ints
from tipbandit_lab.batch import BatchPolicy
from tipbandit_lab.fast import play
from tipbandit_lab.moments import REACTIONS, Moment, Reactions
from tipbandit_lab.personas import Persona, personas
from tipbandit_lab.players import Choices, Player, PlayerFactory, Seen
from tipbandit_lab.tables import TABLES
from tipbandit_lab.tally import BINS
from tipbandit_lab.world import Cohort, Setting
from tipbandit_recommender.profile import Shown, profile_features

SETTING = Setting(users=3, days=4, moments_a_day=2, candidates=5)
POLICIES_PLAYED: Mapping[str, PlayerFactory] = {key: partial(BatchPolicy, policy) for key, policy in POLICIES.items()}


@dataclass
class _Fixed:
    """Shows the tip at one place with probability 1 - 1/K, and notes what it is asked with."""

    users: int
    place: int = 0
    uses_profile: bool = True
    seen: list[Seen] = field(default_factory=list)
    rewards: list[Floats] = field(default_factory=list)

    def choose(self, seen: Seen) -> Choices:
        self.seen.append(seen)
        shape = seen.appeal.shape
        p = np.full(shape, 1 / shape[0] / (shape[0] - 1))
        p[self.place] = 1 - 1 / shape[0]
        shown = np.full(self.users, self.place, dtype=np.int64)
        return Choices(shown, p, np.zeros(self.users, dtype=np.bool_))

    def learn(self, reward: Floats) -> None:
        assert len(self.rewards) == len(self.seen) - 1
        self.rewards.append(reward)

    def weights(self) -> Mapping[str, Floats]:
        return {"place": np.array([1.0, 2.0, 6.0])}

    def unsound(self) -> Bools:
        return np.array([len(self.seen) > 4, False, False])


@pytest.fixture(scope="module")
def persona() -> Persona:
    """One with a past and a profile."""
    return next(each for each in personas().values() if each.has_profile and each.past_days > 0)


def seated(player: Player) -> PlayerFactory:
    return lambda _: player


def cohort(persona: Persona) -> Cohort:
    return Cohort(persona, 7, SETTING, 2)


def test_what_a_player_does_is_the_same_whoever_else_plays(persona: Persona) -> None:
    together = play(cohort(persona), POLICIES_PLAYED).tables()
    alone = [play(cohort(persona), {name: factory}).tables() for name, factory in POLICIES_PLAYED.items()]
    for name in TABLES:
        assert together[name].to_pylist() == [row for tables in alone for row in tables[name].to_pylist()]


def test_all_players_meet_the_same_moments_in_order(persona: Persona) -> None:
    first, second = _Fixed(3, 0), _Fixed(3, 1)
    play(cohort(persona), {"first": seated(first), "second": seated(second)})
    assert [seen.moment.number for seen in first.seen] == list(range(SETTING.rounds))
    assert all(a.moment is b.moment for a, b in zip(first.seen, second.seen, strict=True))


def test_what_a_player_shows_changes_only_its_own_users(persona: Persona) -> None:
    """Players that show the same are asked with the same appeal; one that shows another tip soon with another."""
    players = [_Fixed(3, 0), _Fixed(3, 0), _Fixed(3, 1)]
    play(cohort(persona), {str(number): seated(player) for number, player in enumerate(players)})
    last = [player.seen[-1].appeal for player in players]
    np.testing.assert_array_equal(last[0], last[1])
    assert not np.array_equal(last[0], last[2])
    np.testing.assert_array_equal(players[0].seen[0].appeal, players[2].seen[0].appeal)


def test_a_player_learns_the_rewards_of_its_own_choice_before_the_next(persona: Persona) -> None:
    steps: list[tuple[str, int, Reactions]] = []
    players = {"first": _Fixed(3, 0), "second": _Fixed(3, 1)}
    play(
        cohort(persona),
        {name: seated(player) for name, player in players.items()},
        watch=lambda name, moment, _, reactions: steps.append((name, moment.number, reactions)),
    )
    assert [each[:2] for each in steps] == [(name, n) for n in range(SETTING.rounds) for name in players]
    for name, player in players.items():
        np.testing.assert_array_equal(player.rewards, [own.reward for who, _, own in steps if who == name])


def test_a_profile_is_made_of_the_past_and_of_what_this_player_has_shown(persona: Persona) -> None:
    steps: list[tuple[Moment, Reactions]] = []
    player, world = _Fixed(3), cohort(persona)
    play(
        world,
        {"other": seated(_Fixed(3, 1)), "own": seated(player)},
        watch=lambda name, moment, _, reactions: steps.append((moment, reactions)) if name == "own" else None,
    )
    before = [(past.moment, past.reactions) for past in world.past()]
    assert len(before) == persona.past_days * SETTING.moments_a_day
    for number, seen in enumerate(player.seen):
        for user in range(SETTING.users):
            history = [shown(*step, user) for step in (*before, *steps[:number])]
            expected = profile_features(history, now=at(seen.moment.at_ms, user)).model_dump()
            assert seen.profiles is not None
            got = {name: float(getattr(seen.profiles, name)[user]) for name in expected}
            want = {name: math.nan if value is None else value for name, value in expected.items()}
            assert got == pytest.approx(want, abs=1e-9, nan_ok=True)


def shown(moment: Moment, reactions: Reactions, user: int) -> Shown:
    return Shown(
        shown_at=at(moment.at_ms, user),
        hour=float(moment.hour[user]),
        reaction=REACTIONS[reactions.reaction[user]],  # type: ignore[arg-type]
        dwell_s=float(reactions.dwell_s[user]),
    )


def at(at_ms: Ints, user: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(at_ms[user]))


def test_no_profile_is_made_for_players_that_use_none_and_personas_that_have_none(persona: Persona) -> None:
    unused, used = _Fixed(3, uses_profile=False), _Fixed(3)
    play(cohort(persona), {"unused": seated(unused)})
    play(cohort(persona.model_copy(update={"has_profile": False})), {"used": seated(used)})
    assert all(seen.profiles is None for seen in (*unused.seen, *used.seen))


def test_the_tables_sum_up_every_step(persona: Persona) -> None:
    steps: dict[str, list[tuple[Moment, Choices, Reactions]]] = {name: [] for name in POLICIES_PLAYED}
    tally = play(cohort(persona), POLICIES_PLAYED, watch=lambda name, *step: steps[name].append(step))
    tables = {name: table.to_pylist() for name, table in tally.tables().items()}
    for name, own in steps.items():
        rows = {key: [row for row in table if row["player"] == name] for key, table in tables.items()}
        assert [row["day"] for row in rows["days"]] == list(range(SETTING.days))
        for day, row in enumerate(rows["days"]):
            same_day(row, [(choices, reactions) for moment, choices, reactions in own if moment.day == day])
        same_calibration(rows["calibration"], [choices for _, choices, _ in own])
        places = [int(place) for _, choices, _ in own for place in choices.shown]
        assert [row["position"] for row in rows["positions"]] == list(range(SETTING.candidates))
        assert [row["shown"] for row in rows["positions"]] == [places.count(k) for k in range(SETTING.candidates)]
        who = {(row["persona"], row["seed"], row["block"]) for table in rows.values() for row in table}
        assert who == {(persona.name, 7, 2)}
    assert all(tally.tables()[name].schema.equals(schema) for name, schema in TABLES.items())


def same_day(row: Mapping[str, float], steps: list[tuple[Choices, Reactions]]) -> None:
    reactions = [int(code) for _, each in steps for code in each.reaction]
    assert row["decisions"] == len(reactions) == SETTING.users * SETTING.moments_a_day
    assert row["reward"] == pytest.approx(sum(each.reward.sum() for _, each in steps))
    assert row["expected"] == pytest.approx(sum(each.expected.sum() for _, each in steps))
    assert row["explored"] == sum(int(each.explored.sum()) for each, _ in steps)
    assert [row[name] for name in REACTIONS] == [reactions.count(code) for code in range(len(REACTIONS))]
    assert row["least_propensity"] == min(each.propensities.min() for each, _ in steps)
    assert row["mass_error"] == max(np.abs(each.propensities.sum(axis=0) - 1).max() for each, _ in steps)
    assert row["unsound"] == 0


def same_calibration(rows: list[Mapping[str, float]], steps: list[Choices]) -> None:
    sums = np.zeros((BINS, 4))
    for choices in steps:
        for (place, user), p in np.ndenumerate(choices.propensities):
            sums[math.floor(20 * p)] += [1, p, p * (1 - p), choices.shown[user] == place]
    assert [row["bin"] for row in rows] == list(range(BINS))
    names = ("candidates", "propensity", "variance", "shown")
    np.testing.assert_allclose([[row[name] for name in names] for row in rows], sums, atol=1e-12)


def test_states_that_are_not_finite_are_counted_at_the_end_of_each_day(persona: Persona) -> None:
    days = play(cohort(persona), {"fixed": _Fixed}).tables()["days"]
    assert days["unsound"].to_pylist() == [0, 0, 1, 1]


def test_of_the_weights_the_mean_and_the_mean_square_over_users_are_kept(persona: Persona) -> None:
    """(1 + 2 + 6)/3 = 3, (1 + 4 + 36)/3 = 41/3."""
    (row,) = play(cohort(persona), {"fixed": _Fixed}).tables()["weights"].to_pylist()
    assert (row["feature"], row["users"], row["mean"], row["square"]) == ("place", 3, 3.0, pytest.approx(41 / 3))


class _Broken(_Fixed):
    """States no numbers where probabilities belong."""

    def choose(self, seen: Seen) -> Choices:
        choices = super().choose(seen)
        choices.propensities[1] = [math.nan, 1.5, -0.25]
        return choices


def test_impossible_propensities_are_told_and_do_not_end_the_run(persona: Persona) -> None:
    tables = play(cohort(persona), {"broken": _Broken}).tables()
    assert all(math.isnan(least) for least in tables["days"]["least_propensity"].to_pylist())
    assert all(math.isnan(error) for error in tables["days"]["mass_error"].to_pylist())
    assert sum(tables["calibration"]["candidates"].to_pylist()) == SETTING.users * SETTING.rounds * SETTING.candidates


def test_a_propensity_of_one_has_a_bin_of_its_own(persona: Persona) -> None:
    class _Sure(_Fixed):
        def choose(self, seen: Seen) -> Choices:
            choices = super().choose(seen)
            choices.propensities[:] = 0.0
            choices.propensities[0] = 1.0
            return choices

    calibration = play(cohort(persona), {"sure": _Sure}).tables()["calibration"].to_pylist()
    decisions = SETTING.users * SETTING.rounds
    assert (calibration[20]["candidates"], calibration[20]["shown"]) == (decisions, decisions)
    assert (calibration[0]["candidates"], calibration[0]["shown"]) == (4 * decisions, 0)
