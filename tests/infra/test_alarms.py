"""What trips an alarm, and what never does: a caller's mistake; and no alarm without a page that says what to do."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from local.filter_pattern import takes
from tests.functional.moments import PATH, generating
from tests.infra.deployed import deployed, of_type
from tests.infra.observed import Watched, counted, watching
from tests.support.bodies import DAY_MS, USER, decision_id, rewarding, scoring
from tests.support.lambdas import Function, Invocation
from tests.support.payload import borne, event
from tipbandit.runtime.refusals import STATUS
from tipbandit.usecases import learning

CALLERS_MISTAKES: Final = sorted(code for status, code in STATUS.values() if 400 <= status < 500)
COUNTS: Final = {"Decisions"}
"""What a filter counts for an alarm to compare with."""


@pytest.fixture
def watched() -> Iterator[Watched]:
    """The functions in an account of their own."""
    with watching() as made:
        yield made


def reset_since(watched: Watched) -> tuple[Function, Invocation]:
    reward = watched.load("reward")
    token = watched.load("score").post("/score", scoring()).body["decision"]
    watched.load("reset").post("/reset", {"user_id": USER})
    return reward, reward.post("/reward", {"decision": token, "reward": 1})


def too_many(watched: Watched) -> tuple[Function, Invocation]:
    reward = watched.load("reward")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(learning, "MAX_REMEMBERED", 1)
        reward.post("/reward", rewarding())
        return reward, reward.post("/reward", rewarding())


def on_behalf_of_another(watched: Watched) -> tuple[Function, Invocation]:
    score = watched.load("score")
    given = borne(event("POST", "/score", body=scoring()), {"sub": "somebody-else"}, user_claim="sub")
    return score, score.invoke(given)


def posted(name: str, path: str, body: object, **variables: str) -> Callable[[Watched], tuple[Function, Invocation]]:
    def post(watched: Watched) -> tuple[Function, Invocation]:
        function = watched.load(name, **variables)
        return function, function.post(path, body)

    return post


MISTAKES: Final[dict[str, Callable[[Watched], tuple[Function, Invocation]]]] = {
    "malformed_body": posted("score", "/score", "{"),
    "unknown_policy": posted("reward", "/reward/nobody", rewarding()),
    "unknown_prompt": posted("generate", PATH, generating(prompt_version="v999")),
    "forbidden": on_behalf_of_another,
    "decision_before_reset": reset_since,
    "decision_expired": posted("reward", "/reward", rewarding(decision_id=decision_id(8 * DAY_MS))),
    "payload_too_large": posted("reset", "/reset", {"user_id": "u" * 300_000}),
    "invalid_fields": posted("score", "/score", scoring(user_id=None)),
    "too_many_rewards": too_many,
    "token_ceiling": posted("generate", PATH, generating(), TOKENS_PER_USER_DAY="1"),
}


def test_every_mistake_a_caller_can_make_is_tried() -> None:
    assert sorted(MISTAKES) == CALLERS_MISTAKES


@pytest.mark.parametrize("code", CALLERS_MISTAKES)
def test_a_callers_mistake_moves_nothing_that_an_alarm_watches(code: str, watched: Watched) -> None:
    function, answer = MISTAKES[code](watched)  # an exception, which Lambda would count, would end the test

    assert (400 <= answer.status < 500, answer.code) == (True, code)
    assert answer.metric("Fault") in {0, None}
    assert counted(function.name, answer.logs) == set()


def watched_metrics() -> Iterator[tuple[str, str]]:
    """Namespace and name of every metric of every alarm; the stack's own namespace as an empty text."""
    for alarm in of_type(deployed(), "AWS::CloudWatch::Alarm").values():
        metrics = [it["MetricStat"]["Metric"] for it in alarm.get("Metrics", ()) if "MetricStat" in it]
        for metric in metrics or [alarm]:
            own = metric["Namespace"] == {"Ref": "AWS::StackName"}
            yield ("" if own else metric["Namespace"]), metric["MetricName"]


def test_of_what_aws_counts_no_alarm_watches_what_a_caller_does() -> None:
    assert {it for it in watched_metrics() if it[0]} == {
        *(("AWS/ApiGateway", name) for name in ("5xx", "Latency")),
        *(("AWS/Firehose", f"DeliveryToS3.{name}") for name in ("DataFreshness", "Success")),
        *(("AWS/Firehose", name) for name in ("FailedConversion.Records", "IncomingRecords")),
        *(("AWS/Lambda", name) for name in ("Duration", "Errors", "Invocations", "Throttles")),
    }


def test_what_the_filters_count_is_what_the_alarms_watch() -> None:
    filters = of_type(deployed(), "AWS::Logs::MetricFilter").values()
    made = {it["MetricTransformations"][0]["MetricName"] for it in filters}

    assert made == {name for namespace, name in watched_metrics() if not namespace}
    for it in filters:
        (metric,) = it["MetricTransformations"]
        assert (metric["MetricNamespace"], metric["MetricValue"]) == ({"Ref": "AWS::StackName"}, "1")


def test_a_state_that_cannot_be_used_is_counted_by_whoever_meets_it(watched: Watched) -> None:
    score, reward = watched.load("score"), watched.load("reward")
    reward.post("/reward", rewarding())
    watched.cloud.damage(USER, "linucb/v1")

    assert "StateCorrupt" in counted("score", score.post("/score", scoring()).logs)
    assert "StateCorrupt" in counted("stats", watched.stats().logs)
    assert "StateCorrupt" in counted("reward", reward.post("/reward", rewarding()).logs)
    assert "StateCorrupt" not in counted("stats", watched.stats().logs)


def test_a_decision_without_the_state_is_counted_and_one_with_it_is_not(watched: Watched) -> None:
    score = watched.load("score")
    sound = score.post("/score", scoring()).logs
    watched.cloud.delete_table()
    degraded = score.post("/score", scoring()).logs

    assert counted("score", sound) == COUNTS
    assert counted("score", degraded) == {*COUNTS, "DegradedDecisions", "ScoreFailures"}


@pytest.mark.parametrize("name", ["reward", "reset", "stats"])
def test_an_answer_that_a_dependency_prevents_is_a_failure_of_the_version_that_gave_it(
    name: str, watched: Watched
) -> None:
    function = watched.load(name, AWS_LAMBDA_FUNCTION_VERSION="12", DEADLINE_MS="50")
    watched.cloud.delete_table()
    given = {"reward": rewarding(), "reset": {"user_id": USER}}
    answer = watched.stats() if name == "stats" else function.post(f"/{name}", given[name])

    assert answer.status == 503
    written = {"RewardsNotWritten"} if name == "reward" else set()
    assert counted(name, answer.logs) == {f"{name.title()}Failures", *written}


def test_a_failure_says_of_which_version_it_is(watched: Watched) -> None:
    function = watched.load("reset", AWS_LAMBDA_FUNCTION_VERSION="12", DEADLINE_MS="50")
    watched.cloud.delete_table()
    (line,) = function.post("/reset", {"user_id": USER}).logs
    (metric,) = deployed()["ResetFailuresCount"]["Properties"]["MetricTransformations"]

    assert metric["Dimensions"] == [{"Key": "version", "Value": "$.function_version"}]
    assert line["function_version"] == "12"


@pytest.mark.parametrize(
    ("pattern", "line", "taken"),
    [
        ('{ $.message = "a" }', {"message": "a"}, True),
        ('{ $.message = "a" }', {"message": "ab"}, False),
        ('{ ($.message = "a") && ($.data.b IS TRUE) }', {"message": "a", "data": {"b": True}}, True),
        ('{ ($.message = "a") && ($.data.b IS TRUE) }', {"message": "a", "data": {"b": 1}}, False),
        ("{ $.status >= 500 }", {"status": 503}, True),
        ("{ $.status >= 500 }", {"status": 429}, False),
        ("{ $.status >= 500 }", {"message": "a"}, False),
        ('{ ($.message = "a") || ($.message = "b") }', {"message": "b"}, True),
    ],
)
def test_the_filters_are_read_here_as_cloudwatch_reads_them(pattern: str, line: dict[str, Any], *, taken: bool) -> None:
    assert takes(pattern, line) is taken
