"""What a sink writes is what the schema of shadow signals says, whole and in JSON."""

import json
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from tests.contract.contracts import contract, validator
from tipbandit.contracts.score import Ranked
from tipbandit_recommender.sinks import JsonlSink, ShadowSignal

SCHEMA: Final = contract("shadow_signal.schema.json")
ASKED: Final[dict[str, Any]] = {
    "signal": "shadow:egreedy-v2-shadow",
    "decision_id": UUID("019a0000-0000-7000-8000-000000000000"),
    "user_id": "user-17",
    "policy": "egreedy/v2",
    "latency_ms": 4.2,
}
ANSWER: Final[dict[str, Any]] = {
    "tip_id": "water-the-plants",
    "ranking": (Ranked(tip_id="water-the-plants", score=0.3, propensity=1.0),),
    "agrees": True,
    "degraded": False,
}


def published(tmp_path: Path, **given: object) -> Any:  # noqa: ANN401  (JSON)
    sink = JsonlSink(tmp_path / "signals.jsonl")
    sink.publish(ShadowSignal(**ASKED | given))
    return json.loads((tmp_path / "signals.jsonl").read_text())


@pytest.mark.parametrize("given", [ANSWER, {"error": "deadline"}, {"error": "nonsense", "latency_ms": None}])
def test_what_is_published_is_as_the_schema_says(given: dict[str, Any], tmp_path: Path) -> None:
    validator(SCHEMA, SCHEMA).validate(published(tmp_path, **given))


@pytest.mark.parametrize("field", sorted(SCHEMA["properties"]))
def test_every_field_is_always_there(field: str, tmp_path: Path) -> None:
    signal = published(tmp_path, **ANSWER)
    del signal[field]

    assert not validator(SCHEMA, SCHEMA).is_valid(signal)


def test_a_signal_carries_nothing_else(tmp_path: Path) -> None:
    signal = published(tmp_path, **ANSWER)

    assert not validator(SCHEMA, SCHEMA).is_valid(signal | {"decision": "a token that could be rewarded"})
