"""Decision tokens: what the reward function takes, and what it sees through."""

import uuid

import numpy as np
import pytest

from tests.support.bodies import DAY_MS, USER, decision_id, rewarding, scoring
from tests.support.cloud import KEYS, Cloud, altered, ring
from tests.support.lambdas import Function, load
from tipbandit.decisions import Decision, KeyRing, to_token

FOREIGN = "a-key-that-is-not-in-the-secret-0123456789"


def token(keys: KeyRing, *, policy: str = "linucb/v1", dim: int = 7, made: str | None = None) -> str:
    decision = Decision(
        decision_id=uuid.UUID(made or decision_id()),
        user_id=USER,
        policy=policy,
        epoch=0,
        tip_id="walk",
        prompt_version=None,
        propensity=1.0,
        x=np.ones(dim),
    )
    return to_token(decision, keys)


@pytest.fixture
def untouched(cloud: Cloud, reward: Function) -> Function:
    """The reward function, of a user who has learned once: a refused token must change nothing."""
    reward.post("/reward", rewarding())
    assert len(cloud.items()) == 1
    return reward


def test_a_token_of_the_active_key_is_taken(reward: Function) -> None:
    assert reward.post("/reward", {"decision": token(ring()), "reward": 1}).body["applied"] is True


def test_an_altered_token_is_refused_whichever_part_is_altered(
    cloud: Cloud, score: Function, untouched: Function
) -> None:
    before = cloud.items()
    real = score.post("/score", scoring()).body["decision"]
    kid, payload, signature = real.split(".")
    for forged in (
        altered(real),
        f"{kid}.{payload}.{signature[:-2]}AA",
        f"{kid}.{payload}",
        f"{payload}.{signature}",
        f"{kid}.{payload}.{signature}.{signature}",
        f"{kid}..{signature}",
        real + "A",
        real.upper(),
    ):
        refused = untouched.post("/reward", {"decision": forged, "reward": 1})
        assert (refused.status, refused.wrong_fields) == (422, ["decision"])
    assert cloud.items() == before


@pytest.mark.parametrize("kid", ["k1", "k2"])
def test_a_token_signed_with_a_foreign_key_is_refused(kid: str, cloud: Cloud, untouched: Function) -> None:
    before = cloud.items()
    refused = untouched.post("/reward", {"decision": token(ring(kid, {kid: FOREIGN})), "reward": 1})

    assert (refused.status, refused.wrong_fields) == (422, ["decision"])
    assert cloud.items() == before


def test_an_expired_token_is_refused(reward: Function) -> None:
    old = token(ring(), made=decision_id(8 * DAY_MS))

    assert reward.post("/reward", {"decision": old, "reward": 1}).status == 410


def test_a_token_of_the_future_is_refused(reward: Function) -> None:
    early = token(ring(), made=decision_id(-DAY_MS))

    assert reward.post("/reward", {"decision": early, "reward": 1}).wrong_fields == ["decision_id"]


def test_a_token_taught_to_another_policy_than_its_own_is_refused(cloud: Cloud, reward: Function) -> None:
    made = token(ring(), policy="egreedy/v1")

    for path in ("/reward/linucb", "/reward/egreedy/v2"):
        assert reward.post(path, {"decision": made, "reward": 1}).wrong_fields == ["decision"]
    assert cloud.items() == []
    assert reward.post("/reward", {"decision": made, "reward": 1}).body["policy"] == "egreedy/v1"


@pytest.mark.parametrize(("policy", "dim"), [("thompson/v1", 7), ("linucb/v1", 12)])
def test_a_token_of_a_policy_that_is_gone_or_changed_is_refused(policy: str, dim: int, reward: Function) -> None:
    refused = reward.post("/reward", {"decision": token(ring(), policy=policy, dim=dim), "reward": 1})

    assert refused.wrong_fields == ["decision"]


def test_keys_rotate_under_live_tokens(cloud: Cloud, score: Function) -> None:
    live = score.post("/score", scoring()).body["decision"]
    cloud.put_keys("k2", {**KEYS, "k2": "second-test-key-0123456789abcdef02"})
    score_after, reward_after = load("score"), load("reward")

    new = score_after.post("/score", scoring()).body["decision"]
    assert (live.partition(".")[0], new.partition(".")[0]) == ("k1", "k2")
    assert reward_after.post("/reward", {"decision": live, "reward": 1}).body["n"] == 1
    assert reward_after.post("/reward", {"decision": new, "reward": 1}).body["n"] == 2


def test_a_token_of_a_dropped_key_is_refused(cloud: Cloud, score: Function) -> None:
    live = score.post("/score", scoring()).body["decision"]
    cloud.put_keys("k2", {"k2": "second-test-key-0123456789abcdef02"})

    assert load("reward").post("/reward", {"decision": live, "reward": 1}).wrong_fields == ["decision"]
