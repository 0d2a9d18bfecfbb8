"""What a caller without a right to it sends moves nothing, and nobody moves what was learned about somebody else."""

import os
import struct
import time
import zlib
from typing import Final

import pytest

from tests.functional.conftest import cloud, reset, reward, score, stats
from tests.support.bodies import USER, decision_id, rewarding, scoring
from tests.support.cloud import Cloud, altered
from tests.support.lambdas import Function
from tipbandit import codec
from tipbandit.codec import Snapshot
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.policies.registry import POLICIES
from tipbandit.usecases.learning import MAX_REMEMBERED

__all__ = ["cloud", "reset", "reward", "score", "stats"]
POLICY: Final = POLICIES["linucb/v1"]


@pytest.fixture
def learned(cloud: Cloud, reward: Function) -> list[dict[str, object]]:
    """What is stored after one user and another have been rewarded."""
    for user in (USER, "somebody-else"):
        assert reward.post("/reward", rewarding(user_id=user)).body["applied"] is True
    return cloud.items()


def test_forged_tokens_move_nothing(
    cloud: Cloud, score: Function, reward: Function, learned: list[dict[str, object]]
) -> None:
    token = score.post("/score", scoring()).body["decision"]
    for forged in (altered(token), token[:-1], token.upper(), "k1.AAAA.BBBB", "k9" + token[2:]):
        assert reward.post("/reward", {"decision": forged, "reward": -1}).status == 422
    assert cloud.items() == learned


def test_replayed_decisions_move_nothing_whatever_their_reward_is_now(
    cloud: Cloud, score: Function, reward: Function
) -> None:
    token = score.post("/score", scoring()).body["decision"]
    assert reward.post("/reward", {"decision": token, "reward": 1}).body == {
        "applied": True,
        "policy": POLICY.key,
        "n": 1,
    }
    before = cloud.items()
    for value in (1, -1, 0.5) * 10:
        assert reward.post("/reward", {"decision": token, "reward": value}).body["applied"] is False
    assert cloud.items() == before


def test_a_decision_by_token_and_by_its_parts_is_one_decision(cloud: Cloud, score: Function, reward: Function) -> None:
    made = score.post("/score", scoring()).body
    assert reward.post("/reward", {"decision": made["decision"], "reward": 1}).body["applied"] is True
    before = cloud.items()
    assert reward.post("/reward", rewarding(decision_id=made["decision_id"], reward=-1)).body["applied"] is False
    assert cloud.items() == before


@pytest.mark.parametrize("value", ["1.0000001", "-1.0000001", "1e308", "-1e308", "NaN", "Infinity", "1e999", "true"])
def test_a_reward_beyond_its_range_is_refused_not_clipped(
    value: str, cloud: Cloud, reward: Function, learned: list[dict[str, object]]
) -> None:
    body = f'{{"decision": "k1.AAAA.BBBB", "reward": {value}}}'
    answer = reward.post("/reward", body)
    assert (answer.status, "reward" in answer.wrong_fields) == (422, True)
    assert cloud.items() == learned


def test_poisoning_one_user_moves_no_other(
    cloud: Cloud, reward: Function, reset: Function, learned: list[dict[str, object]]
) -> None:
    for _ in range(50):
        assert reward.post("/reward", rewarding(reward=-1)).body["applied"] is True
    reset.post("/reset", {"user_id": USER})

    others = [item for item in cloud.items() if item["user_id"] == {"S": "somebody-else"}]
    assert others == [item for item in learned if item["user_id"] == {"S": "somebody-else"}]


def test_a_token_names_its_user_and_no_field_can_name_another(score: Function, reward: Function) -> None:
    token = score.post("/score", scoring()).body["decision"]
    answer = reward.post("/reward", {"decision": token, "reward": -1, "user_id": "somebody-else"})
    assert (answer.status, answer.wrong_fields) == (422, ["user_id"])


def test_the_flood_ends_where_a_state_can_remember_no_more(cloud: Cloud, reward: Function) -> None:
    """The most a caller can teach one user's policy within the reward window."""
    reward.post("/reward", rewarding())
    item = cloud.item(USER, POLICY.key)
    assert item is not None
    known = codec.decode(bytes(item["blob"]["B"]), POLICY.feature_set)
    now_ms = time.time_ns() // 1_000_000
    ids = tuple(uuid7(now_ms - 1000, os.urandom(ENTROPY_BYTES)) for _ in range(MAX_REMEMBERED - 1))
    full = codec.encode(Snapshot(known.state, (*known.rewarded, *ids)), POLICY.feature_set)
    cloud.put({**item, "blob": {"B": full}})
    before = cloud.items()
    for _ in range(3):
        answer = reward.post("/reward", rewarding(decision_id=decision_id()))
        assert (answer.status, answer.code) == (429, "too_many_rewards")
        assert answer.metric("Fault") == 0
    assert cloud.items() == before


def test_a_stored_state_that_no_rewards_can_have_taught_fails_no_request(
    cloud: Cloud, score: Function, reward: Function, stats: Function
) -> None:
    """Its check fits: it was not broken on a disk. /score goes on, and the next reward sets it aside."""
    reward.post("/reward", rewarding())
    item = cloud.item(USER, POLICY.key)
    assert item is not None
    body = bytearray(item["blob"]["B"][:-4])
    struct.pack_into("<d", body, 26, float("nan"))
    cloud.put({**item, "blob": {"B": bytes(body) + zlib.crc32(body).to_bytes(4, "little")}})

    answer = score.post("/score", scoring())
    assert (answer.status, answer.body["degraded"]) == (200, True)
    assert stats.get("/stats/linucb", user_id=USER).body["policies"][POLICY.key]["state"] == "corrupt"
    assert reward.post("/reward", rewarding()).code == "decision_before_reset"
    assert score.post("/score", scoring()).body["degraded"] is False
