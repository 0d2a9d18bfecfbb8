"""Ratios against committed baselines: what is slower, faster, missing or new."""

import json
import math
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

BASELINES: Final = Path(__file__).with_name("baselines.json")
Word = Literal["as before", "slower", "faster", "missing", "new"]


@dataclass(frozen=True, slots=True)
class Baselines:
    """What is committed.

    Attributes:
        tolerance: how many times a ratio may be its baseline, at least 1.
        exactly: other tolerances, by benchmark, for those that measure no time.
        made_on: with what they were measured.
        ratios: by benchmark and name.
    """

    tolerance: float
    exactly: Mapping[str, float]
    made_on: str
    ratios: Mapping[str, Mapping[str, float]]

    def __post_init__(self) -> None:
        numbers = [ratio for ratios in self.ratios.values() for ratio in ratios.values()]
        if not all(1 <= each < math.inf for each in (self.tolerance, *self.exactly.values())):
            raise ValueError("a tolerance must be 1 or more, and finite")
        if not all(0 < ratio < math.inf for ratio in numbers):
            raise ValueError("a baseline must be positive and finite")

    @classmethod
    def load(cls, path: Path) -> "Baselines":
        """Return what a file holds.

        Raises:
            ValueError: if it holds no baselines.
            OSError: if it cannot be read.
        """
        try:
            return cls(**json.loads(path.read_text("utf-8")))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path} holds no baselines: {error}") from error

    def allowed(self, benchmark: str) -> float:
        """Return how many times a ratio of a benchmark may be its baseline."""
        return self.exactly.get(benchmark, self.tolerance)

    def updated(self, measured: Mapping[str, Mapping[str, float]]) -> "Baselines":
        """Return these with what was measured now; a benchmark that gave nothing keeps what it had."""
        given = {
            name: {each: float(f"{ratio:.4g}") for each, ratio in ratios.items()}
            for name, ratios in measured.items()
            if ratios
        }
        made_on = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
        return Baselines(self.tolerance, self.exactly, made_on, {**self.ratios, **given})

    def save(self, path: Path) -> None:
        """Write them to a file."""
        content: dict[str, Any] = {
            "tolerance": self.tolerance,
            "exactly": dict(self.exactly),
            "made_on": self.made_on,
            "ratios": {name: dict(ratios) for name, ratios in self.ratios.items()},
        }
        path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One ratio, before and now; None where there is none."""

    benchmark: str
    name: str
    before: float | None
    now: float | None
    allowed: float

    @property
    def change(self) -> float | None:
        """How many times its baseline it is."""
        return None if self.before is None or self.now is None else self.now / self.before

    @property
    def word(self) -> Word:
        """What became of it."""
        if self.before is None:
            return "new"
        if self.now is None:
            return "missing"
        change = self.now / self.before
        if change > self.allowed * _ROUNDING:
            return "slower"
        return "faster" if change * self.allowed * _ROUNDING < 1 else "as before"

    @property
    def is_slower(self) -> bool:
        """Whether it is beyond what is allowed."""
        return self.word == "slower"


_ROUNDING: Final = 1.001
"""Baselines are kept with four digits."""


def judged(measured: Mapping[str, Mapping[str, float]], baselines: Baselines) -> list[Verdict]:
    """Compare what was measured; the baselines of benchmarks that were not run are left out."""
    return [verdict for name, ratios in measured.items() for verdict in _of_one(name, ratios, baselines)]


def _of_one(benchmark: str, ratios: Mapping[str, float], baselines: Baselines) -> Iterator[Verdict]:
    before = baselines.ratios.get(benchmark, {})
    for name in dict.fromkeys((*before, *ratios)):
        yield Verdict(benchmark, name, before.get(name), ratios.get(name), baselines.allowed(benchmark))


def worse(verdicts: Sequence[Verdict]) -> bool:
    """Tell whether anything is slower or missing."""
    return any(each.word in {"slower", "missing"} for each in verdicts)
