"""What operators and the evaluation see: log lines and embedded metrics."""

from datetime import datetime, timedelta
from typing import Any, Final, get_args

import pytest

from tests.functional.moments import generating
from tests.support.bodies import USER, rewarding, scoring
from tests.support.cloud import Cloud, prompts
from tests.support.lambdas import NAMES, Function, Invocation, load
from tests.support.payload import event
from tipbandit.contracts.error import Code
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import Counter

UNITS: Final = {
    "Latency": "Milliseconds",
    "ColdStart": "Count",
    "Fault": "Count",
    **{counter.value: "Count" for counter in Counter},
}
GOOD: Final = {
    "score": ("POST", "/score", scoring(), None),
    "reward": ("POST", "/reward", rewarding(), None),
    "stats": ("GET", "/stats", None, {"user_id": USER}),
    "reset": ("POST", "/reset", {"user_id": USER}, None),
    "generate": ("POST", "/generate", generating(), None),
}
each_function = pytest.mark.parametrize("name", NAMES)


def good(name: str, request_id: str = "one=") -> dict[str, Any]:
    method, path, body, query = GOOD[name]
    made = event(method, path, body=body, query=query)
    made["requestContext"]["requestId"] = request_id
    return made


def bad(name: str) -> dict[str, Any]:
    method, path, _, _ = GOOD[name]
    return event(method, path, body=None if method == "GET" else {"unknown": 1})


def published(answer: Invocation, name: str) -> list[float]:
    """The values of a metric, of whichever policy or prompt version."""
    return [value for line in answer.metrics for value in line.get(name, [])]


@each_function
def test_every_log_line_names_its_request_and_its_function(name: str, cloud: Cloud) -> None:
    function = load(name)
    cloud.delete_table()
    for request_id in ("first=", "second="):
        lines = function.invoke(good(name, request_id), remaining_ms=100).logs
        assert lines != []
        for line in lines:
            assert (line["correlation_id"], line["service"]) == (request_id, name)
            assert line["level"] in {"INFO", "WARNING", "ERROR"}
            assert line["function_request_id"]


def test_an_events_line_has_the_keys_and_the_clock_of_the_others(cloud: Cloud) -> None:
    function = load("score")
    (event,) = [line for line in function.invoke(good("score")).logs if "data" in line]
    cloud.delete_table()
    warning, *_ = [line for line in function.invoke(good("score")).logs if line["level"] == "WARNING"]
    shared = event.keys() & warning.keys()
    assert event.keys() - shared == {"data"}
    for name in ("service", "function_version", "function_request_id", "correlation_id"):
        assert event[name] == warning[name]
    moments = [datetime.strptime(line["timestamp"], "%Y-%m-%d %H:%M:%S,%f%z") for line in (event, warning)]
    assert abs(moments[1] - moments[0]) < timedelta(minutes=1)
    assert moments[0].utcoffset() == moments[1].utcoffset()


def test_events_are_data_whatever_the_log_level(cloud: Cloud) -> None:  # noqa: ARG001
    answer = load("score", POWERTOOLS_LOG_LEVEL="ERROR").invoke(good("score"))
    assert [line["data"]["event"] for line in answer.logs] == ["decision"]


@each_function
def test_metrics_are_embedded_as_cloudwatch_reads_them(name: str, cloud: Cloud) -> None:  # noqa: ARG001
    function = load(name)
    for given in (good(name), bad(name)):
        metrics = function.invoke(given).metrics
        assert metrics != []
        for line in metrics:
            assert_is_embedded_metric(line, name)


def assert_is_embedded_metric(line: dict[str, Any], service: str) -> None:
    """Hold a line against the CloudWatch embedded metric format specification."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    (dimensions,) = directive["Dimensions"]
    declared = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}

    assert isinstance(line["_aws"]["Timestamp"], int)
    assert directive["Namespace"] == "tipbandit"
    assert sorted(dimensions) in (["policy", "service"], ["prompt_version", "service"], ["service"])
    assert line["service"] == service
    assert line.get("policy", "linucb/v1") in POLICIES
    assert line.get("prompt_version", "v1") in prompts()
    assert declared.items() <= UNITS.items()
    for name in declared:
        (value,) = line[name]
        assert value >= 0
    assert set(line) == {"_aws", *dimensions, *declared}


@each_function
def test_an_environment_starts_cold_once(name: str, cloud: Cloud) -> None:  # noqa: ARG001
    function = load(name)

    assert [published(function.invoke(good(name)), "ColdStart") for _ in range(3)] == [[1], [0], [0]]


@each_function
def test_each_request_has_one_latency_and_one_fault(name: str, cloud: Cloud) -> None:  # noqa: ARG001
    function = load(name)
    for given in (good(name), bad(name)):
        answer = function.invoke(given)
        (latency,) = published(answer, "Latency")
        assert latency > 0
        assert published(answer, "Fault") == [0]


@each_function
def test_a_caller_s_mistake_is_information_and_no_fault(name: str, cloud: Cloud) -> None:  # noqa: ARG001
    answer = load(name).invoke(bad(name))
    (line,) = answer.logs

    assert (line["message"], line["level"]) == ("refused", "INFO")
    assert (line["status"], line["code"]) == (422, "invalid_fields")
    assert line["code"] in get_args(Code)


def test_a_failing_dependency_is_an_error_with_its_cause_and_place(cloud: Cloud, stats: Function) -> None:
    cloud.delete_table()
    (line,) = stats.get("/stats", user_id=USER).logs

    assert (line["message"], line["level"], line["status"]) == ("refused", "ERROR", 503)
    assert line["cause"]["type"] == "StoreUnavailableError"
    assert line["cause"]["says"] == "DynamoDB: ResourceNotFoundException"
    assert any("dynamodb.py" in place for place in line["cause"]["at"])


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_counters_are_published_by_policy(policy: str, score: Function, reward: Function) -> None:
    decided = score.post(f"/score/{policy}", scoring(candidates=[{"tip_id": "walk"}]))
    outcome = {"decision": decided.body["decision"], "reward": 1}
    first, again = reward.post("/reward", outcome), reward.post("/reward", outcome)

    assert [decided.metric(name, policy) for name in ("Degraded", "Explored", "Fault")] == [0, 0, 0]
    assert [first.metric(name, policy) for name in ("Applied", "Duplicate", "Conflict")] == [1, 0, 0]
    assert [again.metric(name, policy) for name in ("Applied", "Duplicate", "Conflict")] == [0, 1, 0]
    assert decided.metric("Latency", policy) is not None


def test_what_exploration_shows_is_counted_as_the_event_says(score: Function, reward: Function) -> None:
    good_tip, bad_tip = {"tip_id": "good", "priority": 1}, {"tip_id": "bad", "priority": 0}
    reward.post("/reward/egreedy", rewarding(candidate=good_tip, reward=1))
    answers = [score.post("/score/egreedy", scoring(candidates=[good_tip, bad_tip])) for _ in range(60)]

    for answer in answers:
        (decision,) = answer.events("decision")
        assert decision["explored"] == (answer.body["tip_id"] == "bad") == answer.metric("Explored", "egreedy/v1")


def test_one_request_s_counts_do_not_leak_into_the_next(cloud: Cloud, score: Function) -> None:
    cloud.delete_table()
    degraded = score.post("/score", scoring())
    cloud.create_table()
    sound = score.post("/score", scoring())

    assert (degraded.metric("Degraded", "linucb/v1"), sound.metric("Degraded", "linucb/v1")) == (1, 0)


def test_corrupt_states_are_counted_by_policy(cloud: Cloud, reward: Function, stats: Function) -> None:
    for policy in ("linucb/v1", "egreedy/v1"):
        reward.post(f"/reward/{policy}", rewarding())
        cloud.damage(USER, policy)
    answer = stats.get("/stats", user_id=USER)

    assert (answer.metric("Corrupt", "linucb/v1"), answer.metric("Corrupt", "egreedy/v1")) == (1, 1)
    assert len(published(answer, "Latency")) == 1
    assert [line["about"] for line in answer.logs] == [["linucb/v1"], ["egreedy/v1"]]
