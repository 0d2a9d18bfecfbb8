"""Shadows: whatever one of them does, or its sink, is counted and not felt."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from tests.recommender.shadowing import LONG_S, V2, Recorder, Stalled, answer, observed, raises, request, shown
from tipbandit.contracts.score import Ranked, ScoreRequest, ScoreResponse
from tipbandit_recommender.shadows import Scorer, Shadows
from tipbandit_recommender.sinks import ShadowSignal

FORK: Final = """
import os
from tests.recommender.shadowing import V2, Recorder, answer, request, shown
from tipbandit_recommender.shadows import Shadows

sink = Recorder()
shadows = Shadows(answer, sink, [V2], deadline_s=60)
child = os.fork()
for _ in range(5):
    shadows.observe(request(), shown())
left = shadows.close(60)
if child:
    os.waitpid(child, 0)
print(left, [each.error for each in sink.signals], shadows.dropped)
"""


@pytest.fixture
def stalled() -> Iterator[Stalled]:
    scorer = Stalled()
    yield scorer
    scorer.may_answer.set()


def test_a_full_queue_drops_and_counts(stalled: Stalled) -> None:
    """One is being asked, two wait, three are dropped."""
    sink = Recorder()
    shadows = Shadows(stalled, sink, [V2], threads=1, queue_size=2, deadline_s=LONG_S)
    shadows.observe(request(), shown())
    stalled.asked.acquire()
    for _ in range(5):
        shadows.observe(request(), shown())
    assert shadows.dropped == 3

    stalled.may_answer.set()
    assert shadows.close(LONG_S) == 0
    assert len(sink.signals) == 3


def test_a_shadow_that_stalls_is_given_up_at_its_deadline_and_the_next_is_asked(stalled: Stalled) -> None:
    """One thread, and a scorer that never comes back from its first question."""
    scorers: Iterator[Scorer] = iter((stalled, answer))
    given_up = threading.Event()

    class Telling(Recorder):
        def flush(self) -> None:
            super().flush()
            given_up.set()

    def scorer(question: ScoreRequest, policy: str) -> ScoreResponse:
        return next(scorers)(question, policy)

    sink = Telling()
    shadows = Shadows(scorer, sink, [V2], threads=1, deadline_s=1)
    shadows.observe(request(), shown())
    given_up.wait()
    shadows.observe(request(), shown())
    shadows.close(LONG_S)

    assert [(each.error, each.tip_id, each.agrees) for each in sink.signals] == [
        ("deadline", None, None),
        (None, "a", False),
    ]
    assert not stalled.may_answer.is_set()


def test_a_question_whose_deadline_has_passed_is_not_asked() -> None:
    signals = observed(raises(AssertionError()), times=3, deadline_s=0)

    assert [(each.error, each.latency_ms) for each in signals] == [("deadline", None)] * 3


@pytest.mark.parametrize(
    "error", [ValueError("user text"), SystemExit(1), KeyboardInterrupt(), BaseExceptionGroup("", [SystemExit()])]
)
def test_whatever_a_shadow_raises_is_named_in_its_signal_and_ends_no_thread(error: BaseException) -> None:
    signals = observed(raises(error), times=3)

    assert [each.error for each in signals] == [type(error).__name__] * 3
    assert "user text" not in signals[0].model_dump_json()


def changed(**fields: Any) -> Callable[[ScoreRequest, str], ScoreResponse]:  # noqa: ANN401  fields of the answer
    """A scorer whose answer has other fields, checked by nobody."""
    return lambda question, policy: answer(question, policy).model_copy(update=fields)


@pytest.mark.parametrize(
    "scorer",
    [
        lambda _request, _policy: None,
        lambda _request, _policy: {"tip_id": "a"},
        lambda _request, _policy: ScoreResponse.model_construct(),
        changed(policy="linucb/v1"),
        changed(tip_id="d"),
        changed(tip_id=None),
        changed(propensity=0.9),
        changed(propensity=None),
        changed(ranking=()),
        changed(ranking="abc"),
        changed(ranking=answer(request(), "").ranking[:2]),
        changed(ranking=answer(request(), "").ranking * 2),
        changed(ranking=[replace(row, propensity=0.5) for row in answer(request(), "").ranking]),
        changed(ranking=[replace(row, score=float("nan")) for row in answer(request(), "").ranking]),
        changed(ranking=[replace(row, tip_id=f"{row.tip_id}!") for row in answer(request(), "").ranking]),
        changed(ranking=(*answer(request(), "").ranking[:2], Ranked(tip_id="d", score=0.25, propensity=0.25))),
    ],
)
def test_an_answer_that_is_none_is_nonsense(scorer: Scorer) -> None:
    signals = observed(scorer, times=2)

    assert [(each.error, each.tip_id, each.ranking) for each in signals] == [("nonsense", None, ())] * 2


def test_an_observation_that_is_none_is_dropped_not_raised() -> None:
    shadows = Shadows(answer, Recorder(), [V2])
    shadows.observe(request(), None)  # type: ignore[arg-type]

    assert shadows.dropped == 1


@pytest.mark.parametrize("error", [OSError("disk full"), SystemExit(1)])
def test_a_failing_sink_is_counted_and_the_next_signal_is_offered_all_the_same(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Recorder):
        def publish(self, signal: ShadowSignal) -> None:
            super().publish(signal)
            raise error

        def flush(self) -> None:
            raise error

    sink = Failing()
    shadows = Shadows(answer, sink, [V2], threads=1, deadline_s=LONG_S)
    for _ in range(3):
        shadows.observe(request(), shown())

    assert (shadows.close(LONG_S), len(sink.signals), shadows.failed) == (0, 3, 3)
    assert "0 questions dropped, 3 signals not taken" in caplog.text
    assert "disk full" not in caplog.text


def test_closing_waits_no_longer_than_it_is_told_and_says_what_was_left(stalled: Stalled) -> None:
    """One is being asked, two wait: three are left, and the two are never asked."""
    shadows = Shadows(stalled, Recorder(), [V2], threads=1, deadline_s=LONG_S)
    for _ in range(3):
        shadows.observe(request(), shown())
    stalled.asked.acquire()

    assert shadows.close(0) == 3
    assert shadows.dropped == 2
    stalled.may_answer.set()
    assert shadows.close(LONG_S) == 0
    assert not stalled.asked.acquire(blocking=False)


def test_what_is_observed_after_closing_is_dropped() -> None:
    sink = Recorder()
    shadows = Shadows(answer, sink, [V2])
    shadows.close(LONG_S)
    shadows.observe(request(), shown())

    assert (shadows.dropped, sink.signals) == (1, [])


def test_a_forked_process_has_threads_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, check=True)

    assert done.stdout == "0 [None, None, None, None, None] 0\n" * 2
