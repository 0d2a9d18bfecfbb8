"""Each function may do what it was seen doing, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.infra.deployed import FUNCTIONS, ROOT, deployed, of_type
from tests.infra.recorder import Action, recording
from tests.support import cloud
from tests.support.lambdas import load

RESOURCES = {
    json.dumps({"Fn::GetAtt": ["StateTable", "Arn"]}): cloud.TABLE,
    json.dumps({"Ref": "TokenKey"}): cloud.SECRET_ID,
}


def events(name: str) -> list[Path]:
    return sorted((ROOT / "events" / name).glob("*.json"))


def recorded(name: str) -> set[Action]:
    """What the function called while it was given every event there is for it."""
    with cloud.emulated(), recording() as actions:
        function = load(name)
        for path in events(name):
            function.invoke(json.loads(path.read_text("utf-8")))
        return set(actions)


def statements(name: str) -> Iterator[dict[str, Any]]:
    resources = deployed()
    role = resources[f"{name.title()}Function"]["Properties"]["Role"]["Fn::GetAtt"][0]
    properties = resources[role]["Properties"]
    assert "ManagedPolicyArns" not in properties
    for policy in properties["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def granted(name: str) -> set[Action]:
    return {
        (action, RESOURCES[json.dumps(statement["Resource"])])
        for statement in statements(name)
        for action in statement["Action"]
        if not action.startswith("logs:")
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_exactly_what_its_events_make_it_do(name: str) -> None:
    assert granted(name) == recorded(name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_log_to_its_own_group_only(name: str) -> None:
    logs = [it for it in statements(name) if any(action.startswith("logs:") for action in it["Action"])]
    function = deployed()[f"{name.title()}Function"]["Properties"]

    assert logs == [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::GetAtt": [function["LoggingConfig"]["LogGroup"]["Ref"], "Arn"]},
        }
    ]


def test_each_function_has_a_role_of_its_own_which_only_lambda_takes_on() -> None:
    resources = deployed()
    roles = of_type(resources, "AWS::IAM::Role")
    functions = of_type(resources, "AWS::Lambda::Function").values()

    assert sorted(roles) == sorted(function["Role"]["Fn::GetAtt"][0] for function in functions)
    for role in roles.values():
        assert role["AssumeRolePolicyDocument"]["Statement"] == [
            {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": ["lambda.amazonaws.com"]}}
        ]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_permission_has_a_wildcard_or_scans(name: str) -> None:
    written = json.dumps(list(statements(name)))

    assert "*" not in written
    assert "Scan" not in written
