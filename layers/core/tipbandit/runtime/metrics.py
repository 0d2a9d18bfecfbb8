"""Metrics as CloudWatch's embedded metric format: one line of JSON in the log, which CloudWatch turns into metrics.

The format is AWS's (Embedded metric format specification). The same line takes Powertools ten times as long, which was
a tenth of a warm call; a test holds these lines against its.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from pydantic_core import to_json

COUNT: Final = "Count"
MILLISECONDS: Final = "Milliseconds"


def line(namespace: str, dimensions: Mapping[str, str], metrics: Mapping[str, tuple[float, str]], *, at_ms: int) -> str:
    """Return the line that publishes metrics.

    Args:
        namespace: of the metrics in CloudWatch.
        dimensions: what tells these metrics from others of the same names, at least one.
        metrics: name to value and unit, at least one and at most 100.
        at_ms: when, as Unix milliseconds.
    """
    units = tuple((name, unit) for name, (_, unit) in metrics.items())
    said = to_json({**dimensions, **{name: [float(value)] for name, (value, _) in metrics.items()}}).decode()
    about = _about(namespace, tuple(dimensions), units)
    return f'{{"_aws":{{"Timestamp":{at_ms},"CloudWatchMetrics":[{about}]}},{said[1:]}'


@lru_cache
def _about(namespace: str, dimensions: tuple[str, ...], units: tuple[tuple[str, str], ...]) -> str:
    """Return what CloudWatch is to make of the line, which is the same for every call of a route that goes well."""
    about = {
        "Namespace": namespace,
        "Dimensions": [dimensions],
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in units],
    }
    return to_json(about).decode()
