"""A load run: processes that decide and reward, an API that dies on the way, and the account at the end."""

import math
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final, TypeVar

from tests.load import callers
from tests.load.callers import Made, Shown, Told
from tests.load.plan import Key, Plan
from tests.load.stack import Stack
from tests.load.verdict import Verdict, judge

BATCH: Final = 100
"""Decisions, or states, of one task."""

Watch = Callable[[str, int, int], None]
"""Is told what is done, how often it was done, and how often it will be."""
Fault = Callable[[Stack], object]
T = TypeVar("T")


def lose_environments(stack: Stack) -> None:
    """End every environment under a living API."""
    stack.kill_environments()


def crash(stack: Stack) -> None:
    """End the API and its environments at once, and start them again."""
    stack.kill()
    stack.start()


def lose_store(stack: Stack) -> None:
    """End all of it at once, the emulator before it can save, and start again: a planted loss."""
    stack.kill(with_store=True)
    stack.start()


CRASHES: Final[Mapping[float, Fault]] = {0.25: lose_environments, 0.5: crash}
"""What happens after which share of the rewards."""


@dataclass(frozen=True, slots=True)
class Account:
    """What came of a run.

    Attributes:
        verdict: whether every reward was learned once.
        told: every answer.
        seconds: from the first reward to the last answer, crashes included.
        conflicts: writes lost to somebody else, for each that was applied, as far as the environments lived to say.
    """

    verdict: Verdict
    told: Sequence[Told]
    seconds: float
    conflicts: float

    @property
    def answers(self) -> Counter[str]:
        """All attempts, by status code or by what went wrong with the connection."""
        return Counter(chain.from_iterable(each.answers.elements() for each in self.told))

    def latency(self, share: float) -> float:
        """Return the seconds within which a share of the rewards was answered, retries included."""
        ordered = sorted(each.seconds for each in self.told)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def play(
    plan: Plan, stack: Stack, *, processes: int, faults: Mapping[float, Fault], watch: Watch = lambda *_: None
) -> Account:
    """Run a plan from that many processes against a stack, which is started for it and stopped after.

    Args:
        plan: what is decided and rewarded.
        stack: what serves.
        processes: how many call it.
        faults: what happens after which share of the rewards.
        watch: is told how far the run is.
    """
    watch("starting", 0, 1)
    try:
        url = stack.start()
        watch("starting", 1, 1)
        with _pool(processes) as pool:
            crowd = _Crowd(pool, url, plan, watch)
            made = crowd.decide()
            begun = time.monotonic()
            told = crowd.reward(made, _due(faults, stack, len(plan.sends)))
            seconds = time.monotonic() - begun
            shown = crowd.ask()
        stack.stop()
    finally:
        stack.close()
    verdict = judge(plan.asked, made, told, stack.stored(), shown)
    counted = stack.counted("Conflict", "Applied")
    return Account(verdict, told, seconds, counted["Conflict"] / max(1.0, counted["Applied"]))


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([callers.__name__])
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _due(faults: Mapping[float, Fault], stack: Stack, sends: int) -> Mapping[int, Callable[[], object]]:
    """What happens after how many rewards."""
    return {max(1, math.floor(share * sends)): partial(fault, stack) for share, fault in faults.items()}


@dataclass(frozen=True, slots=True)
class _Crowd:
    """The client processes at work on a plan."""

    pool: ProcessPoolExecutor
    url: str
    plan: Plan
    watch: Watch

    def decide(self) -> dict[int, Made]:
        """Have every decision made."""
        futures = [self.pool.submit(callers.decide, self.url, batch) for batch in _batches(self.plan.asked)]
        made: dict[int, Made] = {}
        for future in as_completed(futures):
            made |= {each.number: each for each in future.result()}
            self.watch("deciding", len(made), len(self.plan.asked))
        return made

    def reward(self, made: Mapping[int, Made], due: Mapping[int, Callable[[], object]]) -> list[Told]:
        """Send every reward; neighbours in the plan are taken by different processes at the same moment."""
        futures = [
            self.pool.submit(callers.reward, self.url, made[each.decision], each.grains, each.value)
            for each in self.plan.sends
        ]
        told: list[Told] = []
        for future in as_completed(futures):
            told.append(future.result())
            self.watch("rewarding", len(told), len(futures))
            if len(told) in due:
                due[len(told)]()
        return told

    def ask(self) -> dict[Key, Shown]:
        """Ask what each state has learned."""
        keys = list(self.plan.expected)
        futures = [self.pool.submit(callers.stats, self.url, batch) for batch in _batches(keys)]
        shown: dict[Key, Shown] = {}
        for future in as_completed(futures):
            shown |= future.result()
            self.watch("asking what was learned", len(shown), len(keys))
        return shown


def _batches(many: Sequence[T]) -> Iterator[Sequence[T]]:
    return (many[start : start + BATCH] for start in range(0, len(many), BATCH))
