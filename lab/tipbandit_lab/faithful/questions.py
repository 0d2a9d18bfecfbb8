"""What a user's app knows of a moment, in the service's own types: what it asks with, and what it keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, cast

import numpy as np

from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.contracts.reward import Reaction
from tipbandit_lab.moments import REACTIONS, Moment, Reactions
from tipbandit_recommender import Shown

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Question:
    """What one user's app asks at one moment.

    Attributes:
        user_id: who the user is to the service.
        context: when it is for the user.
        candidates: the tips; candidate k has the id ``k``.
        profile_features: what the recommender knows of the user; None for a persona without a profile.
    """

    user_id: str
    context: Context
    candidates: Sequence[Candidate]
    profile_features: ProfileFeatures | None


def question(moment: Moment, user: int, user_id: str, profile: ProfileFeatures | None) -> Question:
    """Return what the ``user``-th user's app asks; the service is never told of which kind a tip is."""
    tips = moment.tips
    columns = zip(tips.priority[:, user], tips.due_in_hours[:, user], tips.age_hours[:, user], strict=True)
    candidates = [
        Candidate(tip_id=str(place), priority=_known(priority), due_in_hours=_known(due), age_hours=_known(age))
        for place, (priority, due, age) in enumerate(columns)
    ]
    context = Context(hour=float(moment.hour[user]), weekday=int(moment.weekday[user]))
    return Question(user_id, context, candidates, profile)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def moment_of(at_ms: int) -> datetime:
    """Return the time of Unix milliseconds, exactly."""
    return _EPOCH + timedelta(milliseconds=at_ms)


def named(reaction: int) -> Reaction:
    """Return the name of a reaction's code."""
    return cast("Reaction", REACTIONS[reaction])


def remembered(moment: Moment, reactions: Reactions, user: int) -> Shown:
    """Return what the ``user``-th user's app keeps of a tip it showed."""
    return Shown(
        shown_at=moment_of(int(moment.at_ms[user])),
        hour=float(moment.hour[user]),
        reaction=named(int(reactions.reaction[user])),
        dwell_s=float(reactions.dwell_s[user]),
    )
