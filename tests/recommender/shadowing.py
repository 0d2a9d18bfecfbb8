"""What the tests of shadows share: a question, answers to it, scorers that misbehave, and a sink that remembers."""

import threading
from dataclasses import dataclass, field
from threading import Event
from typing import Final
from uuid import UUID

from tipbandit.contracts.inputs import Candidate, Context
from tipbandit.contracts.score import Ranked, ScoreRequest, ScoreResponse
from tipbandit_recommender.shadows import Scorer, Shadows
from tipbandit_recommender.sinks import ShadowSignal

DECISION: Final = UUID("019aac20-0000-7000-8000-000000000001")
SHADOW_DECISION: Final = UUID("019aac20-0000-7000-8000-00000000beef")
V2: Final = "egreedy-v2-shadow"
LONG_S: Final = 60.0
"""Longer than any test takes that does not fail."""


def request() -> ScoreRequest:
    """Return a question about three tips."""
    tips = [Candidate(tip_id=name) for name in ("a", "b", "c")]
    return ScoreRequest(user_id="user-17", context=Context(hour=8.5, weekday=0), candidates=tips)


def shown(tip_id: str = "b") -> ScoreResponse:
    """Return what was shown."""
    return ScoreResponse(
        decision_id=DECISION,
        decision="the-token-of-what-was-shown",
        policy="linucb/v1",
        tip_id=tip_id,
        propensity=1.0,
        ranking=(Ranked(tip_id=tip_id, score=1.0, propensity=1.0),),
        degraded=False,
    )


def answer(asked: ScoreRequest, policy: str) -> ScoreResponse:
    """A scorer that prefers the tips in the order of the request."""
    propensities = (0.5, 0.25, 0.25)
    rows = zip(asked.candidates, propensities, strict=True)
    return ScoreResponse(
        decision_id=SHADOW_DECISION,
        decision="the-token-of-a-shadow",
        policy=policy,
        tip_id="a",
        propensity=0.5,
        ranking=tuple(Ranked(tip_id=tip.tip_id, score=each, propensity=each) for tip, each in rows),
        degraded=False,
    )


@dataclass
class Recorder:
    """A sink that keeps what it gets."""

    signals: list[ShadowSignal] = field(default_factory=list)
    flushed: int = 0

    def publish(self, signal: ShadowSignal) -> None:
        """See ``Sink.publish``."""
        self.signals.append(signal)

    def flush(self) -> None:
        """See ``Sink.flush``: how many signals are through by now."""
        self.flushed = len(self.signals)


@dataclass
class Stalled:
    """A scorer that says when it was asked and does not answer before it may."""

    asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    may_answer: Event = field(default_factory=Event)

    def __call__(self, question: ScoreRequest, policy: str) -> ScoreResponse:
        """Wait, then answer."""
        self.asked.release()
        self.may_answer.wait()
        return answer(question, policy)


def observed(scorer: Scorer, *, times: int = 1, deadline_s: float = LONG_S) -> list[ShadowSignal]:
    """What one thread publishes of ``times`` observations."""
    sink = Recorder()
    shadows = Shadows(scorer, sink, [V2], threads=1, deadline_s=deadline_s)
    for _ in range(times):
        shadows.observe(request(), shown())
    assert shadows.close(LONG_S) == 0
    assert sink.flushed == len(sink.signals) == times
    return sink.signals


def raises(error: BaseException) -> Scorer:
    """Return a scorer that raises ``error``."""

    def scorer(_request: ScoreRequest, _policy: str) -> ScoreResponse:
        raise error

    return scorer
