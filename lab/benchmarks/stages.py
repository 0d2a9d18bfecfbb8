"""Where the time of a call goes: while it is watched, each function named is timed and its time put to a stage."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Place = tuple[str, Any, str]
"""A stage, and the function that belongs to it: its module or class, and its name there."""


@dataclass
class Tally:
    """CPU nanoseconds by stage; time in one stage inside another counts for the inner one alone."""

    taken: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _inner: list[int] = field(default_factory=lambda: [0])

    @contextmanager
    def watching(self, places: Sequence[Place]) -> Iterator[None]:
        """Time the functions of ``places`` inside the block."""
        untimed = [(owner, name, getattr(owner, name)) for _, owner, name in places]
        for stage, owner, name in places:
            setattr(owner, name, self._timed(stage, getattr(owner, name)))
        try:
            yield
        finally:
            for owner, name, function in untimed:
                setattr(owner, name, function)

    def _timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  whatever it takes and returns
            self._inner.append(0)
            started = time.thread_time_ns()
            try:
                return function(*args, **kwargs)
            finally:
                whole = time.thread_time_ns() - started
                self.taken[stage] += whole - self._inner.pop()
                self._inner[-1] += whole

        return call
