"""Our metric lines say what Powertools' say."""

import json
from typing import Any

import pytest
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from tipbandit.ports import Counter
from tipbandit.runtime import metrics

_METRICS = {"Applied": (1, metrics.COUNT), "Conflict": (0, metrics.COUNT), "Latency": (1.234, metrics.MILLISECONDS)}
_UNITS = {metrics.COUNT: MetricUnit.Count, metrics.MILLISECONDS: MetricUnit.Milliseconds}


def _of_powertools(capsys: pytest.CaptureFixture[str], dimensions: dict[str, str]) -> dict[str, Any]:
    theirs = EphemeralMetrics(namespace="stack", service=dimensions["service"])
    for name, value in dimensions.items():
        theirs.add_dimension(name, value)
    for name, (number, unit) in _METRICS.items():
        theirs.add_metric(name, _UNITS[unit], number)
    theirs.flush_metrics()
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


@pytest.mark.parametrize("dimensions", [{"service": "score"}, {"policy": "egreedy/v2", "service": "score"}])
def test_a_line_is_what_powertools_would_print(capsys: pytest.CaptureFixture[str], dimensions: dict[str, str]) -> None:
    theirs = _of_powertools(capsys, dimensions)
    ours = json.loads(metrics.line("stack", dimensions, _METRICS, at_ms=theirs["_aws"]["Timestamp"]))
    assert ours == theirs
    assert list(ours) == list(theirs)


def test_a_counter_is_published_under_its_name() -> None:
    line = metrics.line("stack", {"service": "score"}, {Counter.APPLIED: (1, metrics.COUNT)}, at_ms=0)
    assert json.loads(line)["Applied"] == [1]
