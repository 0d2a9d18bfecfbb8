"""Shadows: what they say becomes a signal, and nothing they decide can be rewarded."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from tests.recommender.shadowing import (
    DECISION,
    LONG_S,
    SHADOW_DECISION,
    V2,
    Recorder,
    Stalled,
    answer,
    observed,
    raises,
    request,
    shown,
)
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.policies.registry import POLICIES
from tipbandit_recommender.shadows import SHADOWS, Shadows, enabled_shadows
from tipbandit_recommender.sinks import ShadowSignal


@pytest.fixture
def stalled() -> Iterator[Stalled]:
    scorer = Stalled()
    yield scorer
    scorer.may_answer.set()


def test_every_policy_has_a_shadow_and_none_is_enabled_by_default() -> None:
    before = set(threading.enumerate())
    sink = Recorder()
    shadows = Shadows(raises(AssertionError()), sink)
    shadows.observe(request(), shown())

    assert SHADOWS["egreedy-v2-shadow"] == "egreedy/v2"
    assert sorted(SHADOWS.values()) == sorted(POLICIES)
    assert (enabled_shadows({}), enabled_shadows({"TIP_SHADOWS": " "}), shadows.enabled) == ((), (), ())
    assert set(threading.enumerate()) <= before
    assert (shadows.close(LONG_S), sink.signals, shadows.dropped) == (0, [], 0)


def test_the_environment_enables_those_it_names() -> None:
    named = enabled_shadows({"TIP_SHADOWS": "egreedy-v2-shadow, linucb-v1-shadow"})

    assert named == ("egreedy-v2-shadow", "linucb-v1-shadow")


def test_every_unknown_shadow_and_every_repetition_stands_in_one_error() -> None:
    with pytest.raises(ValueError, match="TIP_SHADOWS") as raised:
        enabled_shadows({"TIP_SHADOWS": f"egreedy/v2,{V2},nobody,{V2},"})

    wrong = ["egreedy/v2", "nobody", ""]
    assert [
        name for name in wrong if f"{name!r} is no shadow (there are egreedy-v1-shadow, " in str(raised.value)
    ] == wrong
    assert f"{V2!r} stands there 2 times" in str(raised.value)
    with pytest.raises(ValueError, match="'nobody' is no shadow"):
        Shadows(answer, Recorder(), ["nobody"])


@pytest.mark.parametrize(("tip_id", "agrees"), [("a", True), ("b", False)])
def test_a_signal_is_what_the_shadow_says_beside_what_was_shown(tip_id: str, *, agrees: bool) -> None:
    sink = Recorder()
    shadows = Shadows(answer, sink, [V2], deadline_s=LONG_S)
    shadows.observe(request(), shown(tip_id))
    shadows.close(LONG_S)

    (signal,) = sink.signals
    assert signal.latency_ms is not None
    assert signal.model_copy(update={"latency_ms": None}) == ShadowSignal(
        signal="shadow:egreedy-v2-shadow",
        decision_id=DECISION,
        user_id="user-17",
        policy="egreedy/v2",
        tip_id="a",
        ranking=answer(request(), "egreedy/v2").ranking,
        agrees=agrees,
        degraded=False,
    )


def test_each_enabled_shadow_is_asked_once_and_signalled_once() -> None:
    sink = Recorder()
    shadows = Shadows(answer, sink, [*SHADOWS], deadline_s=LONG_S)
    shadows.observe(request(), shown())
    shadows.close(LONG_S)

    assert {each.signal: each.policy for each in sink.signals} == {
        f"shadow:{name}": key for name, key in SHADOWS.items()
    }
    assert len(sink.signals) == len(SHADOWS)


def test_nothing_that_could_reward_a_shadow_is_published_or_kept() -> None:
    answers: list[weakref.ref[ScoreResponse]] = []

    def scorer(question: ScoreRequest, policy: str) -> ScoreResponse:
        said = answer(question, policy)
        answers.append(weakref.ref(said))
        return said

    (signal,) = observed(scorer)
    for thread in threading.enumerate():
        if thread.name == "within":  # the call's own thread, which is about to end
            thread.join()
    gc.collect()

    assert signal.error is None
    for kept in ("token", str(SHADOW_DECISION), "linucb"):
        assert kept not in signal.model_dump_json()
    assert [ref() for ref in answers] == [None]


def test_what_was_shown_is_not_kept_while_a_shadow_waits(stalled: Stalled) -> None:
    shadows = Shadows(stalled, Recorder(), [V2], deadline_s=LONG_S)
    real = shown()
    kept = weakref.ref(real)
    shadows.observe(request(), real)
    stalled.asked.acquire()
    del real

    assert kept() is None


def test_observing_returns_while_the_shadow_is_still_thinking(stalled: Stalled) -> None:
    sink = Recorder()
    shadows = Shadows(stalled, sink, [V2], deadline_s=LONG_S)
    shadows.observe(request(), shown())
    stalled.asked.acquire()
    assert sink.signals == []

    stalled.may_answer.set()
    assert shadows.close(LONG_S) == 0
    assert [each.error for each in sink.signals] == [None]


def test_what_a_shadow_does_to_the_question_is_not_seen_by_who_asked() -> None:
    def scorer(question: ScoreRequest, policy: str) -> ScoreResponse:
        said = answer(question, policy)
        question.candidates.clear()
        return said

    sink = Recorder()
    shadows = Shadows(scorer, sink, [*SHADOWS], deadline_s=LONG_S)
    asked = request()
    shadows.observe(asked, shown())
    shadows.close(LONG_S)

    assert asked == request()
    assert [each.error for each in sink.signals] == [None] * len(SHADOWS)
