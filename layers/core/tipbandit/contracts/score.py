"""POST /score."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from tipbandit.contracts.fields import MAX_CANDIDATES, Identifier, Unit, Wire
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures

_TIP_ID: Final = attrgetter("tip_id")


class ScoreRequest(Wire):
    """Which of these tips should this user see now?"""

    user_id: Identifier
    """The caller's id of the user."""
    context: Context
    candidates: Annotated[list[Candidate], Field(min_length=1, max_length=MAX_CANDIDATES)]
    """The tips to choose from."""
    profile_features: ProfileFeatures | None = None
    """What the recommender knows of the user; policies on the base feature set ignore it."""
    shadow: bool = Field(default=False, exclude_if=lambda shadow: not shadow)
    """True where the answer will not be shown, only compared; the decision is logged as such, and counts as no tip."""

    @field_validator("candidates")
    @classmethod
    def _tip_ids_are_unique(cls, candidates: list[Candidate]) -> list[Candidate]:
        if len(set(map(_TIP_ID, candidates))) == len(candidates):
            return candidates
        first_at: dict[str, int] = {}
        for index, candidate in enumerate(candidates):
            first = first_at.setdefault(candidate.tip_id, index)
            if first != index:
                raise PydanticCustomError(
                    "duplicate_tip_id", f"tip_id must be unique; candidates {first} and {index} share one"
                )
        return candidates


# One is made for every candidate of every answer: a model takes four times as long, a frozen dataclass three times.
@dataclass(slots=True, unsafe_hash=True)
class Ranked:
    """One candidate in the ranking."""

    __pydantic_config__: ClassVar[ConfigDict] = Wire.model_config

    tip_id: Identifier
    score: float
    """The policy's score; comparable within this answer only."""
    propensity: Unit
    """The probability with which this tip was to be shown."""


class ScoreResponse(Wire):
    """The tip to show, and how it was chosen."""

    decision_id: UUID
    """Names this decision; a UUIDv7, so it carries its time."""
    decision: str
    """The signed decision token: send it back with the reward."""
    policy: str
    """Key of the policy that decided."""
    tip_id: Identifier
    """The tip to show."""
    propensity: Unit
    """The probability with which this tip was chosen."""
    ranking: tuple[Ranked, ...]
    """All candidates, the highest score first."""
    degraded: bool
    """True when the user's state could not be read and the answer comes from the cold prior."""
