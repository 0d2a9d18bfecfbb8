"""Dependencies that fail: score goes on, reward says so, and nothing is half done."""

import zlib

import pytest

from tests.support.bodies import USER, rewarding, scoring
from tests.support.cloud import SECRET_ID, Cloud
from tests.support.faults import answers_lost, rivalled, throttled
from tests.support.lambdas import Function, Invocation, load

LITTLE_TIME_MS = 400
"""Enough to try again, too little for a test of failure to wait long."""
HARDLY_ANY_TIME_MS = 100


def assert_unavailable(answer: Invocation) -> None:
    assert (answer.status, answer.code) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert answer.metric("Fault") == 1


def test_score_answers_without_its_table_and_says_so(cloud: Cloud, score: Function) -> None:
    cloud.delete_table()
    answer = score.post("/score", scoring())
    (event,) = answer.events("decision")

    assert (answer.status, answer.body["degraded"]) == (200, True)
    assert sum(each["propensity"] for each in answer.body["ranking"]) == pytest.approx(1)
    assert (event["epoch"], event["state_ver"], event["degraded"]) == (None, None, True)
    assert answer.metric("Degraded", "linucb/v1") == 1
    assert answer.metric("Fault", "linucb/v1") == 0


def test_a_degraded_decision_is_rewarded_once_the_table_is_back(
    cloud: Cloud, score: Function, reward: Function
) -> None:
    cloud.delete_table()
    decision = score.post("/score", scoring()).body["decision"]
    cloud.create_table()

    assert reward.post("/reward", {"decision": decision, "reward": 1}).body["applied"] is True


def test_reward_reset_and_stats_refuse_without_their_table(
    cloud: Cloud, reward: Function, reset: Function, stats: Function
) -> None:
    cloud.delete_table()

    assert_unavailable(reward.post("/reward", rewarding(), remaining_ms=LITTLE_TIME_MS))
    assert_unavailable(reset.post("/reset", {"user_id": USER}, remaining_ms=LITTLE_TIME_MS))
    assert_unavailable(stats.get("/stats", user_id=USER))
    assert_unavailable(stats.get("/stats/egreedy", user_id=USER))


def test_score_answers_while_its_table_is_throttled(score: Function) -> None:
    with throttled(score, "GetItem"):
        answer = score.post("/score", scoring())

    assert (answer.status, answer.body["degraded"]) == (200, True)
    assert [line["message"] for line in answer.logs] == ["store_unavailable", "decision"]


@pytest.mark.parametrize("operation", ["GetItem", "PutItem"])
def test_reward_changes_nothing_while_its_table_is_throttled(operation: str, cloud: Cloud, reward: Function) -> None:
    reward.post("/reward", rewarding())
    before = cloud.items()
    body = rewarding()
    with throttled(reward, operation):
        assert_unavailable(reward.post("/reward", body, remaining_ms=LITTLE_TIME_MS))

    assert cloud.items() == before
    assert reward.post("/reward", body).body == {"applied": True, "policy": "linucb/v1", "n": 2}


def test_reset_changes_nothing_while_its_table_is_throttled(cloud: Cloud, reward: Function, reset: Function) -> None:
    reward.post("/reward", rewarding())
    before = cloud.items()
    with throttled(reset, "TransactWriteItems"):
        assert_unavailable(reset.post("/reset", {"user_id": USER}, remaining_ms=LITTLE_TIME_MS))

    assert cloud.items() == before


def test_a_reward_whose_write_was_committed_but_not_confirmed_is_applied_once(reward: Function) -> None:
    body = rewarding()
    with answers_lost(reward, "PutItem", times=1):
        answer = reward.post("/reward", body)

    assert answer.body == {"applied": True, "policy": "linucb/v1", "n": 1}
    assert len(answer.events("reward")) == 1
    assert reward.post("/reward", body).body == {"applied": False, "policy": "linucb/v1", "n": 1}


def test_a_reward_whose_outcome_stays_unknown_says_so_and_is_safe_to_send_again(reward: Function) -> None:
    body = rewarding()
    with answers_lost(reward, "PutItem", times=100):
        unknown = reward.post("/reward", body, remaining_ms=HARDLY_ANY_TIME_MS)

    assert (unknown.status, unknown.code) == (503, "outcome_unknown")
    assert unknown.headers["retry-after"] == "1"
    assert reward.post("/reward", body).body == {"applied": False, "policy": "linucb/v1", "n": 1}


def test_two_writers_who_meet_both_have_their_reward_applied(cloud: Cloud, reward: Function) -> None:  # noqa: ARG001
    rival = load("reward")
    with rivalled(reward, lambda: rival.post("/reward", rewarding(reward=-1))):
        answer = reward.post("/reward", rewarding())

    assert answer.body == {"applied": True, "policy": "linucb/v1", "n": 2}
    assert answer.metric("Conflict", "linucb/v1") == 1


def test_a_reset_between_a_reward_s_read_and_write_wins(cloud: Cloud, reward: Function, reset: Function) -> None:
    with rivalled(reward, lambda: reset.post("/reset", {"user_id": USER})):
        answer = reward.post("/reward", rewarding())

    item = cloud.item(USER, "linucb/v1")
    assert answer.code == "decision_before_reset"
    assert item is not None
    assert "blob" not in item


def test_a_reward_with_hardly_any_time_left_is_tried_once(reward: Function) -> None:
    assert reward.post("/reward", rewarding(), remaining_ms=HARDLY_ANY_TIME_MS).body["applied"] is True


def test_with_hardly_any_time_left_a_failing_reward_is_not_tried_again(cloud: Cloud) -> None:  # noqa: ARG001
    patient = load("reward", DEADLINE_MS="60000")
    with throttled(patient, "GetItem") as calls:
        assert_unavailable(patient.post("/reward", rewarding(), remaining_ms=HARDLY_ANY_TIME_MS))

    assert len(calls) == 1


def test_score_answers_from_the_prior_when_the_state_is_corrupt(
    cloud: Cloud, score: Function, reward: Function, stats: Function
) -> None:
    reward.post("/reward", rewarding())
    cloud.damage(USER, "linucb/v1")
    before = cloud.items()

    answer = score.post("/score", scoring())
    assert (answer.status, answer.body["degraded"]) == (200, True)
    assert answer.metric("Corrupt", "linucb/v1") == 1

    seen = stats.get("/stats", user_id=USER)
    assert (seen.status, seen.body["policies"]["linucb/v1"]["state"]) == (200, "corrupt")
    assert seen.metric("Corrupt", "linucb/v1") == 1
    assert cloud.items() == before


def test_a_damaged_state_is_set_aside_by_a_reward_and_the_user_starts_anew(
    cloud: Cloud, score: Function, reward: Function
) -> None:
    reward.post("/reward", rewarding())
    cloud.damage(USER, "linucb/v1")
    (damaged,) = cloud.items()
    refused = reward.post("/reward", rewarding())

    assert (refused.status, refused.code) == (409, "decision_before_reset")
    assert (refused.metric("Corrupt", "linucb/v1"), refused.metric("SetAside", "linucb/v1")) == (1, 1)
    assert [line["message"] for line in refused.logs] == ["state_corrupt", "refused"]
    aside, tombstone = cloud.items()
    assert {name: aside[name] for name in ("blob", "ver", "epoch", "updated_at")} == {
        name: damaged[name] for name in ("blob", "ver", "epoch", "updated_at")
    }
    assert aside["kind"]["S"] == f"damaged#linucb/v1#{tombstone['epoch']['N']}"
    assert "blob" not in tombstone
    answer = score.post("/score", scoring())
    assert answer.body["degraded"] is False
    taught = reward.post("/reward", {"decision": answer.body["decision"], "reward": 1.0})
    assert taught.body == {"applied": True, "policy": "linucb/v1", "n": 1}


def test_a_state_of_another_codec_version_is_left_as_it_is(cloud: Cloud, reward: Function) -> None:
    """After a deployment is rolled back there are such states: what users taught must outlive that."""
    reward.post("/reward", rewarding())
    (item,) = cloud.items()
    body = b"\xff" + item["blob"]["B"][1:-4]
    cloud.put({**item, "blob": {"B": body + zlib.crc32(body).to_bytes(4, "little")}})
    before = cloud.items()
    refused = reward.post("/reward", rewarding())

    assert (refused.status, refused.code) == (500, "state_corrupt")
    assert (refused.metric("Fault", "linucb/v1"), refused.metric("Corrupt", "linucb/v1")) == (1, 1)
    assert cloud.items() == before


@pytest.mark.parametrize("missing", ["ver", "epoch"])
def test_an_item_that_is_no_state_is_reported_like_a_corrupt_one(
    missing: str, cloud: Cloud, score: Function, reward: Function
) -> None:
    reward.post("/reward", rewarding())
    item = cloud.item(USER, "linucb/v1")
    assert item is not None
    del item[missing]
    cloud.put(item)
    before = cloud.items()

    answer, refused = score.post("/score", scoring()), reward.post("/reward", rewarding())
    assert (answer.status, answer.body["degraded"]) == (200, True)
    assert (refused.status, refused.code) == (500, "state_corrupt")
    assert cloud.items() == before


def test_a_reset_clears_a_corrupt_state(cloud: Cloud, reward: Function, reset: Function, stats: Function) -> None:
    reward.post("/reward", rewarding())
    cloud.damage(USER, "linucb/v1")
    reset.post("/reset", {"user_id": USER})

    assert stats.get("/stats/linucb", user_id=USER).body["policies"]["linucb/v1"]["state"] == "reset"


def test_nothing_is_decided_or_taught_by_token_without_the_keys(
    cloud: Cloud, score: Function, reward: Function
) -> None:
    cloud.delete_keys()

    assert_unavailable(score.post("/score", scoring()))
    assert_unavailable(reward.post("/reward", {"decision": "k1.AAAA.BBBB", "reward": 1}))
    assert cloud.items() == []


def test_the_keys_are_read_once_and_outlive_the_secret_s_absence(cloud: Cloud, score: Function) -> None:
    score.post("/score", scoring())
    cloud.delete_keys()

    assert score.post("/score", scoring()).status == 200


@pytest.mark.parametrize("secret", ["not json", '["k1"]', '{"active": "k1"}', '{"active": "k1", "k1": "short"}'])
def test_an_unfit_secret_is_unavailable_and_never_shown(secret: str, cloud: Cloud, score: Function) -> None:
    cloud.secrets.put_secret_value(SecretId=SECRET_ID, SecretString=secret)
    answer = score.post("/score", scoring())

    assert_unavailable(answer)
    assert "short" not in answer.printed
