"""Who may do what to the lake, who is told, and that no request knows of it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from tests.infra.deployed import deployed, of_type

WITH_SHADOWS: Final = {"ShadowBus": "signals"}
PUT: Final = ["firehose:PutRecord", "firehose:PutRecordBatch"]
STREAMS: Final = ("DecisionsStream", "RewardsStream", "ShadowsStream")
ALARMS: Final = ("LakeLate", "LakeNotDelivered", "LakeNotConverted", "LakeNotFed")
LOGS_OF_THE_ACCOUNT: Final = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*"
PARTS: Final = (
    *("AWS::Events::Rule", "AWS::Glue::Database", "AWS::Glue::Table", "AWS::KinesisFirehose::DeliveryStream"),
    *("AWS::Logs::LogStream", "AWS::Logs::SubscriptionFilter"),
)

Tree = dict[str, Any]


def role(name: str) -> Tree:
    properties: Tree = deployed(WITH_SHADOWS)[name]["Properties"]
    return properties


def granted(name: str) -> Iterator[tuple[str, str]]:
    """Each action that a role grants, and on what."""
    assert "ManagedPolicyArns" not in role(name)
    for policy in role(name)["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            resources = statement["Resource"]
            for resource in resources if isinstance(resources, list) else [resources]:
                for action in statement["Action"]:
                    yield action, resource["Fn::Sub"] if "Fn::Sub" in resource else ".".join(resource["Fn::GetAtt"])


@pytest.mark.parametrize(
    ("name", "service", "condition"),
    [
        ("LakeRole", "firehose", {"StringEquals": {"sts:ExternalId": {"Ref": "AWS::AccountId"}}}),
        ("SubscriptionRole", "logs", {"StringLike": {"aws:SourceArn": {"Fn::Sub": LOGS_OF_THE_ACCOUNT}}}),
        ("ShadowsRole", "events", {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}),
    ],
)
def test_each_role_is_taken_on_by_one_service_and_for_this_account_only(
    name: str, service: str, condition: Tree
) -> None:
    (statement,) = role(name)["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Principal"] == {"Service": [f"{service}.amazonaws.com"]}
    assert (statement["Action"], statement["Condition"]) == (["sts:AssumeRole"], condition)


def test_who_sends_to_a_stream_may_do_that_and_nothing_else() -> None:
    sent = {"SubscriptionRole": STREAMS[:2], "ShadowsRole": STREAMS[2:]}

    for name, streams in sent.items():
        assert sorted(granted(name)) == sorted((action, f"{stream}.Arn") for action in PUT for stream in streams)
    for subscription in of_type(deployed(), "AWS::Logs::SubscriptionFilter").values():
        assert subscription["RoleArn"] == {"Fn::GetAtt": ["SubscriptionRole", "Arn"]}
        assert subscription["DestinationArn"]["Fn::GetAtt"][0] in sent["SubscriptionRole"]


def test_firehose_may_write_where_the_streams_say_and_nowhere_else() -> None:
    streams = of_type(deployed(WITH_SHADOWS), "AWS::KinesisFirehose::DeliveryStream").values()
    into = [stream["ExtendedS3DestinationConfiguration"] for stream in streams]
    prefixes = {each[key].partition("/")[0] for each in into for key in ("Prefix", "ErrorOutputPrefix")}
    written = {resource for action, resource in granted("LakeRole") if action == "s3:PutObject"}

    assert written == {f"${{LakeBucket.Arn}}/{prefix}/*" for prefix in prefixes}
    assert {each["RoleARN"]["Fn::GetAtt"][0] for each in into} == {"LakeRole"}


def test_no_action_is_a_wildcard_and_nothing_is_ever_deleted() -> None:
    actions = {action for name in ("LakeRole", "SubscriptionRole", "ShadowsRole") for action, _ in granted(name)}

    assert not any("*" in action or "Delete" in action for action in actions)
    assert {resource for _, resource in granted("LakeRole") if resource == "*"} == set()


def test_no_function_knows_of_the_lake() -> None:
    """Nothing is written on the way of a request: what a function is and may do is the same with a lake and without."""

    def functions(parameters: Mapping[str, str]) -> Tree:
        resources = deployed(parameters)
        return {
            name: it
            for name, it in resources.items()
            if it["Type"].startswith("AWS::Lambda::") or name.endswith("FunctionRole") or name in roles(resources)
        }

    assert functions({}) == functions({"Lake": "false"}) == functions(WITH_SHADOWS)


def roles(resources: Tree) -> set[str]:
    return {it["Role"]["Fn::GetAtt"][0] for it in of_type(resources, "AWS::Lambda::Function").values()}


def test_a_lake_that_is_turned_off_is_gone_but_for_what_it_held() -> None:
    resources = deployed({"Lake": "false"})

    assert not any(of_type(resources, part) for part in PARTS)
    assert not any("Lake" in name for name in resources)
    assert deployed()["LakeBucket"]["DeletionPolicy"] == "Retain"


def test_signals_are_kept_only_of_a_bus_that_was_named() -> None:
    assert not any(name.startswith("Shadows") for name in deployed())
    assert deployed(WITH_SHADOWS)["ShadowsStream"]


@pytest.mark.parametrize("name", ALARMS[:3])
@pytest.mark.parametrize("parameters", [{}, WITH_SHADOWS], ids=["without shadows", "with shadows"])
def test_an_alarm_watches_every_stream_there_is(name: str, parameters: dict[str, str]) -> None:
    resources = deployed(parameters)
    whole, *parts = resources[name]["Properties"]["Metrics"]
    watched = [it["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Ref"] for it in parts]

    assert sorted(watched) == sorted(of_type(resources, "AWS::KinesisFirehose::DeliveryStream"))
    assert whole["Expression"].endswith("(METRICS())")
    assert [it["ReturnData"] for it in (whole, *parts)] == [True, *[False] * len(parts)]


def test_a_stream_is_late_only_after_it_has_had_the_time_to_fill() -> None:
    resources = deployed()
    late = resources["LakeLate"]["Properties"]["Threshold"]

    for stream in of_type(resources, "AWS::KinesisFirehose::DeliveryStream").values():
        assert stream["ExtendedS3DestinationConfiguration"]["BufferingHints"]["IntervalInSeconds"] * 2 < late


def test_decisions_that_never_reach_the_stream_are_missed_by_those_that_were_counted() -> None:
    _, decisions, arrived = deployed()["LakeNotFed"]["Properties"]["Metrics"]
    filters = of_type(deployed(), "AWS::Logs::MetricFilter").values()
    counted = [it["MetricTransformations"][0]["MetricName"] for it in filters]

    assert decisions["MetricStat"]["Metric"]["MetricName"] in counted
    assert arrived["MetricStat"]["Metric"]["Dimensions"] == [
        {"Name": "DeliveryStreamName", "Value": {"Ref": "DecisionsStream"}}
    ]


@pytest.mark.parametrize("lake", ["true", "false"])
def test_the_dashboard_shows_the_alarms_that_there_are(lake: str) -> None:
    resources = deployed({"Lake": lake})
    text, variables = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    body = text + json.dumps(variables)

    assert {name: f"${{{name}.Arn}}" in body for name in ALARMS} == dict.fromkeys(ALARMS, lake == "true")
