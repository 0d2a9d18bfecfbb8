"""The API description: valid, complete, and true to the models, the template and the error table."""

import json
from collections.abc import Iterator
from typing import Any, Final, get_args

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from codegen.service import Service
from tests.contract.contracts import ROOT, Tree, contract, problems, resolved
from tipbandit.contracts.error import Code, ErrorResponse
from tipbandit.contracts.generate import GenerateRequest, GenerateResponse
from tipbandit.contracts.reset import ResetRequest, ResetResponse
from tipbandit.contracts.reward import Reaction, RewardRequest, RewardResponse
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.contracts.stats import StatsRequest, StatsResponse
from tipbandit.policies.registry import POLICIES
from tipbandit.rewards import REWARD_BY_REACTION
from tipbandit.runtime.refusals import RETRY_AFTER_S, STATUS

DOCUMENT: Final = contract("openapi.json")
OPERATIONS: Final = {
    (method.upper(), path): operation for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
}
REQUESTS: Final[dict[str, type[BaseModel]]] = {
    "generate": GenerateRequest,
    "score": ScoreRequest,
    "reward": RewardRequest,
    "reset": ResetRequest,
}
RESPONSES: Final[dict[str, type[BaseModel]]] = {
    "generate": GenerateResponse,
    "score": ScoreResponse,
    "reward": RewardResponse,
    "stats": StatsResponse,
    "reset": ResetResponse,
}
EACH_OPERATION = pytest.mark.parametrize("route", OPERATIONS, ids=" ".join)
Route = tuple[str, str]


class TemplateLoader(yaml.SafeLoader):
    """Reads a template; what its ``!Functions`` would give is not asked here."""


TemplateLoader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def content(value: Tree) -> Tree:
    """The JSON content of a request body or a response, wherever it is written."""
    found: Tree = resolved(DOCUMENT, value)["content"]["application/json"]
    return found


def examples(value: Tree) -> dict[str, Any]:
    return {name: example["value"] for name, example in content(value).get("examples", {}).items()}


def name_of(route: Route) -> str:
    return route[1].split("/")[1]


def refusals(route: Route) -> Iterator[tuple[str, Tree]]:
    """The answers of the function itself that are not 200, by status."""
    for status, response in OPERATIONS[route]["responses"].items():
        if status != "200" and examples(response):
            yield status, response


def documented_codes(response: Tree) -> list[str]:
    schema = content(response)["schema"]
    (ours,) = (each for each in schema.get("anyOf", [schema]) if each["$ref"].endswith("/ErrorResponse"))
    codes: list[str] = ours["properties"]["error"]["properties"]["code"]["enum"]
    return codes


def test_it_is_a_valid_openapi_3_1_document() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_its_routes_are_those_of_the_template() -> None:
    template = yaml.load((ROOT / "template.yaml").read_text("utf-8"), TemplateLoader)  # noqa: S506  a SafeLoader
    events = [
        event["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"]["Events"].values()
        if event["Type"] == "HttpApi"
    ]

    assert set(OPERATIONS) == {(event["Method"], event["Path"]) for event in events}


@EACH_OPERATION
def test_a_path_parameter_has_the_registered_values_as_examples(route: Route) -> None:
    operation = OPERATIONS[route]
    parameters = [resolved(DOCUMENT, each) for each in operation.get("parameters", [])]
    given = {each["name"]: set(each["examples"]) for each in parameters if each["in"] == "path"}
    names, versions = zip(*(key.split("/") for key in POLICIES), strict=True)
    registered = {"policy": set(names), "version": set(versions)}

    assert given == {name: values for name, values in registered.items() if f"{{{name}}}" in route[1]}


@EACH_OPERATION
def test_every_example_request_is_a_request(route: Route) -> None:
    body = OPERATIONS[route].get("requestBody")
    if body is None:
        parameters = [resolved(DOCUMENT, each) for each in OPERATIONS[route]["parameters"]]
        (parameter,) = (each for each in parameters if each["in"] == "query")
        StatsRequest.model_validate({parameter["name"]: parameter["example"]})
        return
    schema = content(body)["schema"]
    assert schema == {"$ref": f"#/components/schemas/{REQUESTS[name_of(route)].__name__}"}
    assert examples(body)
    for example in examples(body).values():
        REQUESTS[name_of(route)].model_validate_json(json.dumps(example))
        assert not problems(DOCUMENT, schema, example)


@EACH_OPERATION
def test_every_example_answer_is_an_answer(route: Route) -> None:
    response = OPERATIONS[route]["responses"]["200"]
    schema = content(response)["schema"]

    assert schema == {"$ref": f"#/components/schemas/{RESPONSES[name_of(route)].__name__}"}
    assert examples(response)
    for example in examples(response).values():
        RESPONSES[name_of(route)].model_validate_json(json.dumps(example))
        assert not problems(DOCUMENT, schema, example)


@EACH_OPERATION
def test_every_documented_error_has_an_example_that_fits_its_schema(route: Route) -> None:
    for _, response in refusals(route):
        assert list(examples(response)) == documented_codes(response)
        for code, example in examples(response).items():
            assert ErrorResponse.model_validate_json(json.dumps(example)).error.code == code
            assert not problems(DOCUMENT, content(response)["schema"], example)


def test_the_documented_codes_are_those_of_the_contract_under_the_status_of_the_error_table() -> None:
    documented = {
        (int(status), code)
        for route in OPERATIONS
        for status, response in refusals(route)
        for code in documented_codes(response)
    }

    assert {code for _, code in documented} == set(get_args(Code))
    assert documented == {*STATUS.values(), (500, "internal")}


@EACH_OPERATION
def test_unknown_policy_is_documented_exactly_where_the_path_names_one(route: Route) -> None:
    documented = [code for _, response in refusals(route) for code in documented_codes(response)]

    assert ("unknown_policy" in documented) is ("{policy}" in route[1])
    assert ("404" in OPERATIONS[route]["responses"]) is ("{policy}" in route[1] or name_of(route) == "generate")


@EACH_OPERATION
def test_retry_after_is_documented_exactly_where_it_is_sent(route: Route) -> None:
    sent = {status for status, _ in refusals(route) if int(status) in RETRY_AFTER_S}
    documented = {status for status, response in refusals(route) if "headers" in resolved(DOCUMENT, response)}

    assert documented == sent
    assert "503" in sent


@EACH_OPERATION
def test_what_api_gateway_answers_by_itself_is_documented_too(route: Route) -> None:
    assert {"401", "403", "429", "default"} <= set(OPERATIONS[route]["responses"])


def test_a_generated_tip_without_its_text_and_kind_is_a_candidate() -> None:
    answers = examples(OPERATIONS["POST", "/generate"]["responses"]["200"])
    kept = ("tip_id", "priority", "due_in_hours", "prompt_version")
    candidates = [{name: tip[name] for name in kept} for tip in answers["written"]["tips"]]
    asked = {"user_id": "user-17", "context": {"hour": 16.5, "weekday": 4}, "candidates": candidates}

    answered = Service().post("/score", asked)
    assert answered.status == 200
    assert {each["tip_id"] for each in answered.body["ranking"]} == {each["tip_id"] for each in candidates}


def test_there_is_an_example_of_tips_by_a_model_by_rules_and_by_rules_in_its_stead() -> None:
    answers = examples(OPERATIONS["POST", "/generate"]["responses"]["200"])
    told = {name: (answer["model"] == "template", answer["degraded"]) for name, answer in answers.items()}

    assert told["written"] == (False, False)
    assert told["by_rules"] == (True, False)
    assert told["degraded"] == (True, True)
    assert answers["written"]["usage"]["input_tokens"] > 0


def test_a_caller_signs_with_iam_or_brings_a_json_web_token() -> None:
    assert DOCUMENT["security"] == [{"sigv4": []}, {"jwt": []}]
    assert set(DOCUMENT["components"]["securitySchemes"]) == {"sigv4", "jwt"}


def test_every_reaction_of_the_contract_has_a_reward_and_is_documented_with_it() -> None:
    described = DOCUMENT["info"]["description"]

    assert set(REWARD_BY_REACTION) == set(get_args(Reaction))
    assert all(f"| `{reaction}` | {reward:g} |" in described for reaction, reward in REWARD_BY_REACTION.items())
