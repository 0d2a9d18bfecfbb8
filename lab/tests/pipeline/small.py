"""A run of the pipeline that takes seconds: a lake of a few users, and a gate that can only hold."""

from pathlib import Path
from typing import Any

from tipbandit_lab.lake.filling import Filling, fill
from tipbandit_lab.pipeline.options import Asked
from tipbandit_lab.world import Setting


def fill_lake(place: Path) -> Path:
    fill(Filling(users=24, days=9, moments=3, candidates=4), place)
    return place


def asked(lake: Path, place: Path, **changed: object) -> Asked:
    said: dict[str, Any] = {
        "lake": str(lake),
        "candidate": "linucb/v2",
        "incumbent": "linucb/v1",
        "personas": ("dismisser",),
        "seeds": 2,
        "setting": Setting(users=2, days=5, moments_a_day=2, candidates=3),
        "root": place / "steps",
        "decisions": place / "decisions",
        "registry": f"sqlite:///{place / 'registry' / 'mlflow.db'}",
    }
    return Asked(**{**said, **changed})
