"""POST /reset."""

from tipbandit.contracts.fields import Identifier, Wire


class ResetRequest(Wire):
    """Whose states to clear."""

    user_id: Identifier
    """The caller's id of the user."""


class ResetResponse(Wire):
    """What was cleared: every policy, at once."""

    user_id: Identifier
    policies: tuple[str, ...]
    """The policies cleared."""
