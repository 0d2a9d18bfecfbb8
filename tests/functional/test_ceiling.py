"""A user's tokens of the day: however many ask at once, no more are used than the ceiling says."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import boto3
import pytest

from tests.functional.gateway import INPUT_TOKENS, OUTPUT_TOKENS, Gateway, answering
from tests.functional.moments import PATH, by_version, generating
from tests.support import emulator
from tests.support.bodies import DAY_MS, USER
from tests.support.cloud import PROMPT_BUCKET, Cloud, prompts
from tests.support.lambdas import FakeContext, Function
from tests.support.payload import event
from tipbandit.adapters.clock import SystemClock

CALLERS: Final = 16
USED: Final = INPUT_TOKENS + OUTPUT_TOKENS
RESERVED: Final = range(1000, 2000)
"""What a question with v1 may use at most, about: 900 to write, and the prompt."""
CEILING: Final = 4000
AT_ONCE: Final = 2
"""Questions whose reservations fit below the ceiling together; a third does not."""
PATIENCE_S: Final = 30


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> int:
    """Stop the clock in the middle of the day, so that no test runs over midnight; in Unix milliseconds."""
    ms = time.time_ns() // 1_000_000 // DAY_MS * DAY_MS + DAY_MS // 2
    monkeypatch.setattr(SystemClock, "now_ms", lambda _: ms)
    return ms


def used(items: list[dict[str, Any]]) -> dict[str, int]:
    """Tokens used by user, as they are stored."""
    assert {item["kind"]["S"].partition("#")[0] for item in items} <= {"tokens"}
    return {item["user_id"]["S"]: int(item["used"]["N"]) for item in items}


def test_what_a_model_used_is_counted_by_user(cloud: Cloud, gateway: Gateway) -> None:
    function = gateway.function()
    for user_id in (USER, "u-2", USER):
        assert function.post(PATH, generating(user_id=user_id)).status == 200

    assert used(cloud.items()) == {USER: 2 * USED, "u-2": USED}


def test_an_entry_vanishes_two_days_after_the_day_it_is_of(cloud: Cloud, gateway: Gateway, noon: int) -> None:
    gateway.function().post(PATH, generating())
    (entry,) = cloud.items()

    assert entry["kind"] == {"S": f"tokens#{datetime.fromtimestamp(noon / 1000, UTC):%Y-%m-%d}"}
    assert int(entry["expires_at"]["N"]) * 1000 == noon + DAY_MS // 2 + 2 * DAY_MS


def test_a_user_who_has_used_up_the_day_s_tokens_is_told_when_there_are_more(cloud: Cloud, gateway: Gateway) -> None:
    function = gateway.function(TOKENS_PER_USER_DAY=str(max(RESERVED)))
    answers = [function.post(PATH, generating()) for _ in range(20)]
    served, refused = ([each for each in answers if each.status == status] for status in (200, 429))

    assert (len(served) + len(refused), len(gateway.asked)) == (20, len(served))
    assert min(len(served), len(refused)) >= 1
    assert {(each.code, each.headers["retry-after"]) for each in refused} == {("token_ceiling", str(12 * 3600 + 1))}
    assert by_version(refused[0], "Ceiling") == {"v1": 1}
    assert by_version(refused[0], "Fault") == {"v1": 0}
    assert used(cloud.items()) == {USER: len(served) * USED}


def test_a_refusal_is_no_fault_of_ours_and_no_event(gateway: Gateway) -> None:
    answer = gateway.function(TOKENS_PER_USER_DAY="100").post(PATH, generating(fallback=True))
    (line,) = answer.logs

    assert (answer.status, line["level"], line["code"]) == (429, "INFO", "token_ceiling")
    assert gateway.asked == []


def test_rules_cost_nothing_and_go_on(generate: Function) -> None:
    assert generate.variables.get("TOKENS_PER_USER_DAY") is None
    assert [generate.post(PATH, generating()).status for _ in range(50)] == [200] * 50


def test_the_next_day_has_tokens_of_its_own(gateway: Gateway, noon: int, monkeypatch: pytest.MonkeyPatch) -> None:
    function = gateway.function(TOKENS_PER_USER_DAY=str(max(RESERVED)))
    assert [function.post(PATH, generating()).status for _ in range(20)][-1] == 429
    monkeypatch.setattr(SystemClock, "now_ms", lambda _: noon + DAY_MS)

    assert function.post(PATH, generating()).status == 200


def test_a_repair_that_there_are_no_tokens_for_is_not_asked_for(cloud: Cloud, gateway: Gateway) -> None:
    good = {"text": "Drink a glass of water.", "kind": "habit", "priority": 0.4}
    gateway.texts = [json.dumps({"tips": [good, {**good, "text": f"see evil.example {'x' * 3000}"}]})]
    answer = gateway.function(TOKENS_PER_USER_DAY=str(max(RESERVED))).post(PATH, generating())

    assert (answer.status, [tip["text"] for tip in answer.body["tips"]]) == (200, [good["text"]])
    assert len(gateway.asked) == 1
    assert used(cloud.items()) == {USER: USED}


@dataclass
class Crowd:
    """Environments at one table behind a socket, a client of it, and the model they ask, for one user."""

    gateway: Gateway
    environments: list[Function]
    dynamodb: Any
    user_id: str
    refused: list[Function] = field(default_factory=list)
    are_refused: threading.Event = field(default_factory=threading.Event)
    seen: list[int] = field(default_factory=list)

    def look(self) -> None:
        """Note what is counted while a question is being answered, which is not before the others are refused."""
        self.seen.append(self.counted())
        self.are_refused.wait(PATIENCE_S)
        self.seen.append(self.counted())

    def counted(self) -> int:
        """Tokens that are counted as used by the user now."""
        items = self.dynamodb.scan(TableName=emulator.TABLE, ConsistentRead=True)["Items"]
        return used(items).get(self.user_id, 0)

    def ask_all_at_once(self) -> list[int]:
        """Have each environment asked at the same moment, and return the statuses."""
        barrier = threading.Barrier(len(self.environments))

        def ask(environment: Function) -> int:
            given = event("POST", PATH, body=generating(user_id=self.user_id, fallback=False))
            barrier.wait()
            answer = environment.module.handler(given, FakeContext("generate", remaining_ms=1000 * PATIENCE_S))
            if answer["statusCode"] == 429:
                self.refused.append(environment)
                if len(self.refused) == CALLERS - AT_ONCE:
                    self.are_refused.set()
            return int(answer["statusCode"])

        with ThreadPoolExecutor(len(self.environments)) as threads:
            return list(threads.map(ask, self.environments))


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an AWS with the gateway's key and the prompts."""
    with emulator.emulator(tmp_path_factory.mktemp("emulator")) as address, reached_at(address):
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=PROMPT_BUCKET)
        for version, raw in prompts().items():
            s3.put_object(Bucket=PROMPT_BUCKET, Key=f"prompts/{version}.yaml", Body=raw)
        Gateway().put_key(boto3.client("secretsmanager"))
        yield address


@contextmanager
def reached_at(address: str) -> Iterator[None]:
    """Have SDK clients that are made in the block talk to ``address``, those for S3 too."""
    with emulator.reached_at(address), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL_S3", address)
        yield


@pytest.fixture
def crowd(endpoint: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    """Sixteen environments that have answered another user each, so that they have their prompt and key."""
    patient = {"STORE_READ_TIMEOUT_MS": "30000", "LLM_TIMEOUT_MS": str(1000 * PATIENCE_S), "DEADLINE_MS": "60000"}
    here = {"STATE_TABLE": emulator.TABLE, "TOKENS_PER_USER_DAY": str(CEILING), **patient}
    user_id = request.node.name[:100]
    with reached_at(endpoint), answering() as gateway:
        loaded = [gateway.function(**here) for _ in range(CALLERS)]
        for number, each in enumerate(loaded):
            assert each.post(PATH, generating(user_id=f"{user_id}-other-{number}")).status == 200
        for name, value in loaded[0].variables.items():
            monkeypatch.setenv(name, value)  # metrics read them, and threads share them
        yield Crowd(gateway, loaded, boto3.client("dynamodb"), user_id)


@pytest.mark.slow
def test_sixteen_who_ask_at_once_stay_below_the_ceiling_together(crowd: Crowd) -> None:
    """Whoever is answered waits for the refusal of all whose reservation does not fit beside the others'."""
    crowd.gateway.before = crowd.look
    statuses = crowd.ask_all_at_once()

    assert (statuses.count(200), statuses.count(429)) == (AT_ONCE, CALLERS - AT_ONCE)
    assert AT_ONCE * min(RESERVED) <= max(crowd.seen) <= CEILING
    assert crowd.counted() == AT_ONCE * USED


@pytest.mark.slow
def test_sixteen_who_ask_again_and_again_use_the_ceiling_up_and_no_more(crowd: Crowd) -> None:
    crowd.gateway.before = lambda: crowd.seen.append(crowd.counted())
    before, statuses = len(crowd.gateway.asked), [200]
    served = 0
    while 200 in statuses and served <= CEILING // USED:
        statuses = crowd.ask_all_at_once()
        served += statuses.count(200)
        assert set(statuses) <= {200, 429}

    assert len(crowd.gateway.asked) - before == served
    assert crowd.counted() == served * USED
    assert max(crowd.seen) <= CEILING < crowd.counted() + max(RESERVED)
