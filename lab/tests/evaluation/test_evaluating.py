"""Evaluations of our own events: against what each tip was truly worth, and with data that support nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.evaluation.logged import Life, connected, lived

from tipbandit.policies.registry import POLICIES
from tipbandit_lab.evaluation import logs
from tipbandit_lab.evaluation.assembling import played, rounds_of, scored
from tipbandit_lab.evaluation.checks import Limits
from tipbandit_lab.evaluation.estimators import doubly_robust, estimate, inverse_propensity, self_normalised
from tipbandit_lab.evaluation.evaluating import evaluate_log, evaluate_policies
from tipbandit_lab.evaluation.record import Evaluation
from tipbandit_lab.evaluation.sequences import value_bounds

ANY = Limits(rounds=1, groups=2, effective=1.0, heaviest=1.0)
EXPLORING = replace(POLICIES["egreedy/v1"], epsilon=0.5)


def evaluated(life: Life, candidate: str = "linucb/v1", incumbent: str = "egreedy/v1", **more: object) -> Evaluation:
    with connected(life) as connection:
        return evaluate_policies(connection, candidate, incumbent, resamples=200, **more)  # type: ignore[arg-type]


def worth_of(life: Life) -> dict[str, np.ndarray]:
    return {row["decision_id"]: worth for row, worth in zip(life.decisions, life.worth, strict=True)}


def errors(seed: int) -> tuple[float, float, float, bool]:
    """Return how far estimates of linucb/v1 lie from the truth of the sequence of policies that the log induces."""
    life = lived(EXPLORING, users=20, moments=20, seed=seed)
    with connected(life) as connection:
        log = logs.read(connection)
    found = scored(log.decisions, days=None, unrewarded="drop")
    ours = played(log.decisions, found, POLICIES["linucb/v1"])
    worth = worth_of(life)
    pairs = zip(found.decisions, ours.target, strict=True)
    truth = float(np.mean([target @ worth[each.decision_id] for each, target in pairs]))
    rounds = replace(rounds_of(found, ours.target), predicted=np.full((400, 4), 0.1))
    bounds = value_bounds(rounds, 0.05)
    held = bool(bounds.low[-1] <= truth <= bounds.high[-1])
    found_by = [estimate(terms(rounds)) - truth for terms in (inverse_propensity, doubly_robust, self_normalised)]
    return (*found_by, held)  # type: ignore[return-value]


@pytest.mark.slow
def test_a_policy_that_learns_is_evaluated_without_bias_on_a_log_of_one_that_learns() -> None:
    """30 logs of 400 decisions: within three standard errors of the truth, and the bounds that hold always do."""
    found = np.array([errors(seed) for seed in range(30)], dtype=np.float64)
    for column in found.T[:3]:
        assert abs(column.mean()) < 3 * column.std() / np.sqrt(30) + 0.005
    assert found[:, 3].all()


def test_the_incumbent_on_its_own_log_earned_the_mean_reward() -> None:
    life = lived(users=30, moments=10)
    found = evaluated(life, limits=ANY)
    ips = found.of("IPS")
    assert ips is not None
    assert ips.incumbent.estimate == pytest.approx(np.mean([row["reward"] for row in life.rewards]))
    assert found.incumbent_overlap is not None
    assert found.incumbent_overlap.share == 1.0
    assert found.rechecks[0].share == 1.0


def test_a_policy_against_itself_has_no_advantage() -> None:
    found = evaluated(lived(users=30, moments=10), "egreedy/v1", "egreedy/v1")
    assert found.verdict.valid
    assert all(each.advantage.estimate == 0 for each in found.estimates)
    assert found.lower_bound is not None
    assert -0.5 < found.lower_bound <= 0


def test_every_estimator_has_its_say_and_the_record_is_json() -> None:
    found = evaluated(lived(users=60, moments=20), limits=ANY)
    assert [each.estimator for each in found.estimates] == [
        "DM", "IPS", "SNIPS", "DR", "SNDR", "Switch-DR", "DRos", "replay"
    ]  # fmt: skip
    record = json.loads(found.as_json())
    assert record["verdict"] == {"reasons": [], "valid": True}
    assert record["lower_bound"] == pytest.approx(found.lower_bound)
    assert record["overlap"]["effective"] == pytest.approx(found.effective_size)
    assert record["logged_by"] == {"egreedy/v1": 1_200}


def test_the_same_log_gives_the_same_record() -> None:
    life = lived(users=30, moments=10)
    assert evaluated(life, limits=ANY).as_json() == evaluated(life, limits=ANY).as_json()


def test_days_before_those_that_count_only_teach() -> None:
    life = lived(users=30, moments=20)
    late = evaluated(life, limits=ANY, days=(date(2026, 1, 8), date(2026, 1, 9)))
    assert (late.first_day, late.last_day) == ("2026-01-08", "2026-01-09")
    assert late.rounds == 30 * 8
    assert late.rechecks[0].share == 1.0


def test_of_decisions_without_a_reward_is_said_what_became_of_them() -> None:
    """Every fifth reward is missing; within the last window of the log it is not known yet which stay missing."""
    life = lived(users=30, moments=40)
    del life.rewards[::5]
    with connected(life) as connection:
        decisions = logs.read(connection).decisions
    dropped = scored(decisions, days=None, unrewarded="drop")
    assert (len(dropped.decisions), dropped.unrewarded) == (960, 240)
    ignored = scored(decisions, days=None, unrewarded="ignored")
    assert max(each.at_ms for each in ignored.decisions) <= decisions[-1].at_ms + 60_000 - 7 * 86_400_000
    assert set(np.unique(ignored.reward)) == {-1.0, -0.25, 1.0}
    assert int((ignored.reward == -0.25).sum()) == ignored.unrewarded
    assert 0.1 < ignored.unrewarded / len(ignored.decisions) < 0.3


def equal_rewards(life: Life) -> None:
    for row in life.rewards:
        row["reward"] = 1.0


def no_rewards(life: Life) -> None:
    life.rewards.clear()


def no_propensities(life: Life) -> None:
    for row in life.decisions[::10]:
        row["propensity"] = None


def other_propensities(life: Life) -> None:
    """The best is always shown, and logged as certain as the service would have it; nobody explores."""
    for row in life.decisions:
        best = int(np.argmax(row["propensities"]))
        row["tip_id"], row["propensity"] = row["candidates"]["tip_id"][best], row["propensities"][best]


def shuffled(life: Life) -> None:
    """Rewards are those of others: what was learned is not what the log says."""
    rewards = np.random.default_rng(1).permutation([row["reward"] for row in life.rewards])
    for row, reward in zip(life.rewards, rewards, strict=True):
        row["reward"] = float(reward)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (equal_rewards, "all rewards are 1"),
        (no_rewards, "no decision has a reward"),
        (no_propensities, "10.0% of the decisions cannot be evaluated: no propensity"),
        (other_propensities, "times where"),
        (shuffled, "replaying egreedy/v1 gives the logged propensities in"),
    ],
)
def test_data_that_support_nothing_give_no_number_but_a_reason(harm: Callable[[Life], None], reason: str) -> None:
    life = lived(users=40, moments=40)
    harm(life)
    found = evaluated(life)
    assert not found.verdict.valid
    assert any(reason in each for each in found.verdict.reasons)
    assert (found.estimates, found.sequences, found.lower_bound) == ((), None, None)
    assert json.loads(found.as_json())["verdict"]["valid"] is False


def test_few_users_and_few_decisions_are_refused() -> None:
    reasons = evaluated(lived(users=5, moments=10)).verdict.reasons
    assert "there are 50 rounds, and 200 are needed" in reasons


def test_a_policy_that_never_explores_supports_no_other() -> None:
    """Epsilon 0: everything else has probability 0, and the reason says how much of the candidate lies there."""
    life = lived(replace(POLICIES["linucb/v1"], epsilon=0.0), users=40, moments=40)
    with connected(life) as connection:
        log = logs.read(connection)
    found = scored(log.decisions, days=None, unrewarded="drop")
    done = evaluate_log(log, POLICIES["egreedy/v1"], POLICIES["linucb/v1"], found=found, treated="drop")
    assert any("of what the target would show could not be shown" in each for each in done.verdict.reasons)


def test_an_unknown_policy_is_named() -> None:
    with pytest.raises(ValueError, match="no such policy: nobody/v1; there are egreedy/v1"):
        evaluated(lived(users=1, moments=1), "nobody/v1")


def test_who_is_told_hears_of_every_decision_once_for_each_policy() -> None:
    heard: list[int] = []
    evaluated(lived(users=30, moments=20), told=heard.append, limits=ANY)
    assert sum(heard) == 2 * 600
