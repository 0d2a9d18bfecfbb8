"""POST /reward."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from tipbandit.contracts.fields import MAX_TOKEN_CHARS, Identifier, RewardValue, Wire, bounded
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.ids import is_uuid7

Reaction = Literal["completed", "snoozed", "ignored", "dismissed"]
_NEEDED_WITHOUT_TOKEN = ("decision_id", "user_id", "context", "candidate")
_ONLY_WITHOUT_TOKEN = (*_NEEDED_WITHOUT_TOKEN, "profile_features")


class RewardRequest(Wire):
    """How a decision turned out.

    Send the decision token, or, where it was lost, what the decision was made from; and a reward, or a reaction.
    """

    decision: Annotated[str, Field(min_length=1, max_length=MAX_TOKEN_CHARS)] | None = None
    """The token from the /score answer."""
    decision_id: UUID | None = None
    """Without the token: the decision's id."""
    user_id: Identifier | None = None
    """Without the token: the user's id."""
    context: Context | None = None
    """Without the token: when the decision was made."""
    candidate: Candidate | None = None
    """Without the token: the tip that was shown."""
    profile_features: ProfileFeatures | None = None
    """Without the token: the profile the decision was made with."""
    reward: RewardValue | None = None
    """The reward."""
    reaction: Reaction | None = None
    """What the user did; maps to a reward."""
    dwell_s: float | None = bounded("mean_dwell_s", "how long the user looked at the tip; logged, not learned from")

    @field_validator("decision_id")
    @classmethod
    def _carries_its_time(cls, decision_id: UUID | None) -> UUID | None:
        if decision_id is not None and not is_uuid7(decision_id):
            raise PydanticCustomError("uuid_version", "must be the UUIDv7 that /score answered")
        return decision_id

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        wrong: dict[str, str] = {}
        if self.decision is None:
            missing = [name for name in _NEEDED_WITHOUT_TOKEN if getattr(self, name) is None]
            if len(missing) == len(_NEEDED_WITHOUT_TOKEN):
                wrong["decision"] = "is required (or decision_id, user_id, context and candidate)"
            else:
                wrong |= dict.fromkeys(missing, "is required where there is no decision token")
        else:
            given = [name for name in _ONLY_WITHOUT_TOKEN if getattr(self, name) is not None]
            wrong |= dict.fromkeys(given, "must be absent where there is a decision token, which carries it")
        if self.reward is None and self.reaction is None:
            wrong["reward"] = "is required (or reaction)"
        elif self.reward is not None and self.reaction is not None:
            wrong |= dict.fromkeys(("reward", "reaction"), "only one of reward and reaction may be given")
        if wrong:
            raise PydanticCustomError("form", "the fields do not go together", {"fields": wrong})
        return self


class RewardResponse(Wire):
    """Whether the reward was applied."""

    applied: bool
    """True when this request taught the policy; false when this decision had been rewarded before."""
    policy: str
    """Key of the policy that was taught."""
    n: int
    """How many rewards that policy has learned from this user."""
