"""What the examples send."""

from collections.abc import Mapping
from typing import Any, Final

Body = dict[str, Any]

USER: Final = "user-17"
PROFILE: Final[Body] = {"completion_rate": 0.42, "dismiss_rate": 0.18, "mean_dwell_s": 12, "preferred_hour": 18}
QUESTION: Final[Body] = {
    "user_id": USER,
    "context": {"hour": 18, "weekday": 4},
    "candidates": [
        {"tip_id": "stretch-your-back", "priority": 0.8, "age_hours": 0, "prompt_version": "v1"},
        {"tip_id": "pay-the-rent", "priority": 0.4, "due_in_hours": 24, "age_hours": 72},
        {"tip_id": "call-your-mother"},
    ],
    "profile_features": PROFILE,
}
MOMENT: Final[Body] = {
    "user_id": USER,
    "signals": {
        "local_time": {"hour": 16.5, "weekday": 4},
        "locale": "en-GB",
        "open_tasks": [
            {"title": "Pay the rent", "due_in_hours": 7, "priority": 0.9, "age_hours": 72},
            {"title": "Find a present for Mum", "due_in_hours": 60},
        ],
        "calendar": {"meetings_left": 1, "busy_hours": 6, "free_in_hours": 0},
        "reactions": [{"reaction": "dismissed", "kind": "habit", "text": "Drink a glass of water.", "hours_ago": 3}],
        "notes": ["Works from home on Fridays."],
    },
    "profile_features": PROFILE,
}
BARE_MOMENT: Final[Body] = {"user_id": USER, "signals": {}, "prompt_version": "v3", "n": 1}
INVALID: Final[Mapping[str, Body]] = {
    "generate": {**MOMENT, "signals": {"locale": "English", "open_tasks": [{"title": ""}]}, "n": 11},
    "score": {**QUESTION, "context": {"hour": 24, "weekday": 4}, "candidates": [{"tip_id": "t", "priority": "high"}]},
    "reward": {"decision": "k1.forged", "reward": 2},
    "stats": {},
    "reset": {"user_id": "Ann Smith"},
}
