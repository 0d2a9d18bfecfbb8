"""The rounds of the warm path: in each every case, the bare handler and the table's calls, in an order drawn anew."""

import random
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from typing import Final

from benchmarks.warm_latency import logged
from benchmarks.warm_loop import Loop
from benchmarks.warm_requests import ARMS, CASES, DONOR, PLAYED, Case, event, rewarding, scoring
from benchmarks.warm_stack import PROBED, Stack

OPERATIONS: Final = ("GetItem", "consistent GetItem", "PutItem")
_PATIENCE_S: Final = 10.0
_NAP_S: Final = 0.05

Series = Mapping[str, Sequence[float]]
"""Milliseconds by name, one number a round: the same round has the same place in each."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a course.

    Attributes:
        emulator: which one the table was on.
        invoker: what whoever invoked a case waited.
        handler: what the function itself says it took: its metric ``Latency``.
        bare: what the invoker waited for the bare handler, by the name of the /score whose body it gave back.
        calls: what a call of the table took, by operation and policy, as ``name_of_call`` has it.
        client: the CPU of the client in it.
        astray: answers that were degraded, and rewards that were not applied.
    """

    emulator: str
    invoker: Series
    handler: Series
    bare: Series
    calls: Series
    client: Series
    astray: int


def name_of_call(operation: str, policy: str) -> str:
    """Return the name of a call, by the number of features of what is read or written."""
    return f"{operation}, D={Case(policy).dim}"


@dataclass
class Course:
    """A course of rounds on a stack, by ``users`` in turn."""

    stack: Stack
    users: Sequence[str]
    _rng: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311  an order
    _invoker: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _bare: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _calls: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _client: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _order: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _tokens: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    _astray: int = 0

    def play(self, rounds: int, progress: Callable[[int], None]) -> None:
        """Play so many rounds."""
        users = cycle(self.users)
        for policy in PLAYED:  # so that there always is a decision that nobody has rewarded
            self._score(Case(policy, DONOR), next(users))
        self._invoker.clear()
        self._order["score"] = [""] * len(PLAYED)
        for number in range(rounds):
            progress(number)
            self._play_once(next(users))

    def measured(self, rounds: int) -> Measured:
        """Return what came of the last so many rounds."""

        def last(series: Mapping[str, list[float]]) -> Series:
            return {name: values[-rounds:] for name, values in series.items()}

        return Measured(
            self.stack.table.emulator,
            last(self._invoker),
            last(self._handler()),
            last(self._bare),
            last(self._calls),
            last(self._client),
            self._astray,
        )

    def _play_once(self, user: str) -> None:
        steps: list[Callable[[], None]] = [
            *(partial(self._score if case.arms else self._reward, case, user) for case in CASES),
            *(partial(self._echo, Case(PLAYED[-1], arms), user) for arms in ARMS),
            *(partial(self._call, operation, policy, user) for operation in OPERATIONS for policy in PLAYED),
        ]
        self._rng.shuffle(steps)
        for step in steps:
            step()

    def _score(self, case: Case, user: str) -> None:
        invoked = self.stack.loops["score"].invoke(event(case, scoring(user, case.arms)))
        self._note(case, invoked.ms)
        answer = invoked.body
        self._astray += answer["degraded"]
        if case.arms == DONOR:
            self._tokens[case.policy].append(answer["decision"])

    def _reward(self, case: Case, _user: str) -> None:
        token = self._tokens[case.policy].popleft()
        invoked = self.stack.loops["reward"].invoke(event(case, rewarding(token)))
        self._note(case, invoked.ms)
        self._astray += not invoked.body["applied"]

    def _note(self, case: Case, ms: float) -> None:
        self._invoker[case.name].append(ms)
        self._order[case.function].append(case.name)

    def _echo(self, case: Case, user: str) -> None:
        self._bare[case.name].append(self.stack.loops["bare"].invoke(event(case, scoring(user, case.arms))).ms)

    def _call(self, operation: str, policy: str, user: str) -> None:
        name = name_of_call(operation, policy)
        ((wall, cpu),) = self.stack.probe.ask([(operation, PROBED if operation == "PutItem" else user, policy)])
        self._calls[name].append(wall)
        self._client[name].append(cpu)

    def _handler(self) -> dict[str, list[float]]:
        """Return what the functions logged, put to the cases by the order of the invocations; "" is none."""
        taken: dict[str, list[float]] = defaultdict(list)
        for function, names in self._order.items():
            for name, ms in zip(names, _told(self.stack.loops[function], len(names)), strict=True):
                taken[name].append(ms)
        del taken[""]
        return taken


def _told(loop: Loop, expected: int) -> list[float]:
    """Return the latencies of an environment's log, of which the last may still be on the way.

    Raises:
        RuntimeError: if they are not as many as the invocations were.
    """
    ends = time.monotonic() + _PATIENCE_S
    while True:
        with loop.log.open("rb") as lines:
            found = list(logged(lines))
        if len(found) >= expected or time.monotonic() > ends:
            break
        time.sleep(_NAP_S)
    if len(found) != expected:
        raise RuntimeError(f"{loop.log.name} tells of {len(found)} invocations; there were {expected}")
    return found
