"""Stories through the handlers: decide, reward, look, forget."""

import json
import subprocess
import sys

import pytest

from tests.support.bodies import CANDIDATES, DAY_MS, USER, decision_id, rewarding, scoring
from tests.support.cloud import Cloud
from tests.support.lambdas import FUNCTIONS, Function, load
from tipbandit.contracts.events import DecisionEvent, ResetEvent, RewardEvent
from tipbandit.policies.registry import POLICIES

each_policy = pytest.mark.parametrize("policy", sorted(POLICIES))
PROFILE = {"completion_rate": 0.9, "preferred_hour": 8.5}


@each_policy
def test_a_decision_is_made_rewarded_once_seen_forgotten_and_then_refused(
    policy: str, score: Function, reward: Function, stats: Function, reset: Function
) -> None:
    decision = score.post(f"/score/{policy}", scoring(profile_features=PROFILE)).body
    outcome = {"decision": decision["decision"], "reaction": "completed"}

    assert reward.post(f"/reward/{policy}", outcome).body == {"applied": True, "policy": policy, "n": 1}
    assert reward.post(f"/reward/{policy}", outcome).body == {"applied": False, "policy": policy, "n": 1}

    learned = stats.get(f"/stats/{policy}", user_id=USER).body["policies"][policy]
    assert (learned["state"], learned["n"], learned["mean_reward"]) == ("learned", 1, 1.0)
    assert learned["theta"]["bias"] > 0

    assert reset.post("/reset", {"user_id": USER}).body == {"user_id": USER, "policies": sorted(POLICIES)}
    refused = reward.post(f"/reward/{policy}", outcome)
    assert (refused.status, refused.code) == (409, "decision_before_reset")

    forgotten = stats.get(f"/stats/{policy}", user_id=USER).body["policies"][policy]
    assert (forgotten["state"], forgotten["n"], forgotten["mean_reward"]) == ("reset", 0, None)
    assert set(forgotten["theta"].values()) == {0.0}


def test_a_user_learns_again_after_a_reset(score: Function, reward: Function, reset: Function) -> None:
    reset.post("/reset", {"user_id": USER})
    decision = score.post("/score", scoring()).body["decision"]

    assert reward.post("/reward", {"decision": decision, "reward": 1}).body["n"] == 1


def test_a_decision_that_was_not_rewarded_before_the_reset_is_refused_after_it(
    cloud: Cloud, score: Function, reward: Function, reset: Function
) -> None:
    decision = score.post("/score", scoring()).body["decision"]
    reset.post("/reset", {"user_id": USER})
    before = cloud.items()

    assert reward.post("/reward", {"decision": decision, "reward": 1}).status == 409
    assert cloud.items() == before


def test_a_reward_without_its_token_is_refused_where_the_decision_precedes_the_reset(
    reward: Function, reset: Function
) -> None:
    reset.post("/reset", {"user_id": USER})

    assert reward.post("/reward", rewarding()).code == "decision_before_reset"


def test_a_reset_of_one_user_leaves_every_other(cloud: Cloud, reward: Function, reset: Function) -> None:
    reward.post("/reward", rewarding(user_id="u-2"))
    before = cloud.item("u-2", "linucb/v1")
    reset.post("/reset", {"user_id": USER})

    assert cloud.item("u-2", "linucb/v1") == before


def test_policies_learn_side_by_side(score: Function, reward: Function, stats: Function) -> None:
    taught = {policy: times for times, policy in enumerate(POLICIES, start=1)}
    for policy, times in taught.items():
        for _ in range(times):
            decision = score.post(f"/score/{policy}", scoring()).body["decision"]
            reward.post("/reward", {"decision": decision, "reward": -0.5})

    found = stats.get("/stats", user_id=USER).body["policies"]
    assert {policy: each["n"] for policy, each in found.items()} == taught
    assert {each["mean_reward"] for each in found.values()} == {-0.5}


def test_the_service_comes_to_prefer_what_is_rewarded(score: Function, reward: Function) -> None:
    good, bad = {"tip_id": "good", "priority": 0.9}, {"tip_id": "bad", "priority": 0.1}
    for _ in range(10):
        reward.post("/reward/egreedy", rewarding(candidate=good, reward=1))
        reward.post("/reward/egreedy", rewarding(candidate=bad, reward=-1))

    ranking = score.post("/score/egreedy", scoring(candidates=[bad, good])).body["ranking"]
    assert [each["tip_id"] for each in ranking] == ["good", "bad"]
    assert [each["propensity"] for each in ranking] == pytest.approx([0.95, 0.05])


def test_scoring_writes_nothing(cloud: Cloud, score: Function) -> None:
    score.post("/score", scoring())

    assert cloud.items() == []


def test_a_decision_is_one_event_with_all_that_went_into_it(score: Function) -> None:
    answered = score.post("/score/egreedy/v2", scoring(profile_features=PROFILE))
    (logged,) = answered.events("decision")
    event = DecisionEvent.model_validate_json(json.dumps(logged))

    assert {name: logged[name] for name in ("decision_id", "policy", "tip_id", "propensity")} == {
        name: answered.body[name] for name in ("decision_id", "policy", "tip_id", "propensity")
    }
    for name, column in event.candidates:
        values = [each.get(name) for each in CANDIDATES]
        assert column == (None if values == [None] * len(values) else tuple(values))
    by_tip = zip(event.candidates.tip_id, event.scores, event.propensities, strict=True)
    assert {each["tip_id"]: (each["score"], each["propensity"]) for each in answered.body["ranking"]} == {
        tip_id: tuple(pair) for tip_id, *pair in by_tip
    }
    assert (event.user_id, event.epoch, event.state_ver, event.degraded) == (USER, 0, 0, False)
    assert len(event.x) == 12


def test_the_prompt_version_rides_from_the_candidate_to_the_reward_event(score: Function, reward: Function) -> None:
    tip = {"tip_id": "stretch", "prompt_version": "v7-short"}
    decided = score.post("/score", scoring(candidates=[tip]))
    rewarded = reward.post("/reward", {"decision": decided.body["decision"], "reaction": "snoozed"})
    (decision,), (logged,) = decided.events("decision"), rewarded.events("reward")
    event = RewardEvent.model_validate_json(json.dumps(logged))

    assert decision["prompt_version"] == event.prompt_version == "v7-short"
    assert (event.reaction, event.reward, event.propensity, event.n) == ("snoozed", 0.0, 1.0, 1)
    assert (str(event.decision_id), list(event.x)) == (decided.body["decision_id"], decision["x"])
    assert event.delay_ms >= 0


def test_a_duplicate_is_no_second_event(score: Function, reward: Function) -> None:
    outcome = {"decision": score.post("/score", scoring()).body["decision"], "reward": 1}
    first, second = reward.post("/reward", outcome), reward.post("/reward", outcome)

    assert (len(first.events("reward")), len(second.events("reward"))) == (1, 0)


def test_a_reset_is_one_event_with_the_epoch_that_follows(score: Function, reset: Function) -> None:
    (logged,) = reset.post("/reset", {"user_id": USER}).events("reset")
    event = ResetEvent.model_validate_json(json.dumps(logged))

    assert (event.user_id, list(event.policies)) == (USER, sorted(POLICIES))
    (decision,) = score.post("/score", scoring()).events("decision")
    assert decision["epoch"] == event.epoch


def test_a_reward_may_come_as_late_as_the_window_and_no_later(reward: Function) -> None:
    in_time, too_late = decision_id(7 * DAY_MS - 60_000), decision_id(7 * DAY_MS + 60_000)

    assert reward.post("/reward", rewarding(decision_id=in_time)).body["applied"] is True
    assert reward.post("/reward", rewarding(decision_id=too_late)).code == "decision_expired"


def test_the_window_is_the_one_the_environment_says(cloud: Cloud) -> None:  # noqa: ARG001  it must be up
    wide = load("reward", REWARD_WINDOW_DAYS="30")

    assert wide.post("/reward", rewarding(decision_id=decision_id(20 * DAY_MS))).body["applied"] is True


def test_a_score_answer_becomes_the_event_that_rewards_it(score: Function, reward: Function) -> None:
    printed = json.dumps(score.post("/score", scoring()).result)
    command = [sys.executable, str(FUNCTIONS.parent / "events" / "reward_of.py"), "dismissed"]
    made = subprocess.run(command, input=f"START\n{printed}\n", capture_output=True, text=True, check=True)
    answer = reward.invoke(json.loads(made.stdout))

    assert (answer.body["applied"], answer.events("reward")[0]["reward"]) == (True, -1.0)


def test_a_refusal_becomes_no_event(score: Function) -> None:
    printed = json.dumps(score.post("/score", {}).result)
    command = [sys.executable, str(FUNCTIONS.parent / "events" / "reward_of.py")]
    made = subprocess.run(command, input=printed, capture_output=True, text=True, check=False)

    assert (made.returncode, made.stdout) == (1, "")
    assert made.stderr.startswith("reward_of: there is no decision in ")
