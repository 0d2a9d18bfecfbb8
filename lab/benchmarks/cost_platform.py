"""The log lines that the platform writes about each call: in the form of AWS's documentation, and of the template."""

import re
from functools import cache
from pathlib import Path
from typing import Final

TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
_REQUEST: Final = "8f507cfc-0d1e-4697-b07a-ac58fc914c95"
_VALUES: Final = {
    "requestTime": "26/Nov/2026:17:46:57 +0000",
    "requestId": "JKJaXmPLvHcESHA=",
    "status": "200",
    "responseLatency": "12",
    "integrationLatency": "9",
    "integrationErrorMessage": "-",
    "error.message": "-",
    "identity.caller": "AROAJQPLMOXAMPLE1234:tipbandit-recommender",
    "authorizer.claims.sub": "-",
}
"""What a variable of the access log's format becomes, where callers sign with IAM."""


def platform_lines() -> tuple[str, ...]:
    """Return Lambda's lines of one warm invocation, as it writes them in text."""
    report = "\tDuration: 5.21 ms\tBilled Duration: 6 ms\tMemory Size: 1024 MB\tMax Memory Used: 118 MB\t"
    return (
        f"START RequestId: {_REQUEST} Version: 12",
        f"END RequestId: {_REQUEST}",
        f"REPORT RequestId: {_REQUEST}{report}",
    )


def access_line(route: str, answer_bytes: int) -> str:
    """Return the line of API Gateway's access log of one call, by the format in template.yaml."""
    values = {**_VALUES, "routeKey": route, "responseLength": str(answer_bytes)}
    return re.sub(r"\$context\.([\w.]+)", lambda found: values.get(found[1], "-" * 10), _format())


@cache
def _format() -> str:
    found = re.search(r"Format: >-\n((?: +[{\"].*\n)+)", _text())
    if found is None:
        raise ValueError("template.yaml says no format of the access log")
    return " ".join(line.strip() for line in found[1].splitlines())


def alarms() -> int:
    """Return how many alarms the template has."""
    return _text().count("Type: AWS::CloudWatch::Alarm\n")


def filters() -> int:
    """Return how many metrics the template makes from logs."""
    return _text().count("Type: AWS::Logs::MetricFilter\n")


@cache
def _text() -> str:
    return TEMPLATE.read_text("utf-8")
