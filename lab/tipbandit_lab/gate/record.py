"""What the gate decided and why, as it is kept: one JSON file for each decision, under version control."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from tipbandit_lab.files import replacing
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.logged import Logged
from tipbandit_lab.gate.measures import Finding, Measure, finite

__all__ = ["FORMAT", "Finding", "Look", "Measure", "Played", "Record", "finite", "read", "stem", "write"]

FORMAT: Final = 2
"""The first knew the simulation alone."""


@dataclass(frozen=True, slots=True)
class Look:
    """How often this comparison has been looked at, and what that costs.

    Attributes:
        number: 1 for the first look at this candidate and incumbent.
        alpha: what this look spends of ``Criteria.alpha``; its interval has confidence 1 - ``alpha``.
        harm_alpha: what it spends of ``Criteria.harm_alpha``: the level of each one-sided bound.
        spent: what all looks so far have spent of ``Criteria.alpha``.
    """

    number: int
    alpha: float
    harm_alpha: float
    spent: float


@dataclass(frozen=True, slots=True)
class Played:
    """What one player earned and missed, per decision, with Student's interval of the look's confidence.

    Attributes:
        player: its name.
        value: expected reward, a mean over personas and days.
        regret: what it missed of the oracle's.
    """

    player: str
    value: Measure
    regret: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One decision of the gate.

    Attributes:
        verdict: what was decided: whether the candidate may serve.
        sentence: the same in words, with the reasons.
        date: when, ISO 8601.
        candidate: who was to be promoted.
        incumbent: against whom.
        look: which look at this comparison it was.
        criteria: the thresholds.
        findings: every criterion of the simulation, met or not.
        bootstrap: the advantage with a BCa interval, for information.
        players: everyone who played, the candidate and the incumbent first.
        fingerprint: names the numbers that were judged; another run, or another code's, has another.
        code_version: of the code that played.
        seeds: the seeds of the run.
        config: the whole configuration of the run.
        challenger: whether the candidate may be asked as a shadow and stand beside the incumbent as its challenger: it
            wins in the simulation, and logged data do not show it to be worse.
        logged: what logged data say; None if they were not asked.
        format: of this record. Decisions of the first were made by the simulation alone.
    """

    verdict: Literal["promote", "hold"]
    sentence: str
    date: str
    candidate: str
    incumbent: str
    look: Look
    criteria: Criteria
    findings: tuple[Finding, ...]
    bootstrap: Measure
    players: tuple[Played, ...]
    fingerprint: str
    code_version: str
    seeds: tuple[int, ...]
    config: Mapping[str, Any]
    challenger: bool = False
    logged: Logged | None = None
    format: int = FORMAT


_RECORD: Final = TypeAdapter(Record)


def stem(candidate: str, incumbent: str, look: int) -> str:
    """Return the name of a record's file, without its suffix."""
    return f"{candidate}-against-{incumbent}-{look}".replace("/", "-")


def write(path: Path, record: Record) -> None:
    """Write a record as JSON, keys sorted. A reader of ``path`` sees the whole record or none of it."""
    text = json.dumps(_RECORD.dump_python(record, mode="json"), indent=2, sort_keys=True, allow_nan=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as written:
        written.write_text(text, encoding="utf-8")


def read(path: Path) -> Record:
    """Return the record at ``path``.

    Raises:
        ValueError: if it is none, or one of another format; every wrong field is named.
    """
    try:
        return _RECORD.validate_json(path.read_bytes())
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError(f"{path}: {'; '.join(wrong)}") from None
