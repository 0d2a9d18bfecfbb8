"""The logged events: one for every decision and every applied reward, the raw material of evaluation."""

from typing import Literal
from uuid import UUID

from tipbandit.contracts.fields import Identifier, Unit, UserKey, Wire
from tipbandit.contracts.inputs import CandidateColumns, Context, ProfileFeatures


class Event(Wire):
    """What every logged event has."""

    event: str
    """Its kind."""
    schema_version: int


class DecisionEvent(Event):
    """One decision, with all that went into it."""

    event: Literal["decision"] = "decision"
    schema_version: Literal[2] = 2
    decision_id: UUID
    user_id: UserKey
    policy: str
    epoch: int | None
    """The user's epoch (Unix ms of the last reset); null when the state could not be read."""
    state_ver: int | None
    """Version of the state it was made with; null when the state could not be read."""
    prior: Identifier | None
    """Version of the population prior it was made with; null for the plain ridge."""
    context: Context
    profile_features: ProfileFeatures | None
    candidates: CandidateColumns
    """In the order of the request, which is the order of the draw."""
    scores: tuple[float, ...]
    """The policy's score of each candidate, in their order."""
    propensities: tuple[Unit, ...]
    """The probability with which each candidate was to be shown, in their order; they sum to 1."""
    tip_id: Identifier
    prompt_version: Identifier | None
    propensity: Unit
    x: tuple[float, ...]
    """The features of the tip that was shown."""
    explored: bool
    degraded: bool
    shadow: bool
    """Whether the caller said that the tip would not be shown: a policy was asked beside the one that serves."""


class RewardEvent(Event):
    """One applied reward.

    Written after the write is acknowledged. Two duplicates that race while an answer is lost and a third reward comes
    may both write it, with the same ``decision_id``; a process that dies between write and log, or gives up with
    ``outcome_unknown``, writes none.
    """

    event: Literal["reward"] = "reward"
    schema_version: Literal[2] = 2
    decision_id: UUID
    user_id: UserKey
    policy: str
    epoch: int
    tip_id: Identifier
    prompt_version: Identifier | None
    propensity: float | None
    """As it was at decision time; null when the reward came without the decision token."""
    x: tuple[float, ...]
    reward: float
    reaction: str | None
    dwell_s: float | None
    """How long the tip was looked at, in seconds; null where nobody measured."""
    delay_ms: int
    """From decision to reward."""
    n: int


class ResetEvent(Event):
    """One reset."""

    event: Literal["reset"] = "reset"
    schema_version: Literal[1] = 1
    user_id: UserKey
    epoch: int
    policies: tuple[str, ...]
