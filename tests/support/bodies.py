"""Request bodies, good as they are and changed as a test wants."""

import os
import time
from typing import Any, Final

from tipbandit.ids import ENTROPY_BYTES, uuid7

USER: Final = "u-1"
CONTEXT: Final = {"hour": 8.5, "weekday": 1}
CANDIDATES: Final = (
    {"tip_id": "stretch", "priority": 0.8, "due_in_hours": 6, "age_hours": 12, "prompt_version": "v1"},
    {"tip_id": "water", "priority": 0.4, "age_hours": 48, "prompt_version": "v2"},
    {"tip_id": "walk"},
)
DAY_MS: Final = 86_400_000


def scoring(**changed: object) -> dict[str, Any]:
    """Return the body of a POST /score."""
    return {"user_id": USER, "context": CONTEXT, "candidates": CANDIDATES, **changed}


def rewarding(**changed: object) -> dict[str, Any]:
    """Return the body of a POST /reward without a token, for a decision made now."""
    made = {"decision_id": decision_id(), "user_id": USER, "context": CONTEXT, "candidate": CANDIDATES[0]}
    return {**made, "reward": 1, **changed}


def decision_id(ago_ms: int = 0) -> str:
    """Return the id of a decision made ``ago_ms`` milliseconds ago."""
    return str(uuid7(time.time_ns() // 1_000_000 - ago_ms, os.urandom(ENTROPY_BYTES)))
