"""Latencies: percentiles, and the ones that a function writes into its log."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

SHARES: Final = (0.5, 0.9, 0.99, 1.0)
"""What is shown of a series: half, nine of ten, 99 of 100, all."""
_EMBEDDED: Final = b'{"_aws"'


def quantile(values: Iterable[float], share: float) -> float:
    """Return the smallest of some values that at least ``share`` of them, in (0, 1], do not exceed (nearest rank).

    Raises:
        ValueError: if there are none.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("there is no quantile of nothing")
    rank = -(-share * len(ordered) // 1)  # rounded up
    return ordered[max(0, min(len(ordered), int(rank)) - 1)]


def cells(values: Sequence[float], shares: Sequence[float] = SHARES) -> list[str]:
    """Return percentiles of milliseconds, as they stand in a table."""
    ordered = sorted(values)
    return [f"{quantile(ordered, share):.2f}" for share in shares]


def logged(lines: Iterable[bytes]) -> Iterator[float]:
    """Yield the metric ``Latency``, in milliseconds, of each invocation that a function's log tells of, in order.

    Lines that are no embedded metrics are passed over: events, and what the platform writes.
    """
    for line in lines:
        if line.startswith(_EMBEDDED):
            yield from (float(value) for value in json.loads(line).get("Latency", ()))
