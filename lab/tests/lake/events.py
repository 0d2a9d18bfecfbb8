"""Events as the service logs them, in its present version and in the first."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from tipbandit.contracts.events import DecisionEvent, RewardEvent
from tipbandit.contracts.inputs import Candidate, CandidateColumns, Context, ProfileFeatures
from tipbandit.ids import uuid7
from tipbandit_lab.lake.writing import Line, rows, stamp, write
from tipbandit_recommender.sinks import ShadowSignal

DAY: Final = date(2026, 1, 5)
NOON: Final = datetime(2026, 1, 5, 12, tzinfo=UTC)

_TIPS: Final = (
    Candidate(tip_id="a", priority=0.25, due_in_hours=-3.0, prompt_version="v2"),
    Candidate(tip_id="b", due_in_hours=8.0),
    Candidate(tip_id="c", priority=1.0),
)
_SCORES: Final = (0.5, 2.0, -1.0)
_PROPENSITIES: Final = (0.1, 0.8, 0.1)
_PROFILE: Final = ProfileFeatures(completion_rate=0.5, tips_30d=7)


def name(number: int = 0, at: datetime = NOON) -> UUID:
    """The id of the decision that was made at a moment."""
    return uuid7(round(at.timestamp() * 1000), number.to_bytes(10, "big"))


def decision(number: int = 0, at: datetime = NOON, **changed: object) -> DecisionEvent:
    made: dict[str, Any] = {
        "decision_id": name(number, at),
        "user_id": "ann",
        "policy": "linucb/v1",
        "epoch": 0,
        "state_ver": 3,
        "prior": None,
        "context": Context(hour=12.5, weekday=0),
        "profile_features": _PROFILE,
        "candidates": CandidateColumns.of(_TIPS),
        "scores": _SCORES,
        "propensities": _PROPENSITIES,
        "tip_id": "b",
        "prompt_version": None,
        "propensity": 0.8,
        "x": (1.0, 0.25),
        "explored": False,
        "degraded": False,
        "shadow": False,
    }
    return DecisionEvent(**{**made, **changed})


def reward(number: int = 0, at: datetime = NOON, **changed: object) -> RewardEvent:
    made: dict[str, Any] = {
        "decision_id": name(number, at),
        "user_id": "ann",
        "policy": "linucb/v1",
        "epoch": 0,
        "tip_id": "b",
        "prompt_version": None,
        "propensity": 0.8,
        "x": (1.0, 0.25),
        "reward": 1.0,
        "reaction": "completed",
        "dwell_s": 4.5,
        "delay_ms": 60_000,
        "n": 1,
    }
    return RewardEvent(**{**made, **changed})


def signal(number: int = 0, at: datetime = NOON, **changed: object) -> ShadowSignal:
    made: dict[str, Any] = {"signal": "shadow:egreedy-v1-shadow", "user_id": "ann", "policy": "egreedy/v1"}
    made |= {"decision_id": name(number, at), "error": "deadline"}
    return ShadowSignal(**{**made, **changed})


def first_decision(number: int = 0, at: datetime = NOON) -> dict[str, Any]:
    """``decision`` as version 1 logged it: candidates one by one, and a ranking, best first."""
    event = decision(number, at).model_dump(mode="json")
    for gone in ("prior", "scores", "propensities"):
        del event[gone]
    ranked = zip(_TIPS, _SCORES, _PROPENSITIES, strict=True)
    ranking = [{"tip_id": tip.tip_id, "score": score, "propensity": chance} for tip, score, chance in ranked]
    ranking.sort(key=lambda row: -float(str(row["score"])))
    tips = [tip.model_dump(mode="json") for tip in _TIPS]
    return {**event, "schema_version": 1, "candidates": tips, "ranking": ranking}


def first_reward(number: int = 0, at: datetime = NOON) -> dict[str, Any]:
    """``reward`` as version 1 logged it: nobody said how long the tip was looked at."""
    event = reward(number, at).model_dump(mode="json")
    del event["dwell_s"]
    return {**event, "schema_version": 1}


def lay(root: Path, table: str, *lines: Line, day: date = DAY, file: str = "some") -> Path:
    """Write lines as the lake's own writer does."""
    return write(root, table, day, file, rows(table, lines))


def lay_as_it_is(root: Path, table: str, *events: Mapping[str, Any], day: date = DAY, file: str = "old") -> Path:
    """Write events with the columns that they happen to have, as a writer of another version does."""
    envelope = {"timestamp": stamp(NOON), "function_version": "1", "correlation_id": "r"}
    path = root / table / f"day={day.isoformat()}" / f"{file}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([{**envelope, "data": dict(event)} for event in events]), path)
    return path


def logged(*events: BaseModel | Mapping[str, Any], at: datetime = NOON) -> Sequence[Line]:
    """Lines that were logged at a moment, a millisecond after the other."""
    return [Line(at + timedelta(milliseconds=place), event) for place, event in enumerate(events)]
