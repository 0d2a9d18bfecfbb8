"""Token keys change while the service answers: warm environments, and new ones, before and after."""

import json
from typing import Final

import pytest

from tests.functional.test_tokens import token
from tests.support.bodies import DAY_MS, decision_id, scoring
from tests.support.cloud import KEYS, SECRET_ID, Cloud, ring
from tests.support.lambdas import Function, load
from tipbandit.adapters.cached_secret import FRESH_S
from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.memory import ManualClock

NEW: Final = {"k2": "second-test-key-0123456789abcdef02"}
BROKEN: Final = json.dumps({"active": "k3", "k2": "a-key-without-its-active-one-0123456789"})
A_MOMENT_S: Final = 1.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """Time that passes when told, in every environment."""
    made = ManualClock()
    monkeypatch.setattr(SystemClock, "monotonic", lambda _: made.monotonic())
    return made


def scored(function: Function) -> str:
    """The token of a new decision."""
    answer = function.post("/score", scoring())
    assert answer.status == 200
    decision: str = answer.body["decision"]
    return decision


def applied(function: Function, decision: str) -> bool:
    """Whether a reward is learned from."""
    applied: bool = function.post("/reward", {"decision": decision, "reward": 1}).body["applied"]
    return applied


def test_a_new_key_is_in_use_at_once_by_who_must_know_it_and_soon_by_all(
    cloud: Cloud, clock: ManualClock, score: Function, reward: Function
) -> None:
    before = scored(score)
    assert applied(reward, before)
    cloud.put_keys("k2", {**KEYS, **NEW})
    clock.sleep(A_MOMENT_S)
    by_a_new_environment = scored(load("score"))

    assert by_a_new_environment.startswith("k2.")
    assert applied(reward, by_a_new_environment)
    assert scored(score).startswith("k1.")
    clock.sleep(FRESH_S + 1)
    assert scored(score).startswith("k2.")


@pytest.mark.parametrize(("days", "status"), [(0, 200), (6, 200), (8, 410)])
def test_an_old_token_is_good_as_long_as_any_while_its_key_is_kept(
    days: int, status: int, cloud: Cloud, reward: Function
) -> None:
    cloud.put_keys("k2", {**KEYS, **NEW})
    old = token(ring(), made=decision_id(days * DAY_MS))

    assert old.startswith("k1.")
    assert reward.post("/reward", {"decision": old, "reward": 1}).status == status


def test_a_token_of_a_key_that_was_dropped_is_refused_and_told_why(
    cloud: Cloud, clock: ManualClock, score: Function, reward: Function
) -> None:
    old = scored(score)
    cloud.put_keys("k2", NEW)
    clock.sleep(FRESH_S + 1)
    refused = reward.post("/reward", {"decision": old, "reward": 1})

    assert (refused.status, refused.code) == (422, "invalid_fields")
    assert refused.body["error"]["details"] == [{"field": "decision", "problem": "is signed with an unknown key"}]


@pytest.mark.parametrize("later_s", [A_MOMENT_S, FRESH_S + 1, 20 * FRESH_S])
def test_a_broken_secret_stops_no_environment_that_has_its_keys(
    later_s: float, cloud: Cloud, clock: ManualClock, score: Function, reward: Function
) -> None:
    assert applied(reward, scored(score))
    cloud.secrets.put_secret_value(SecretId=SECRET_ID, SecretString=BROKEN)
    clock.sleep(later_s)

    assert applied(reward, scored(score))


def test_a_new_environment_says_that_the_secret_is_broken_and_works_once_it_is_mended(
    cloud: Cloud, clock: ManualClock, score: Function
) -> None:
    cloud.secrets.put_secret_value(SecretId=SECRET_ID, SecretString=BROKEN)
    refused = score.post("/score", scoring())
    (line,) = (line for line in refused.logs if line["message"] == "refused")

    assert (refused.status, refused.code) == (503, "unavailable")
    assert line["cause"]["says"] == "the token secret is not a JSON object of fit keys"
    cloud.put_keys("k2", NEW)
    clock.sleep(A_MOMENT_S)
    assert scored(score).startswith("k2.")


def test_while_the_secret_is_broken_a_token_of_an_unknown_key_is_not_called_forged(
    cloud: Cloud, clock: ManualClock, score: Function, reward: Function
) -> None:
    """It may be of the key that was to come: the caller tries again, and the reward is not lost."""
    assert applied(reward, scored(score))
    cloud.secrets.put_secret_value(SecretId=SECRET_ID, SecretString=BROKEN)
    clock.sleep(A_MOMENT_S)
    to_come = token(ring("k2", NEW))
    refused = reward.post("/reward", {"decision": to_come, "reward": 1})

    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    cloud.put_keys("k2", {**KEYS, **NEW})
    clock.sleep(FRESH_S + 1)
    assert applied(reward, to_come)
