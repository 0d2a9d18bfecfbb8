"""How a new version gets its requests, and what sends them back to the old one."""

import itertools
import re
from typing import Any, Final

import pytest
from samtranslator.model.preferences import (  # type: ignore[import-untyped]
    deployment_preference_collection as codedeploy,
)

from tests.infra.deployed import FUNCTIONS, deployed, of_type, source

CANARY: Final = "Canary10Percent5Minutes"
WITH_ALIAS: Final = tuple(name.title() for name in FUNCTIONS if name != "generate")
each_function = pytest.mark.parametrize("name", WITH_ALIAS)


def groups(deployment_type: str) -> dict[str, Any]:
    return of_type(deployed({"DeploymentType": deployment_type}), "AWS::CodeDeploy::DeploymentGroup")


def test_the_types_to_choose_from_are_those_there_are() -> None:
    parameter = source()["Parameters"]["DeploymentType"]

    assert sorted(parameter["AllowedValues"]) == sorted(codedeploy.CODEDEPLOY_PREDEFINED_CONFIGURATIONS_LIST)
    assert parameter["Default"] == "AllAtOnce"


def test_every_function_with_an_alias_is_deployed_as_the_parameter_says() -> None:
    for kind in ("AllAtOnce", CANARY):
        assert {
            name: group["DeploymentConfigName"]["Fn::Sub"][1]["ConfigName"] for name, group in groups(kind).items()
        } == {f"{name}FunctionDeploymentGroup": kind for name in WITH_ALIAS}


@each_function
def test_the_alias_is_moved_by_its_group_and_back_when_its_alarm_rings(name: str) -> None:
    resources = deployed({"DeploymentType": CANARY})
    alias = resources[f"{name}FunctionAliaslive"]
    group = resources[f"{name}FunctionDeploymentGroup"]["Properties"]

    assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"] == {
        "Ref": f"{name}FunctionDeploymentGroup"
    }
    assert group["AlarmConfiguration"] == {"Enabled": True, "Alarms": [{"Name": {"Ref": f"{name}Failures"}}]}
    assert group["AutoRollbackConfiguration"]["Enabled"] is True
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]


def test_all_at_once_asks_no_alarm_so_that_a_remedy_gets_out_while_they_ring() -> None:
    assert [group["AlarmConfiguration"] for group in groups("AllAtOnce").values()] == [{}] * len(WITH_ALIAS)


@each_function
def test_the_alarm_watches_the_version_that_the_alias_moves_to_and_no_other(name: str) -> None:
    resources = deployed({"DeploymentType": CANARY})
    version = resources[f"{name}FunctionAliaslive"]["Properties"]["FunctionVersion"]
    share, *metrics = resources[f"{name}Failures"]["Properties"]["Metrics"]
    dimensions = {it["Id"]: {d["Name"]: d["Value"] for d in it["MetricStat"]["Metric"]["Dimensions"]} for it in metrics}

    of_the_version = {
        "FunctionName": {"Ref": f"{name}Function"},
        "Resource": {"Fn::Sub": f"${{{name}Function}}:live"},
        "ExecutedVersion": version,
    }
    assert version["Fn::GetAtt"][0] in of_type(resources, "AWS::Lambda::Version")
    assert dimensions == {"asked": of_the_version, "raised": of_the_version, "failed": {"version": version}}
    assert {it["MetricStat"]["Stat"] for it in metrics} == {"Sum"}
    assert share["ReturnData"] is True
    assert set(dimensions) <= set(re.findall(r"\w+", share["Expression"]))


def test_every_step_leaves_the_alarm_time_to_ring() -> None:
    alarms = of_type(deployed(), "AWS::CloudWatch::Alarm")
    for name in WITH_ALIAS:
        alarm = alarms[f"{name}Failures"]
        periods = {it["MetricStat"]["Period"] for it in alarm["Metrics"] if "MetricStat" in it}
        assert max(periods) * alarm["EvaluationPeriods"] <= 60


def test_codedeploy_has_a_role_that_only_it_takes_on_with_the_policy_that_aws_keeps_for_it() -> None:
    resources = deployed()
    role = resources["DeploymentRole"]["Properties"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Principal"] == {"Service": ["codedeploy.amazonaws.com"]}
    assert "Policies" not in role
    assert role["ManagedPolicyArns"] == [
        {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited"}
    ]
    assert {group["ServiceRoleArn"]["Fn::GetAtt"][0] for group in groups(CANARY).values()} == {"DeploymentRole"}
    assert "CodeDeployServiceRole" not in resources


def test_steps_and_snapshots_go_together() -> None:
    for kind, snapshots in itertools.product(("AllAtOnce", CANARY), ("None", "PublishedVersions")):
        resources = deployed({"DeploymentType": kind, "SnapStart": snapshots})
        assert len(of_type(resources, "AWS::CodeDeploy::DeploymentGroup")) == len(WITH_ALIAS)
        assert resources["ScoreFunction"]["Properties"]["SnapStart"] == {"ApplyOn": snapshots}
