"""One schedule at work: environments that run the real use cases, and the steps that let them go on.

A schedule is a tuple of steps, and a step a few words::

    a score d1 linucb/v1        environment a is asked for a decision, called d1 from now on
    b reward d1 0.5             environment b is sent a reward for it; with "parts" at the end without its token
    a reset                     environment a is asked to forget the user
    b lost                      the call that b waits with is carried out, and its answer lost: see ``wire.EFFECTS``
    b wake                      b has slept enough
    land                        the oldest write that was given up arrives
    pass 250                    the clock moves on by milliseconds
    age d1 1                    the clock moves to 1 ms past the end of d1's reward window
    age tombstone 0             the clock moves to where the first tombstone may go
    expire                      the table drops the tombstones whose time has come

A step that is not possible when its turn comes is left out, so that any part of a schedule is a schedule.
"""

import traceback
from collections.abc import Sequence
from functools import partial
from typing import Final

from tests.exactly_once import agreement
from tests.exactly_once.reference import Made
from tests.exactly_once.verdicts import WINDOW_MS
from tests.exactly_once.world import World
from tests.interleaving.designs import SOUND, Design
from tests.interleaving.environments import Environment
from tests.interleaving.fleet import SKEWS_MS, Fleet
from tests.interleaving.history import History, Law, Request
from tests.interleaving.stepping import SteppedClock
from tests.interleaving.table import USER, Table
from tests.interleaving.wire import SLOW_MS, TIMEOUT_MS, Call, Wire
from tests.support.cloud import TABLE
from tipbandit.adapters.memory import ManualClock, MemoryStateStore
from tipbandit.contracts.events import RewardEvent
from tipbandit.policies.registry import POLICIES

LONGEST_MS: Final = 15_000
"""How long a request, or a write that was given up, may be under way: no Lambda here lives longer."""
POLICY_KEYS: Final = ("linucb/v1", "egreedy/v2")
_TAKES_MS: Final = {"slow": SLOW_MS, "lost": TIMEOUT_MS, "late": TIMEOUT_MS}


class Stage:
    """All there is while one schedule runs."""

    def __init__(self, fleet: Fleet, design: Design = SOUND) -> None:
        self.design = design
        self.clock = ManualClock()
        self.table = Table(self.clock)
        self.table.clear()
        self.history = History()
        self.wire = Wire(self.table, self.history, self._wait_with, self._request_of)
        self.decisions: dict[str, Made] = {}
        self.environments = {who: self._environment(who, client) for who, client in fleet.clients.items()}
        self._stored = design.store(TABLE, fleet.operator)
        fleet.carry = self.wire.carry

    def perform(self, step: str) -> bool:
        """Carry out a step; tell whether it was possible."""
        match step.split():
            case ["land"]:
                return self._land()
            case ["expire"]:
                return self.table.expire(self.history.life)
            case ["pass", ms]:
                return self._has_time(int(ms)) and self._move_to(self.clock.ms + int(ms))
            case ["age", name, ms]:
                return self._age(name, int(ms))
            case [who, *act] if who in self.environments:
                return self._act(self.environments[who], act)
        return False

    def finish(self) -> None:
        """Let everything come to its end, have what is unanswered sent again, and look at what is stored."""
        for environment in self.environments.values():
            environment.finish()
        while self._land():
            pass
        again = self.environments["a"]
        for request in self.history.unsettled():
            again.reward(request.about, request.r, by_token=request.by_token)
            again.finish()
        for request in self.history.unsettled():
            self.history.break_law(Law.LOST, request)
        self.history.check_events([e for e in self.history.books.telemetry.events if isinstance(e, RewardEvent)])
        if not {breach.law for breach in self.history.breaches} & {Law.ONCE, Law.RESET}:
            self._check_state()

    def is_calm(self) -> bool:
        """Tell whether nothing is under way."""
        return not self._under_way_since_ms()

    def _environment(self, who: str, client: object) -> Environment:
        clock = SteppedClock(self.clock, SKEWS_MS[who], partial(self._wait, who))
        return Environment(who, self.design, self.design.store(TABLE, client), clock, self.history, self.decisions)

    def _wait(self, who: str, at: object) -> str:
        running = self.environments[who].running
        assert running is not None
        return running.wait(at)

    def _wait_with(self, call: Call) -> str:
        return self._wait(call.request.who, call)

    def _request_of(self, who: str) -> Request:
        request = self.environments[who].request
        assert request is not None
        return request

    def _land(self) -> bool:
        if not self.wire.late:
            return False
        self.wire.land()
        return True

    def _age(self, name: str, ms: int) -> bool:
        ends = self.table.expiries_ms()[:1] if name == "tombstone" else []
        ends += [made.made_at_ms + WINDOW_MS for called, made in self.decisions.items() if called == name]
        return self.is_calm() and any(self._move_to(end + ms) for end in ends)

    def _under_way_since_ms(self) -> list[int]:
        running = [each.request.began_ms for each in self.environments.values() if each.request is not None]
        return [*running, *(call.at_ms for call in self.wire.late)]

    def _has_time(self, ms: int) -> bool:
        return all(self.clock.ms + ms - since <= LONGEST_MS for since in self._under_way_since_ms())

    def _move_to(self, ms: int) -> bool:
        if ms <= self.clock.ms:
            return False
        self.clock.ms = ms
        return True

    def _act(self, environment: Environment, act: Sequence[str]) -> bool:
        if environment.at is not None:
            word = " ".join(act)
            possible = word in environment.words() and self._has_time(_TAKES_MS.get(word, 0))
            if possible:
                environment.resume(word)
            return possible
        match act:
            case ["score", name, policy] if name not in self.decisions:
                environment.score(name, POLICIES[policy])
            case ["reward", name, r, *how] if name in self.decisions:
                environment.reward(name, float(r), by_token=not how)
            case ["reset"]:
                environment.reset()
            case _:
                return False
        return True

    def _check_state(self) -> None:
        """Hold what is stored against the reference, as the other searches do."""
        records = {(USER, key): self._stored.read(USER, key, consistent=True) for key in POLICY_KEYS}
        world = World(MemoryStateStore(records), self.clock, self.history.books)
        try:
            agreement.check(world, USER)
        except AssertionError as error:
            self.history.break_law(Law.STATE, str(error) or traceback.extract_tb(error.__traceback__)[-1].line)
