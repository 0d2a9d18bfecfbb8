"""A model card as data: everything it says, and nothing that a person typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and its two-sided interval; None: there is none."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One group of users.

    Attributes:
        name: of the group.
        meaning: who belongs to it, in words.
        decisions: of theirs, with a reward.
        users: how many.
        reward: what they got per decision from who served.
        candidate: what the candidate would have earned with them; None where the data do not support a number.
        incumbent: the incumbent.
        advantage: the difference.
        refused: why there are no numbers.
    """

    name: str
    meaning: str
    decisions: int
    users: int
    reward: Amount | None = None
    candidate: Amount | None = None
    incumbent: Amount | None = None
    advantage: Amount | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """What exploration cost a policy that served.

    Attributes:
        policy: its key.
        decisions: that were rewarded.
        explored: how many of them showed what was not thought best.
        share: of all of them.
        best: mean reward of the others.
        other: mean reward of those that explored.
        lost: reward that a decision lost by it, in the mean; None where all or none explored.
    """

    policy: str
    decisions: int
    explored: int
    share: float
    best: Amount | None = None
    other: Amount | None = None
    lost: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One feature of the policy: its formula, its range and its default; the inputs it is made from."""

    name: str
    formula: str
    inputs: tuple[str, ...]
    low: float
    high: float
    default: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The card of one version.

    Attributes:
        candidate: key of its policy.
        incumbent: key of the policy it was compared with.
        prior: version of its population prior; None: the plain ridge.
        prior_about: where that came from; empty if it was learned elsewhere, or there is none.
        date: when the gate decided, ISO 8601.
        feature_set: the name of its features.
        schema_fingerprint: that a state learned with them carries.
        features: the features, in the order of x.
        parameters: of the policy.
        lineage: of the lake, as ``pipeline.lineage`` gives it.
        lake: what the lake holds, as ``lake.report`` gives it.
        profiles: how many users have a profile, and as of when.
        evaluation: as ``evaluation.record`` gives it.
        segments: everybody, and groups of users.
        explorations: what exploration cost those who served.
        gate: the decision, as ``gate.record`` gives it, without the configuration of the run.
        people: users of each persona and seed in the gate's run, and its days, moments and candidates.
        code_version: of the code that simulated.
        pipeline_code: of the steps before the gate.
        commit: of the repository; None without Git.
        format: of this card.
    """

    candidate: str
    incumbent: str
    prior: str | None
    prior_about: Mapping[str, Any]
    date: str
    feature_set: str
    schema_fingerprint: str
    features: tuple[Row, ...]
    parameters: Mapping[str, Any]
    lineage: Mapping[str, Any]
    lake: Mapping[str, Any]
    profiles: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    segments: tuple[Segment, ...]
    explorations: tuple[Exploration, ...]
    gate: Mapping[str, Any]
    people: Mapping[str, Any]
    code_version: str
    pipeline_code: str
    commit: str | None
    format: int = FORMAT


_CARD: Final = TypeAdapter(Card)


def dumps(card: Card) -> bytes:
    """Return a card as JSON."""
    return to_json(card, indent=1) + b"\n"


def loads(text: bytes) -> Card:
    """Return the card that a JSON text holds.

    Raises:
        ValueError: if it is none; every wrong field is named.
    """
    try:
        return _CARD.validate_json(text)
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError(f"no model card: {'; '.join(wrong)}") from None
