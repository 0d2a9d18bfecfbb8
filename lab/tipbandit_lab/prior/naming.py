"""What players are called: ``KEY`` is a registered policy, ``KEY@VERSION`` has its users start from a prior."""

from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES


def policy_of(name: str) -> Policy | None:
    """Return the policy that a player is, plain or started from a prior; None for any other player."""
    key, at, version = name.partition("@")
    return POLICIES.get(key) if version or not at else None


def version_of(name: str) -> str | None:
    """Return the version of the prior that a player starts from; None for the plain ridge."""
    return name.partition("@")[2] or None
