"""What the growth curves are drawn from: real states, features of any number, pictures that repeat."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import growth_curves, growth_plots
from benchmarks.cost_calls import deployed, learned, lines, score_call
from benchmarks.growth_cases import features, histories, policy, registered
from benchmarks.growth_curves import Point
from tipbandit import codec
from tipbandit.contracts.inputs import Context
from tipbandit.features.encode import encode
from tipbandit.features.schema import BASE, BASE_PROFILE
from tipbandit.policies.policy import learn
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.cost.usage import Call, Log


@pytest.mark.parametrize("dim", [7, 12, 13, 50, 100])
def test_there_are_features_of_every_number_and_all_within_one(dim: int) -> None:
    from tipbandit.contracts.inputs import Candidate  # noqa: PLC0415 - only here

    found = features(dim)
    tips = [Candidate(tip_id=f"t{number}", priority=number / 10) for number in range(3)]
    x = encode(found, Context(hour=7.5, weekday=2), tips, None)
    assert x.shape == (3, dim)
    assert np.abs(x).max() <= 1
    assert len(set(found.names)) == dim


def test_the_services_own_features_are_taken_where_they_fit() -> None:
    assert features(7) is BASE
    assert features(12) is BASE_PROFILE
    with pytest.raises(ValueError, match="no feature set of 8"):
        features(8)


def test_a_policy_is_known_to_the_service_only_for_a_while() -> None:
    with registered(policy(50)):
        assert "growth/d50" in POLICIES
    assert "growth/d50" not in POLICIES


def test_a_history_is_what_learning_one_reward_after_the_other_gives() -> None:
    chosen = policy(7)
    found = histories(chosen, (1, 5))
    rng = np.random.default_rng(0)
    x, rewards = rng.uniform(-1, 1, (10_000, 7)), rng.uniform(-1, 1, 10_000)
    state = codec.empty(chosen.feature_set).state
    for number in range(5):
        state = learn(chosen, state, x[number], float(rewards[number]))
    assert sorted(found) == [1, 5]
    np.testing.assert_array_equal(found[5].state.gram, state.gram)
    assert found[5].state.reward_sum == state.reward_sum


def test_a_state_of_a_hundred_features_decides_through_the_real_handler() -> None:
    chosen = policy(100)
    with registered(chosen), deployed("score"):
        said = lines(score_call(chosen, learned(chosen, 5, 0), 3))
    assert len(said.event["data"]["x"]) == 100


def point(x: int) -> Point:
    logs = {"the event": Log(1, 1000 + x)}
    score = Call(cpu_us=500.0 + x, store_calls=1, item_bytes=900, consistent=False, logs=logs)
    return Point(x, score, Call(cpu_us=600.0, store_calls=2, item_bytes=900, consistent=True, written_bytes=900))


@pytest.mark.parametrize("name", list(growth_curves.CURVES))
def test_the_same_points_give_the_same_picture_and_others_another(tmp_path: Path, name: str) -> None:
    drawn = []
    for number, points in enumerate(([point(1), point(9)], [point(1), point(9)], [point(1), point(7)])):
        (tmp_path / str(number)).mkdir()
        drawn.append(growth_plots.draw(name, points, tmp_path / str(number)).read_bytes())
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) < 60_000
