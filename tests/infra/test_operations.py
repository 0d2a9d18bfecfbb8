"""Logs, alarms and published versions: what an operator relies on."""

from typing import Any

import pytest

from tests.infra.deployed import FUNCTIONS, deployed, of_type, source

SIGNALS = {"Errors", "Throttles", "Duration"}


def functions() -> dict[str, Any]:
    return of_type(deployed(), "AWS::Lambda::Function")


def versions(document: dict[str, Any]) -> set[str]:
    return set(of_type(deployed(document=document), "AWS::Lambda::Version"))


def test_every_function_writes_to_a_log_group_of_its_own() -> None:
    groups = [function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions().values()]

    assert len(set(groups)) == len(FUNCTIONS)
    assert set(groups) < set(of_type(deployed(), "AWS::Logs::LogGroup"))


def test_every_log_group_forgets_after_the_days_of_the_parameter() -> None:
    groups = of_type(deployed({"LogRetentionDays": "14"}), "AWS::Logs::LogGroup")

    assert {name: group["RetentionInDays"] for name, group in groups.items()} == dict.fromkeys(groups, "14")


def test_every_function_has_an_alarm_on_errors_throttles_and_p99_duration() -> None:
    watched = {
        (alarm["Dimensions"][0]["Value"]["Ref"], alarm["MetricName"])
        for alarm in of_type(deployed(), "AWS::CloudWatch::Alarm").values()
        if alarm.get("Namespace") == "AWS/Lambda"
    }

    assert watched == {(name, signal) for name in functions() for signal in SIGNALS}


def test_the_api_has_an_alarm_on_5xx() -> None:
    alarm = deployed()["ApiErrors"]["Properties"]

    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("AWS/ApiGateway", "5xx", "Sum")
    assert alarm["Dimensions"] == [{"Name": "ApiId", "Value": {"Ref": "Api"}}]


def test_the_latency_of_every_scoring_route_is_watched_apart_from_those_that_wait_for_a_model() -> None:
    (slowest, *routes) = deployed()["ApiP99"]["Properties"]["Metrics"]
    score = source()["Resources"]["ScoreFunction"]["Properties"]["Events"].values()

    assert (slowest["Expression"], slowest["ReturnData"]) == ("MAX(METRICS())", True)
    assert [{it["Name"]: it["Value"] for it in route["MetricStat"]["Metric"]["Dimensions"]} for route in routes] == [
        {"ApiId": {"Ref": "Api"}, "Stage": "$default", "Method": "POST", "Resource": event["Properties"]["Path"]}
        for event in score
    ]
    assert {(it["MetricStat"]["Metric"]["MetricName"], it["MetricStat"]["Stat"]) for it in routes} == {
        ("Latency", "p99")
    }
    assert deployed()["ApiApiGatewayDefaultStage"]["Properties"]["DefaultRouteSettings"]["DetailedMetricsEnabled"]


def test_every_duration_alarm_looks_at_p99_and_scores_at_the_promise() -> None:
    durations = {
        alarm["Dimensions"][0]["Value"]["Ref"]: alarm
        for alarm in of_type(deployed(), "AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "Duration"
    }

    assert {alarm["ExtendedStatistic"] for alarm in durations.values()} == {"p99"}
    assert durations["ScoreFunction"]["Threshold"] == "50"


def test_silence_is_no_alarm() -> None:
    alarms = of_type(deployed(), "AWS::CloudWatch::Alarm").values()

    assert {alarm["TreatMissingData"] for alarm in alarms} == {"notBreaching"}


def test_alarms_are_mailed_only_to_an_address_that_was_given() -> None:
    silent = deployed()
    loud = deployed({"AlarmEmail": "oncall@example.com"})

    assert "AlarmTopic" not in silent
    assert not any("AlarmActions" in it for it in of_type(silent, "AWS::CloudWatch::Alarm").values())
    assert loud["AlarmTopic"]["Properties"]["Subscription"] == [{"Protocol": "email", "Endpoint": "oncall@example.com"}]
    for alarm in of_type(loud, "AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]


@pytest.mark.parametrize("layer", ["CoreLayer", "DepsLayer"])
def test_new_code_in_a_layer_moves_every_alias_to_a_new_version(layer: str) -> None:
    document = source()
    document["Resources"][layer]["Properties"]["ContentUri"] = "other/"

    assert versions(source()).isdisjoint(versions(document))


def test_a_changed_setting_moves_the_alias_of_its_function() -> None:
    document = source()
    document["Resources"]["ResetFunction"]["Properties"]["Environment"]["Variables"]["DEADLINE_MS"] = "1"

    moved = versions(document) - versions(source())

    assert [name.startswith("ResetFunctionVersion") for name in moved] == [True]


def test_no_environment_variable_of_a_function_with_an_alias_is_a_parameter_since_those_publish_no_version() -> None:
    document = source()
    functions = of_type(document["Resources"], "AWS::Serverless::Function").values()
    with_alias = [it for it in functions if "AutoPublishAlias" in it]

    assert len(with_alias) == len(FUNCTIONS) - 1
    for scope in (document["Globals"]["Function"], *with_alias):
        for value in scope["Environment"]["Variables"].values():
            assert not isinstance(value, dict) or value["Ref"] not in document["Parameters"]
