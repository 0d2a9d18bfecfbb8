"""The local stack fills its lake: from requests over HTTP to Parquet, whatever ends it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from local.lake.plan import SIGNALS
from local.options import Options
from local.service import Service, running
from tests.local.conftest import client
from tipbandit_recommender.sinks import JsonlSink, ShadowSignal

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("lake")]
PATIENCE_S: Final = 30.0
CANDIDATES: Final = [{"tip_id": "walk", "priority": 1}, {"tip_id": "rest"}]


def decide(service: Service, user: str) -> dict[str, Any]:
    body = {"user_id": user, "context": {"hour": 9, "weekday": 0}, "candidates": CANDIDATES}
    return _post(service, "/score", body)


def reward(service: Service, decided: dict[str, Any]) -> None:
    assert _post(service, "/reward", {"decision": decided["decision"], "reaction": "completed"})["applied"]


def _post(service: Service, path: str, body: object) -> dict[str, Any]:
    answer = httpx.post(f"{service.url}{path}", json=body, timeout=30, trust_env=False)
    assert answer.status_code == 200, answer.text
    parsed: dict[str, Any] = answer.json()
    return parsed


def rows(options: Options, table: str) -> list[dict[str, Any]]:
    files = sorted(options.lake.glob(f"{table}/day=*/part-*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def keys(options: Options) -> list[str]:
    return [path.relative_to(options.lake).as_posix() for path in options.lake.rglob("*.parquet")]


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.1)


@dataclass
class Story:
    """What happened to a stack that was stopped, started again, stopped, and started without its lake."""

    options: Options
    decided: list[dict[str, Any]]
    signal: ShadowSignal
    live: bytes
    """An object of the bucket while the stack ran that had put it there."""
    restored: list[str]
    """The keys in the bucket after the restart."""
    read: int
    """How many decisions were read out of the bucket then."""
    buckets: list[str]
    """The buckets of the stack without a lake."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    options = Options(state=tmp_path_factory.mktemp("lake"))
    with running(options) as service:
        decided = [decide(service, "u-1"), decide(service, "u-2")]
        reward(service, decided[0])
        signal = said_by_a_shadow(decided[0])
        JsonlSink(options.logs / SIGNALS).publish(signal)
        s3 = client(service, "s3")
        until(lambda: len(s3.list_objects_v2(Bucket=service.lake).get("Contents", ())) == 3)
        key = next(key for key in keys(options) if key.startswith("decisions/"))
        live = s3.get_object(Bucket=service.lake, Key=key)["Body"].read()
    (options.lake / ".unfinished.tmp").touch()
    with running(options) as service:
        restored = [entry["Key"] for entry in client(service, "s3").list_objects_v2(Bucket=service.lake)["Contents"]]
        read = through_arrow(service).num_rows
        decided.append(decide(service, "u-1"))
    with running(replace(options, parameters={"Lake": "false"})) as service:
        decide(service, "u-1")
        assert service.lake == ""
        buckets = [it["Name"] for it in client(service, "s3").list_buckets()["Buckets"]]
    return Story(options, decided, signal, live, restored, read, buckets)


def said_by_a_shadow(decided: dict[str, Any]) -> ShadowSignal:
    signal = {"signal": "shadow:egreedy", "decision_id": decided["decision_id"], "user_id": "u-1"}
    return ShadowSignal.model_validate_json(json.dumps({**signal, "policy": "egreedy/v1", "error": "deadline"}))


def through_arrow(service: Service) -> pa.Table:
    """The decisions, read out of the bucket as the tools read a lake in S3."""
    s3 = fs.S3FileSystem(endpoint_override=service.endpoint, access_key="local", secret_key="local", region="us-east-1")
    return pq.read_table(f"{service.lake}/decisions", filesystem=s3)


def test_every_decision_is_in_the_lake_once_whichever_run_made_it(story: Story) -> None:
    found = [row["data"]["decision_id"] for row in rows(story.options, "decisions")]

    assert sorted(found) == sorted(each["decision_id"] for each in story.decided)


def test_a_row_is_what_was_answered_and_logged(story: Story) -> None:
    first = story.decided[0]
    (row,) = (it for it in rows(story.options, "decisions") if it["data"]["decision_id"] == first["decision_id"])
    shown = dict(zip(row["data"]["candidates"]["tip_id"], row["data"]["propensities"], strict=True))

    assert set(row) == {"timestamp", "function_version", "correlation_id", "data"}
    assert (row["function_version"], row["data"]["user_id"]) == ("$LATEST", "u-1")
    assert row["data"]["candidates"]["priority"] == [1.0, None]
    assert shown[first["tip_id"]] == first["propensity"] == row["data"]["propensity"]


def test_a_reward_is_in_the_lake_with_the_features_of_its_decision(story: Story) -> None:
    found = {row["data"]["decision_id"]: row["data"] for row in rows(story.options, "decisions")}
    (rewarded,) = (row["data"] for row in rows(story.options, "rewards"))

    assert rewarded["decision_id"] == story.decided[0]["decision_id"]
    assert (rewarded["reaction"], rewarded["x"]) == ("completed", found[rewarded["decision_id"]]["x"])


def test_signals_that_a_caller_on_this_machine_writes_down_are_in_the_lake(story: Story) -> None:
    (row,) = rows(story.options, "shadows")

    assert row["data"] == json.loads(story.signal.model_dump_json())
    assert row["timestamp"]


def test_the_bucket_holds_what_the_directory_holds_after_a_restart_too(story: Story) -> None:
    contents = [(story.options.lake / key).read_bytes() for key in story.restored]

    assert story.live in contents
    assert {key.partition("/")[0] for key in story.restored} == {"decisions", "rewards", "shadows"}
    assert story.read == 2


def test_what_is_in_the_lake_is_not_kept_a_second_time(story: Story) -> None:
    saved = json.loads((story.options.state / "state.json").read_text("utf-8"))

    assert set(saved["buckets"]) == {"PriorBucket", "PromptBucket"}


def test_a_stack_without_a_lake_adds_nothing_and_leaves_what_is_there(story: Story) -> None:
    assert sorted(story.buckets) == ["priorbucket", "promptbucket"]
    assert set(story.restored) < set(keys(story.options))
