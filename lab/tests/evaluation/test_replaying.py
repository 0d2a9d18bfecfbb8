"""Replaying: a policy that served comes out as it was, and what it may learn from is respected."""

import numpy as np
import pytest
from tests.evaluation.logged import Life, connected, lived

from tipbandit.policies.policy import learn
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.evaluation import logs
from tipbandit_lab.evaluation.logs import Log, Logged
from tipbandit_lab.evaluation.replaying import cold, recheck, replayed


def read(life: Life) -> Log:
    with connected(life) as connection:
        return logs.read(connection)


@pytest.mark.parametrize("policy", ["egreedy/v1", "egreedy/v2", "linucb/v1", "linucb/v2"])
def test_every_policy_that_served_is_replayed_to_the_last_bit_that_counts(policy: str) -> None:
    found = recheck(read(lived(policy, users=5, moments=20)).decisions, POLICIES[policy])
    assert (found.decisions, found.checkable, found.same) == (100, 100, 100)


def test_late_rewards_teach_late() -> None:
    """A reward that comes after two days is unknown to the seven decisions in between, as it was to the service."""
    life = lived(users=5, moments=20, delay_ms=2 * 86_400_000)
    assert recheck(read(life).decisions, POLICIES["egreedy/v1"]).share == 1.0
    early = [{**row, "at": life.decisions[i]["at"]} for i, row in enumerate(life.rewards)]
    known_at_once = Life(life.decisions, early, life.worth)
    share = recheck(read(known_at_once).decisions, POLICIES["egreedy/v1"]).share
    assert share is not None
    assert share < 0.9


def test_a_reset_empties_the_state_and_earlier_decisions_teach_nothing_after_it() -> None:
    life = lived(users=5, moments=20, delay_ms=86_400_000, resets=True)
    assert recheck(read(life).decisions, POLICIES["egreedy/v1"]).same == 100
    forgotten = Life([{**row, "epoch": 0} for row in life.decisions], life.rewards, life.worth)
    share = recheck(read(forgotten).decisions, POLICIES["egreedy/v1"]).share
    assert share is not None
    assert share < 0.9


def test_what_cannot_come_out_the_same_is_not_counted_against_it() -> None:
    """Of four users one began before the log, one had a prior, one decision was made without the state."""
    life = lived(users=4, moments=10)
    for row in life.decisions[:10]:
        row["state_ver"] += 3
    for row in life.decisions[10:20]:
        row["prior"] = "p-1"
    life.decisions[25] |= {"state_ver": None, "epoch": None, "degraded": True}
    found = recheck(read(life).decisions, POLICIES["egreedy/v1"])
    assert (found.decisions, found.checkable) == (40, 19)
    assert found.share == 1.0


def test_a_degraded_decision_is_answered_from_the_cold_state() -> None:
    life = lived(users=1, moments=20)
    life.decisions[-1] |= {"state_ver": None, "epoch": None, "degraded": True}
    *_, last = replayed(read(life).decisions, POLICIES["egreedy/v1"])
    assert last.propensities.tolist() == pytest.approx([0.25] * 4)


def test_nothing_that_comes_after_a_decision_changes_it() -> None:
    """The log is cut anywhere: what was answered before stays."""
    decisions = read(lived(users=3, moments=12)).decisions
    whole = [answer.propensities for answer in replayed(decisions, POLICIES["linucb/v2"])]
    for cut in (1, 10, 25):
        part = [answer.propensities for answer in replayed(decisions[:cut], POLICIES["linucb/v2"])]
        assert all((a == b).all() for a, b in zip(part, whole[:cut], strict=True))


def test_a_policy_that_did_not_serve_learns_from_all_rewards_or_from_its_own_none() -> None:
    decisions = read(lived(users=2, moments=20)).decisions
    own = list(replayed(decisions, POLICIES["egreedy/v2"], lessons="own"))
    everything = list(replayed(decisions, POLICIES["egreedy/v2"]))
    assert all(np.ptp(answer.propensities) < 1e-12 for answer in own)
    assert any(np.ptp(answer.propensities) > 0.5 for answer in everything)


def test_a_new_user_starts_with_what_it_is_given() -> None:
    """Someone for whom priority was rewarded is the start of everyone: the highest priority is shown at once."""
    decisions = read(lived(users=3, moments=2)).decisions
    policy = POLICIES["egreedy/v1"]

    def start(of: object, logged: Logged) -> object:
        state = cold(policy, logged)
        for priority in (0.0, 1.0):
            x = np.zeros(policy.feature_set.dim)
            x[policy.feature_set.names.index("priority")] = priority
            state = learn(policy, state, x, priority)
        assert of is policy
        return state

    first = next(replayed(decisions, policy, start=start))  # type: ignore[arg-type] # states are states
    assert int(first.propensities.argmax()) == int(np.argmax(np.array(decisions[0].tips.priority, dtype=np.float64)))


def test_decisions_that_cannot_be_evaluated_are_counted_by_the_reason() -> None:
    life = lived(users=1, moments=6)
    life.decisions[0]["propensity"] = None
    life.decisions[1]["propensities"] = None
    life.decisions[2]["propensities"] = [0.5, None, 0.25, 0.25]
    life.decisions[3]["tip_id"] = "another"
    life.decisions[4]["propensities"] = [0.5, 0.5]
    log = read(life)
    assert len(log.decisions) == 1
    assert log.left_out == {
        "no propensity": 3,
        "the tip that was shown is no candidate": 1,
        "not one propensity a candidate": 1,
    }


def test_a_decision_is_read_as_it_was_logged() -> None:
    life = lived(users=1, moments=1)
    life.decisions[0]["profile"] = {"completion_rate": 0.5, "tips_30d": 12}
    (logged,) = read(life).decisions
    row = life.decisions[0]
    assert logged.propensities.tolist() == row["propensities"]
    assert logged.tips.tip_id[logged.shown] == row["tip_id"]
    assert logged.tips.priority == row["candidates"]["priority"]
    assert logged.tips.due_in_hours is None
    assert logged.profile is not None
    assert (logged.profile.completion_rate, logged.profile.tips_30d) == (0.5, 12)
    assert logged.outcome is not None
    assert logged.outcome.at_ms == logged.at_ms + 60_000
