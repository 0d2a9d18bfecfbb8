"""Races: what is compared is run in turns, round after round, so that a busy moment slows everyone alike.

Short pieces are measured in the thread's CPU time, which does not run while somebody else has the processor.
"""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any, Final

_ROUND_NS: Final = 1_500_000
_CALIBRATION_CALLS: Final = 5


@dataclass(frozen=True, slots=True)
class Times:
    """How long one piece took, one number a round: microseconds a call, or whatever else was measured."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The typical round."""
        return median(self.rounds)

    @property
    def spread(self) -> float:
        """The distance between the quartiles, as a share of the median."""
        low, _, high = quantiles(self.rounds, n=4)
        return (high - low) / self.median

    def over(self, other: "Times") -> float:
        """How many times longer this took than ``other``: the median over the rounds, which they ran side by side."""
        return median(mine / theirs for mine, theirs in zip(self.rounds, other.rounds, strict=True))

    def cells(self, other: "Times") -> list[str]:
        """Return median, spread and times ``other``, as they stand in a table."""
        return [f"{self.median:.0f}", f"{self.spread:.0%}", f"{self.over(other):.2f}"]


def race(pieces: Mapping[str, Callable[[], Any]], *, rounds: int) -> dict[str, Times]:
    """Time each piece in every round; a round runs each for one to two milliseconds."""
    calls = {name: _calls_a_round(piece) for name, piece in pieces.items()}
    taken: dict[str, list[float]] = {name: [] for name in pieces}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, piece in pieces.items():
                taken[name].append(_run(piece, calls[name]) / calls[name] / 1000)
    finally:
        gc.enable()
    return {name: Times(tuple(each)) for name, each in taken.items()}


def _calls_a_round(piece: Callable[[], Any]) -> int:
    _run(piece, _CALIBRATION_CALLS)
    return max(1, round(_ROUND_NS * _CALIBRATION_CALLS / max(1, _run(piece, _CALIBRATION_CALLS))))


def _run(piece: Callable[[], Any], calls: int) -> int:
    started = time.thread_time_ns()
    for _ in range(calls):
        piece()
    return time.thread_time_ns() - started
