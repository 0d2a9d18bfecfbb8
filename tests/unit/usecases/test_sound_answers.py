"""No decision leaves, and none is logged, whose numbers are none."""

import numpy as np
import pytest
from pydantic import ValidationError

from tests.unit.wire import score_body
from tipbandit.adapters.memory import FixedKeys, ManualClock, MemoryStateStore, MemoryTelemetry
from tipbandit.contracts.score import ScoreRequest
from tipbandit.decisions import KeyRing
from tipbandit.policies.policy import Choice
from tipbandit.policies.registry import POLICIES
from tipbandit.usecases import score

_TIPS = [{"tip_id": "a"}, {"tip_id": "b"}]


@pytest.mark.parametrize("shown", [0, 1])
@pytest.mark.parametrize(
    ("scores", "propensities"),
    [
        ([0.5, float("nan")], [0.5, 0.5]),
        ([float("inf"), 0.5], [0.5, 0.5]),
        ([0.5, 0.4], [1.1, 0.0]),
        ([0.5, 0.4], [1.0, -0.1]),
        ([0.5, 0.4], [float("nan"), 1.0]),
    ],
)
def test_a_choice_that_is_none_is_neither_answered_nor_logged(
    scores: list[float], propensities: list[float], shown: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    telemetry = MemoryTelemetry()
    keys = FixedKeys(KeyRing("k1", {"k1": "x" * 32}))
    choice = Choice(shown, np.array(scores), np.array(propensities))
    monkeypatch.setattr(score, "choose", lambda *_: choice)
    asked = ScoreRequest.model_validate(score_body(candidates=_TIPS))

    with pytest.raises(ValidationError):
        score.Score(MemoryStateStore(), keys, ManualClock(), telemetry)(POLICIES["egreedy/v1"], asked)

    assert telemetry.events == []
