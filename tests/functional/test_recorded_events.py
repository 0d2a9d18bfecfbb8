"""Every event in events/: what is recorded of API Gateway, and what the functions answer to it."""

import base64
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from aws_lambda_powertools.utilities.parser.models import APIGatewayProxyEventV2Model
from pydantic import BaseModel

from tests.support.cloud import emulated
from tests.support.lambdas import NAMES, WINDOW_DAYS, Function, load
from tests.support.recorded import CASES, EXPECTED, VARIABLES, expected, recorded, seen
from tipbandit.contracts.error import ErrorResponse
from tipbandit.contracts.generate import DEFAULT_TIPS, GenerateResponse
from tipbandit.contracts.reset import ResetResponse
from tipbandit.contracts.reward import RewardResponse
from tipbandit.contracts.score import ScoreResponse
from tipbandit.contracts.stats import StatsResponse

ANSWERS: Final[dict[str, type[BaseModel]]] = {
    "score": ScoreResponse,
    "reward": RewardResponse,
    "stats": StatsResponse,
    "reset": ResetResponse,
    "generate": GenerateResponse,
}
each_case = pytest.mark.parametrize("case", CASES)
each_moment = pytest.mark.parametrize(
    "case", [case for case in CASES if case.startswith("generate/") and EXPECTED[case]["status"] == 200]
)


@pytest.fixture(scope="module")
def functions() -> Iterator[dict[str, Function]]:
    """All functions, in environments that live through the whole module."""
    with emulated():
        yield {name: load(name) for name in NAMES}


def test_every_event_has_an_expected_answer_and_every_answer_an_event() -> None:
    assert sorted(EXPECTED) == CASES


def test_every_function_has_good_and_bad_cases() -> None:
    for name in NAMES:
        statuses = {EXPECTED[case]["status"] for case in CASES if case.startswith(f"{name}/")}
        assert {200, 422} < statuses


def test_sam_local_gets_the_reward_window_that_the_recorded_decisions_need() -> None:
    assert VARIABLES["REWARD_WINDOW_DAYS"] == WINDOW_DAYS


@each_case
def test_a_recorded_event_is_of_format_2(case: str) -> None:
    event = recorded(case)
    APIGatewayProxyEventV2Model.model_validate(event)
    context = event["requestContext"]
    method, template = event["routeKey"].split(" ")

    assert event["version"] == "2.0"
    assert (context["routeKey"], context["http"]["method"]) == (event["routeKey"], method)
    assert template.format(**event.get("pathParameters", {})) == event["rawPath"] == context["http"]["path"]
    assert [name for name in event["headers"] if name != name.lower()] == []
    assert int(event["headers"]["content-length"]) == len(sent(event))


def sent(event: dict[str, Any]) -> bytes:
    """The body as the client sent it; one that is only said to be base64 is taken as it stands."""
    body: str = event.get("body", "")
    binary = event["headers"].get("content-type") == "application/octet-stream"
    return base64.b64decode(body) if binary else body.encode()


@each_case
def test_a_recorded_event_gets_the_expected_answer(case: str, functions: dict[str, Function]) -> None:
    name = case.partition("/")[0]
    answer = functions[name].invoke(recorded(case))

    assert seen(answer) == expected(case)
    (ANSWERS[name] if answer.status == 200 else ErrorResponse).model_validate_json(answer.result["body"])


@each_moment
def test_a_recorded_moment_gets_as_many_tips_as_it_asks_for_of_the_prompt_it_names(
    case: str, functions: dict[str, Function]
) -> None:
    body, asked = functions["generate"].invoke(recorded(case)).body, json.loads(sent(recorded(case)))

    assert (body["model"], body["degraded"], body["dropped"]) == ("template", False, 0)
    assert len(body["tips"]) == (asked.get("n") or DEFAULT_TIPS)
    assert body["prompt_version"] == (asked.get("prompt_version") or "v1")
    assert {tip["prompt_version"] for tip in body["tips"]} == {body["prompt_version"]}


@each_case
def test_an_answer_is_what_api_gateway_takes(case: str, functions: dict[str, Function]) -> None:
    result = functions[case.partition("/")[0]].invoke(recorded(case)).result

    assert set(result) == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert result["headers"]["content-type"] == "application/json"
    assert result["isBase64Encoded"] is False
    assert isinstance(result["body"], str)
    assert json.loads(json.dumps(result)) == result
