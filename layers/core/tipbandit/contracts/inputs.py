"""The parts that several requests share: context, candidate, profile."""

from tipbandit.contracts.fields import Identifier, Wire, bounded


class Context(Wire):
    """When the decision is made."""

    hour: float = bounded("hour")
    weekday: int = bounded("weekday")


class Candidate(Wire):
    """A tip up for scoring; an absent number takes its documented default."""

    tip_id: Identifier
    """The caller's id of the tip; unique among the candidates."""
    priority: float | None = bounded("priority")
    due_in_hours: float | None = bounded("due_in_hours")
    age_hours: float | None = bounded("age_hours")
    prompt_version: Identifier | None = None
    """The prompt version the tip was generated with; it comes back in the reward event."""


class ProfileFeatures(Wire):
    """What the recommender knows of the user; an absent number takes its documented neutral default."""

    completion_rate: float | None = bounded("completion_rate")
    dismiss_rate: float | None = bounded("dismiss_rate")
    mean_dwell_s: float | None = bounded("mean_dwell_s")
    preferred_hour: float | None = bounded("preferred_hour")
    tips_30d: int | None = bounded("tips_30d")
