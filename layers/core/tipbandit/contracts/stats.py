"""GET /stats."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from tipbandit.contracts.fields import Identifier, Wire

Condition = Literal["cold", "learned", "reset", "corrupt"]


class StatsRequest(Wire):
    """Whose statistics."""

    user_id: Identifier
    """The caller's id of the user."""


class PolicyStats(Wire):
    """What one policy has learned about one user."""

    state: Condition
    """cold: nothing learned yet; reset: nothing learned since the last reset, or since a damaged state was set aside;
    corrupt: the stored state cannot be used."""
    n: int
    """How many rewards were learned."""
    mean_reward: float | None
    """Their mean; null before the first."""
    theta: dict[str, float] | None
    """The learned weights by feature name; null where the state is damaged."""
    epsilon: float
    """The probability of showing a uniformly random candidate."""
    alpha: float | None
    """What multiplies the confidence width; null for policies that do not use one."""
    discount: float = Field(default=1.0, exclude_if=lambda discount: discount == 1.0)
    """What each reward multiplies the weight of earlier ones by; absent where nothing is forgotten."""
    square_gamma: float | None = Field(default=None, exclude_if=lambda gamma: gamma is None)
    """Explores by inverse gap weighting with this times sqrt(n), the larger the greedier; absent where it does not."""
    prior: Identifier | None = Field(default=None, exclude_if=lambda prior: prior is None)
    """The version of the population prior a known user started from and a new one starts from; absent without one."""
    updated_at: datetime | None
    """When the state last changed (UTC)."""


class StatsResponse(Wire):
    """Per policy key, what was learned about the user."""

    user_id: Identifier
    policies: dict[str, PolicyStats]
