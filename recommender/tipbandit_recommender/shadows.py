"""Shadow policies: asked after the real answer is out, not shown, never rewarded.

Each registered policy has a shadow, and every shadow is off until `TIP_SHADOWS` names it: ``egreedy-v2-shadow``, or
several separated by commas. What a shadow answers becomes one `ShadowSignal` and is forgotten.

A shadow must not be felt. ``observe`` puts a question into a queue and returns; a few daemon threads ask. Whatever goes
wrong, with a shadow, with a sink or in here, stays in here and is counted.

AWS Lambda freezes an environment between invocations, and its threads with it: questions that wait then are asked
during the next invocation, or not at all once their deadline has passed.
"""

import json
import logging
import math
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from threading import Condition, Thread
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from tipbandit.adapters.deadline import within
from tipbandit.contracts.score import Ranked, ScoreRequest, ScoreResponse
from tipbandit.policies.registry import POLICIES
from tipbandit_recommender.rotation import comma_separated
from tipbandit_recommender.sinks import ShadowSignal, Sink

VARIABLE: Final = "TIP_SHADOWS"
SHADOWS: Final[Mapping[str, str]] = MappingProxyType({f"{key.replace('/', '-')}-shadow": key for key in POLICIES})
"""Shadow -> the policy it asks. Being here enables none."""

Scorer = Callable[[ScoreRequest, str], ScoreResponse]
"""Asks one policy, by its key; a client's ``score``."""

_SLACK: Final = 1e-6
"""By which propensities may miss what they should be."""
_RANKING: Final = TypeAdapter(tuple[Ranked, ...])
_log = logging.getLogger(__name__)


class NonsenseError(Exception):
    """An answer that does not answer the question."""


def enabled_shadows(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the shadows that `TIP_SHADOWS` enables; blank is none.

    Raises:
        ValueError: if a name is no shadow's, or stands there twice; all of them are named.
    """
    what = f"shadow (there are {', '.join(sorted(SHADOWS))})"
    return comma_separated(VARIABLE, environ.get(VARIABLE, ""), what=what, valid=SHADOWS.__contains__)


@dataclass(frozen=True, slots=True)
class _Question:
    """One shadow to ask, and the little that is kept of what was shown: not its token."""

    shadow: str
    request: ScoreRequest
    decision_id: UUID
    shown: str
    due: float

    def ask(self, scorer: Scorer) -> ShadowSignal:
        """Return what the shadow says, or why it says nothing; whatever it does."""
        begun = time.monotonic()
        if begun >= self.due:
            return self._signal(error="deadline")
        try:
            answer = within(self.due - begun, lambda: scorer(self._copy(), SHADOWS[self.shadow]))
            said = self._said(answer)
        except TimeoutError:
            said = {"error": "deadline"}
        except NonsenseError:
            said = {"error": "nonsense"}
        except BaseException as error:  # noqa: BLE001  also what would end the thread; its message may hold user text
            said = {"error": type(error).__name__}
        return self._signal(latency_ms=round((time.monotonic() - begun) * 1000, 3), **said)

    def _copy(self) -> ScoreRequest:
        """The request, marked as a shadow's, with a list of candidates that is the scorer's own."""
        return self.request.model_copy(update={"candidates": list(self.request.candidates), "shadow": True})

    def _said(self, answer: object) -> dict[str, Any]:
        try:
            ranking, tip_id, degraded = _sense(answer, self.request, SHADOWS[self.shadow])
        except Exception as error:
            raise NonsenseError from error
        return {"ranking": ranking, "tip_id": tip_id, "degraded": degraded, "agrees": tip_id == self.shown}

    def _signal(self, **said: Any) -> ShadowSignal:  # noqa: ANN401  fields of a signal
        return ShadowSignal(
            signal=f"shadow:{self.shadow}",
            decision_id=self.decision_id,
            user_id=self.request.user_id,
            policy=SHADOWS[self.shadow],
            **said,
        )


@dataclass(slots=True)
class _Queue:
    """What the threads of one process share; a forked process gets its own."""

    pid: int = field(default_factory=os.getpid)
    changed: Condition = field(default_factory=Condition)
    questions: deque[_Question] = field(default_factory=deque)
    busy: int = 0


class Shadows:
    """The enabled shadows.

    Attributes:
        enabled: their names.
        dropped: questions that were not asked: the queue was full, or everything was closed.
        failed: signals that the sink did not take.

    Args:
        scorer: asks a policy; it may block, raise, end its thread or answer nonsense.
        sink: takes the signals, from ``threads`` threads at a time.
        enabled: names of `SHADOWS`, as ``enabled_shadows`` returns them.
        threads: how many questions are asked at a time. A call given up at its deadline goes on by itself; there are
            never more than `tipbandit.adapters.deadline.MOST_CALLS` of these, after which questions fail at once.
        queue_size: how many questions may wait.
        deadline_s: how long after its observation a shadow must have answered.

    Raises:
        ValueError: if a name is no shadow's.
    """

    def __init__(  # noqa: PLR0913  what bounds it has defaults
        self,
        scorer: Scorer,
        sink: Sink,
        enabled: Sequence[str] = (),
        *,
        threads: int = 2,
        queue_size: int = 100,
        deadline_s: float = 2.0,
    ) -> None:
        self.enabled = enabled_shadows({VARIABLE: ",".join(enabled)})
        self._scorer, self._sink = scorer, sink
        self._threads, self._queue_size, self._deadline_s = threads, queue_size, deadline_s
        self._closed = False
        self.dropped = 0
        self.failed = 0
        self._queue = self._begin()

    def observe(self, request: ScoreRequest, shown: ScoreResponse) -> None:
        """Have every enabled shadow asked what was asked; returns at once, and never raises."""
        for shadow in self.enabled:
            try:
                due = time.monotonic() + self._deadline_s
                self._put(_Question(shadow, request, shown.decision_id, shown.tip_id, due))
            except Exception:  # noqa: BLE001  the real answer is out, and nothing here may spoil it
                self.dropped += 1

    def close(self, wait_s: float) -> int:
        """Take no more questions, wait at most ``wait_s`` for those there are, and return how many were left."""
        queue = self._ours()
        with queue.changed:
            self._closed = True
            queue.changed.notify_all()
            queue.changed.wait_for(lambda: not queue.questions and not queue.busy, wait_s)
            left = len(queue.questions) + queue.busy
            self.dropped += len(queue.questions)
            queue.questions.clear()
        if self.dropped or self.failed:
            _log.warning("shadows: %d questions dropped, %d signals not taken", self.dropped, self.failed)
        return left

    def _begin(self) -> _Queue:
        queue = _Queue()
        for _ in range(self._threads if self.enabled else 0):
            Thread(target=self._work, args=(queue,), name="tipbandit-shadow", daemon=True).start()
        return queue

    def _ours(self) -> _Queue:
        if self._queue.pid != os.getpid():  # forked: the threads stayed behind, and perhaps the lock is held
            self._queue = self._begin()
        return self._queue

    def _put(self, question: _Question) -> None:
        queue = self._ours()
        with queue.changed:
            if self._closed or len(queue.questions) >= self._queue_size:
                self.dropped += 1
            else:
                queue.questions.append(question)
                queue.changed.notify()

    def _work(self, queue: _Queue) -> None:
        while True:
            with queue.changed:
                queue.changed.wait_for(lambda: queue.questions or self._closed)
                if not queue.questions:
                    return
                question = queue.questions.popleft()
                queue.busy += 1
            taken = self._quietly(partial(self._answer, question))
            if not queue.questions:
                self._quietly(self._sink.flush)
            with queue.changed:
                self.failed += not taken
                queue.busy -= 1
                queue.changed.notify_all()

    def _answer(self, question: _Question) -> None:
        self._sink.publish(question.ask(self._scorer))

    def _quietly(self, call: Callable[[], None]) -> bool:
        try:
            call()
        except BaseException as error:  # noqa: BLE001  a sink may fail in any way too
            _log.warning("a sink failed: %s", type(error).__name__)
            return False
        return True


def _sense(answer: object, request: ScoreRequest, policy: str) -> tuple[tuple[Ranked, ...], str, bool]:
    """Return ranking, chosen tip and degradation of an answer to the question.

    Raises:
        NonsenseError: if it is none.
        Exception: whatever else an object that is no answer raises.
    """
    if not isinstance(answer, ScoreResponse) or answer.policy != policy:
        raise NonsenseError
    # As it would come over the wire: rows that somebody made in this process were held to nothing yet.
    ranking = _RANKING.validate_json(json.dumps([asdict(row) for row in answer.ranking]))
    propensities = {row.tip_id: row.propensity for row in ranking}
    asked = {candidate.tip_id for candidate in request.candidates}
    adds_up = abs(math.fsum(propensities.values()) - 1) <= _SLACK
    chosen = abs(propensities[answer.tip_id] - answer.propensity) <= _SLACK
    if len(ranking) != len(asked) or propensities.keys() != asked or not (adds_up and chosen):
        raise NonsenseError
    return ranking, answer.tip_id, bool(answer.degraded)
