"""Many environments at once, each with one request at a time, as Lambda runs them."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import pytest
from moto.core.botocore_stubber import BotocoreStubber

from tests.support.bodies import USER, rewarding
from tests.support.cloud import Cloud
from tests.support.lambdas import FakeContext, Function, load
from tests.support.payload import event

ENVIRONMENTS: Final = 16


@pytest.fixture
def environments(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Function]]:  # noqa: ARG001
    """Environments of the reward function; metrics read the environment's variables, which threads share."""
    loaded = [load("reward", DEADLINE_MS="20000") for _ in range(ENVIRONMENTS)]
    for name, value in loaded[0].variables.items():
        monkeypatch.setenv(name, value)
    with one_call_at_a_time():
        yield loaded


@contextmanager
def one_call_at_a_time() -> Iterator[None]:
    """Serialise what DynamoDB does atomically and the emulator does not: one call."""
    lock, process = threading.Lock(), BotocoreStubber.process_request

    def serialised(stubber: BotocoreStubber, request: Any) -> Any:  # noqa: ANN401  moto's own
        with lock:
            return process(stubber, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BotocoreStubber, "process_request", serialised)
        yield


def all_at_once(environments: list[Function], bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hand each environment its body at the same moment and return what they answer."""
    barrier = threading.Barrier(len(environments))

    def one(environment: Function, body: dict[str, Any]) -> dict[str, Any]:
        given, context = event("POST", "/reward", body=body), FakeContext("reward", remaining_ms=20_000)
        barrier.wait()
        answer: dict[str, Any] = json.loads(environment.module.handler(given, context)["body"])
        return answer

    with ThreadPoolExecutor(len(environments)) as threads:
        return list(threads.map(one, environments, bodies))


def test_one_reward_sent_16_times_at_once_is_applied_once(environments: list[Function], stats: Function) -> None:
    answers = all_at_once(environments, [rewarding()] * ENVIRONMENTS)

    assert [each["applied"] for each in answers].count(True) == 1
    assert {each["n"] for each in answers} == {1}
    assert stats.get("/stats/linucb", user_id=USER).body["policies"]["linucb/v1"]["n"] == 1


def test_16_rewards_at_once_are_all_applied(environments: list[Function], stats: Function) -> None:
    values = [number / ENVIRONMENTS for number in range(ENVIRONMENTS)]
    answers = all_at_once(environments, [rewarding(reward=value) for value in values])

    assert sorted(each["n"] for each in answers) == list(range(1, ENVIRONMENTS + 1))
    assert all(each["applied"] for each in answers)
    learned = stats.get("/stats/linucb", user_id=USER).body["policies"]["linucb/v1"]
    assert (learned["n"], learned["mean_reward"]) == (ENVIRONMENTS, sum(values) / ENVIRONMENTS)
