"""The lake as it is deployed: out of the logs, into a bucket, in the columns of the contracts."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from codegen.lake import columns
from local.filter_pattern import takes
from local.lake.columns import parquet, schema
from tests.infra.deployed import deployed
from tests.infra.observed import eventful_day
from tipbandit_recommender.sinks import ShadowSignal

WITH_SHADOWS: Final = {"ShadowBus": "signals"}
TITLES: Final = {"decisions": "Decisions", "rewards": "Rewards", "shadows": "Shadows"}
LOGGED: Final = {"decisions": ("score", "decision"), "rewards": ("reward", "reward")}
each_table = pytest.mark.parametrize("table", TITLES)
each_log = pytest.mark.parametrize("table", LOGGED)

Tree = dict[str, Any]


def destination(table: str) -> Tree:
    stream = deployed(WITH_SHADOWS)[f"{TITLES[table]}Stream"]["Properties"]
    found: Tree = stream["ExtendedS3DestinationConfiguration"]
    return found


def stored(table: str) -> dict[str, str]:
    """The columns that Firehose writes."""
    name = destination(table)["DataFormatConversionConfiguration"]["SchemaConfiguration"]["TableName"]["Ref"]
    described = deployed(WITH_SHADOWS)[name]["Properties"]["TableInput"]["StorageDescriptor"]["Columns"]
    return {column["Name"]: column["Type"] for column in described}


def subscribed(table: str) -> list[dict[str, Any]]:
    """The lines of an eventful day that the subscription of a table takes."""
    subscription = deployed()[f"{TITLES[table]}Subscription"]["Properties"]
    service = subscription["LogGroupName"]["Ref"].removesuffix("Logs").lower()
    lines = [line for line in eventful_day().lines if line["service"] == service]
    return [line for line in lines if takes(subscription["FilterPattern"], line)]


@each_log
def test_every_event_of_the_logs_and_nothing_else_goes_to_the_stream_of_its_table(table: str) -> None:
    service, event = LOGGED[table]
    lines = [line for line in eventful_day().lines if line["service"] == service]
    events = [line for line in lines if line["message"] == event]

    assert 0 < len(events) < len(lines)
    assert subscribed(table) == events
    subscription = deployed()[f"{TITLES[table]}Subscription"]["Properties"]
    assert subscription["DestinationArn"] == {"Fn::GetAtt": [f"{TITLES[table]}Stream", "Arn"]}


@each_log
def test_every_event_fits_the_columns_and_loses_nothing_of_its_data(table: str) -> None:
    lines = subscribed(table)
    made = schema(stored(table))
    _, misfits = parquet(lines, made)

    assert misfits == []
    for line in lines:
        assert set(line["data"]) == {field.name for field in made.field("data").type}


@each_table
def test_the_columns_are_those_of_the_contracts(table: str) -> None:
    assert stored(table) == columns(table)


def test_a_decision_of_the_first_version_whose_candidates_have_another_shape_is_not_sent() -> None:
    pattern = deployed()["DecisionsSubscription"]["Properties"]["FilterPattern"]

    assert not takes(pattern, {"data": {"event": "decision", "schema_version": 1, "candidates": [{"tip_id": "a"}]}})
    assert takes(pattern, {"data": {"event": "decision", "schema_version": 3}})


@each_table
def test_objects_lie_by_table_and_day_and_what_does_not_fit_lies_apart(table: str) -> None:
    into = destination(table)

    assert into["Prefix"] == f"{table}/day=!{{timestamp:yyyy-MM-dd}}/"
    assert into["ErrorOutputPrefix"].startswith(f"errors/{table}/!{{firehose:error-output-type}}/")
    assert into["BucketARN"] == {"Fn::GetAtt": ["LakeBucket", "Arn"]}
    assert into["CompressionFormat"] == "UNCOMPRESSED"  # Parquet compresses itself, and readers could not skip in it


@each_table
def test_a_stream_makes_parquet_of_json_and_refuses_what_does_not_fit(table: str) -> None:
    conversion = destination(table)["DataFormatConversionConfiguration"]

    assert conversion["Enabled"] is True
    assert conversion["InputFormatConfiguration"] == {"Deserializer": {"HiveJsonSerDe": {}}}
    assert conversion["OutputFormatConfiguration"] == {"Serializer": {"ParquetSerDe": {"Compression": "SNAPPY"}}}


@each_table
def test_a_stream_is_encrypted_and_says_what_goes_wrong_in_its_log(table: str) -> None:
    resources = deployed(WITH_SHADOWS)
    stream = resources[f"{TITLES[table]}Stream"]["Properties"]
    log = destination(table)["CloudWatchLoggingOptions"]

    assert stream["DeliveryStreamEncryptionConfigurationInput"] == {"KeyType": "AWS_OWNED_CMK"}
    assert log["Enabled"] is True
    assert resources[log["LogStreamName"]["Ref"]]["Properties"]["LogGroupName"] == log["LogGroupName"]
    assert log["LogGroupName"] == {"Ref": "LakeLogs"}


def test_of_what_a_log_subscription_sends_the_lines_alone_are_kept() -> None:
    unpacked = {
        table: [it["Type"] for it in destination(table).get("ProcessingConfiguration", {}).get("Processors", ())]
        for table in TITLES
    }

    assert unpacked == {
        **{log: ["Decompression", "CloudWatchLogProcessing"] for log in LOGGED},
        "shadows": [],  # events of a bus come one by one, as they are
    }


@each_table
def test_athena_finds_the_days_by_itself_as_long_as_they_are_kept(table: str) -> None:
    resources = deployed({**WITH_SHADOWS, "LakeRetentionDays": "90"})
    described = resources[f"{TITLES[table]}Table"]["Properties"]["TableInput"]
    parameters = described["Parameters"]

    assert described["PartitionKeys"] == [{"Name": "day", "Type": "date"}]
    assert described["StorageDescriptor"]["Location"] == {"Fn::Sub": f"s3://${{LakeBucket}}/{table}/"}
    assert parameters["projection.day.range"] == {"Fn::Sub": "NOW-90DAYS,NOW"}
    assert parameters["storage.location.template"] == {"Fn::Sub": f"s3://${{LakeBucket}}/{table}/day=${{!day}}/"}
    assert (parameters["projection.enabled"], parameters["projection.day.format"]) == ("true", "yyyy-MM-dd")


def transformed(transformer: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """What EventBridge makes of an event: it writes values in the place of names, texts in quotes."""
    text: str = transformer["InputTemplate"]
    for name, path in transformer["InputPathsMap"].items():
        text = text.replace(f"<{name}>", json.dumps(event[path.removeprefix("$.")]))
    made: dict[str, Any] = json.loads(text)
    return made


def test_a_shadow_s_signal_becomes_a_row_like_that_of_a_log_line() -> None:
    rule = deployed(WITH_SHADOWS)["ShadowsSubscription"]["Properties"]
    (target,) = rule["Targets"]
    signal = {"signal": "shadow:egreedy", "decision_id": "01a218ff-6c3a-7a46-a673-564447c55a09", "user_id": "u-1"}
    said = ShadowSignal.model_validate_json(json.dumps({**signal, "policy": "egreedy/v1", "latency_ms": 1.5}))
    event = {"id": "e-1", "time": "2026-03-01T12:00:00Z", "detail": json.loads(said.model_dump_json())}
    row = transformed(target["InputTransformer"], event)
    _, misfits = parquet([row], schema(stored("shadows")))

    assert rule["EventPattern"] == {"detail-type": [{"prefix": "shadow:"}]}
    assert rule["EventBusName"] == "signals"
    assert row == {"timestamp": event["time"], "correlation_id": "e-1", "data": event["detail"]}
    assert misfits == []


def test_the_lake_is_encrypted_nobody_elses_reached_over_tls_and_outlives_the_stack() -> None:
    resources = deployed()
    bucket, policy = resources["LakeBucket"], resources["LakeBucketPolicy"]
    prompts, theirs = resources["PromptBucket"]["Properties"], resources["PromptBucketPolicy"]["Properties"]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]

    for name in ("PublicAccessBlockConfiguration", "OwnershipControls", "BucketEncryption", "VersioningConfiguration"):
        assert bucket["Properties"][name] == prompts[name]
    renamed = json.dumps(theirs["PolicyDocument"]).replace("PromptBucket", "LakeBucket")
    assert [statement] == json.loads(renamed)["Statement"]
    for resource in (bucket, policy):
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_the_lake_forgets_after_the_days_of_the_parameter() -> None:
    (rule,) = deployed({"LakeRetentionDays": "90"})["LakeBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]

    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", "90")
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert "Prefix" not in rule  # of everything in the bucket
