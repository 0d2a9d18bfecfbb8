"""The parts that several requests share: context, candidate, profile."""

from collections.abc import Sequence
from typing import Self, TypeVar

from tipbandit.contracts.fields import Identifier, Wire, bounded

T = TypeVar("T")


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


class CandidateColumns(Wire):
    """The candidates of a request by column, each in their order; null where no candidate has a value.

    As they are logged: names are said once, and not once a candidate, which is how Parquet keeps them too.
    """

    tip_id: tuple[Identifier, ...]
    priority: tuple[float | None, ...] | None
    due_in_hours: tuple[float | None, ...] | None
    age_hours: tuple[float | None, ...] | None
    prompt_version: tuple[Identifier | None, ...] | None

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> Self:
        """Return the columns of at least one candidate, which were checked when they were made."""
        return cls.model_construct(
            None,
            tip_id=tuple([each.tip_id for each in candidates]),
            priority=_known([each.priority for each in candidates]),
            due_in_hours=_known([each.due_in_hours for each in candidates]),
            age_hours=_known([each.age_hours for each in candidates]),
            prompt_version=_known([each.prompt_version for each in candidates]),
        )


def _known(column: list[T | None]) -> tuple[T | None, ...] | None:
    return None if column.count(None) == len(column) else tuple(column)


class ProfileFeatures(Wire):
    """What the recommender knows of the user; an absent number takes its documented neutral default."""

    completion_rate: float | None = bounded("completion_rate")
    dismiss_rate: float | None = bounded("dismiss_rate")
    mean_dwell_s: float | None = bounded("mean_dwell_s")
    preferred_hour: float | None = bounded("preferred_hour")
    tips_30d: int | None = bounded("tips_30d")
