"""What goes into the lake and where, from the template's own log subscriptions, delivery streams and catalog."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from local.filter_pattern import Line, takes
from local.template import Template, TemplateError, Tree

SIGNALS: Final = "signals.jsonl"
"""In the directory of logs: where a caller on this machine writes its shadow signals, for which there is no bus."""

_STREAM: Final = "AWS::KinesisFirehose::DeliveryStream"
_DAY: Final = "!{timestamp:yyyy-MM-dd}"
_ERROR: Final = "!{firehose:error-output-type}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The way of one kind of event: out of which log, which lines of it, to which keys, as which columns.

    `columns` are names and types of the Glue catalog. Without a `pattern` the log is one of bare signals.
    """

    log: str
    pattern: str
    prefix: str
    error_prefix: str
    columns: Mapping[str, str]

    def row(self, line: Line, now: str) -> Mapping[str, Any] | None:
        """Return what of a line becomes a row, or None if it goes elsewhere; `now` is when a bare signal came."""
        if self.pattern:
            return line if takes(self.pattern, line) else None
        return {"timestamp": now, "data": line} if "signal" in line else None

    def key(self, day: date, name: str) -> str:
        """The key of the object `name` of rows that arrived on `day`."""
        return f"{self.prefix.replace(_DAY, day.isoformat())}{name}"

    def error_key(self, day: date, name: str) -> str:
        """The key of the object `name` of lines that arrived on `day` and fit no column."""
        prefix = self.error_prefix.replace(_DAY, day.isoformat()).replace(_ERROR, "format-conversion-failed")
        return f"{prefix}{name}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A lake: its bucket, by logical id, and what goes there."""

    bucket: str
    deliveries: tuple[Delivery, ...]


def plan(template: Template) -> Plan | None:
    """Return what the template says of a lake, if it has one.

    Raises:
        TemplateError: it says something that the local stack cannot do.
    """
    resources = template.document["Resources"]
    streams = {name for name, resource in resources.items() if resource.get("Type") == _STREAM}
    try:
        found = [
            (_bucket(resources[stream]), _delivery(resources, stream, log, pattern))
            for stream, log, pattern in (*_subscribed(resources), *_signalled(resources))
            if stream in streams
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise TemplateError(f"the lake cannot be filled here: {' '.join(str(error).split())}") from error
    buckets = {bucket for bucket, _ in found}
    if len(buckets) > 1:
        raise TemplateError(f"the lake is in more than one bucket: {', '.join(sorted(buckets))}")
    return Plan(buckets.pop(), tuple(delivery for _, delivery in found)) if found else None


def _subscribed(resources: Tree) -> Iterator[tuple[str, str, str]]:
    """Each log subscription's stream, log file and pattern."""
    logs = {
        resource["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]: f"{name}.log"
        for name, resource in resources.items()
        if resource.get("Type") == "AWS::Serverless::Function" and "LoggingConfig" in resource.get("Properties", {})
    }
    for properties in _of_type(resources, "AWS::Logs::SubscriptionFilter"):
        stream = _named(properties["DestinationArn"])
        if properties["LogGroupName"]["Ref"] in logs:
            takes(properties["FilterPattern"], {})  # one that is not understood is said now
            yield stream, logs[properties["LogGroupName"]["Ref"]], properties["FilterPattern"]


def _signalled(resources: Tree) -> Iterator[tuple[str, str, str]]:
    """Each stream that a rule sends events of a bus to."""
    for properties in _of_type(resources, "AWS::Events::Rule"):
        for target in properties.get("Targets", ()):
            yield _named(target["Arn"]), SIGNALS, ""


def _of_type(resources: Tree, kind: str) -> Iterator[Tree]:
    return (resource["Properties"] for resource in resources.values() if resource.get("Type") == kind)


def _named(arn: object) -> str:
    """The resource whose ARN an expression is, or nothing."""
    return str(arn["Fn::GetAtt"][0]) if isinstance(arn, dict) and "Fn::GetAtt" in arn else ""


def _bucket(stream: Tree) -> str:
    return _named(stream["Properties"]["ExtendedS3DestinationConfiguration"]["BucketARN"])


def _delivery(resources: Tree, stream: str, log: str, pattern: str) -> Delivery:
    said = resources[stream]["Properties"]["ExtendedS3DestinationConfiguration"]
    table = resources[said["DataFormatConversionConfiguration"]["SchemaConfiguration"]["TableName"]["Ref"]]
    columns = table["Properties"]["TableInput"]["StorageDescriptor"]["Columns"]
    made = Delivery(
        log, pattern, said["Prefix"], said["ErrorOutputPrefix"], {column["Name"]: column["Type"] for column in columns}
    )
    for key in (made.key(date.min, ""), made.error_key(date.min, "")):
        if left := re.search(r"!\{[^}]*\}", key):
            raise ValueError(f"{stream}: nobody knows here what {left[0]} is")
    return made
