"""How long one call of a service may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one call may take, in milliseconds; ``read_ms`` is how long nothing may come."""

    connect_ms: int
    read_ms: int
