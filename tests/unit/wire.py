"""Bodies as a caller writes them, and what a contract says of them."""

import json
from typing import Any, Final

from pydantic import BaseModel, ValidationError

DECISION_ID: Final = "01a0c450-6c00-7000-8203-040506070809"
"""A UUIDv7 of 2026-09."""


class Raw(str):
    """JSON text that stands as it is inside a body: what ``json.dumps`` would never write."""

    __slots__ = ()


def text(body: object) -> str:
    """Return the JSON text of a body, ``Raw`` parts as they are."""
    if isinstance(body, Raw):
        return str(body)
    if isinstance(body, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {text(value)}" for name, value in body.items()) + "}"
    if isinstance(body, list):
        return "[" + ", ".join(map(text, body)) + "]"
    return json.dumps(body)


def score_body(**changed: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON
    """Return a good /score body with some fields changed."""
    good = {"user_id": "user-1", "context": {"hour": 8.5, "weekday": 0}, "candidates": [{"tip_id": "t"}]}
    return {**good, **changed}


def parts_body(**changed: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON
    """Return a good /reward body without a token, with some fields changed."""
    good = {
        "decision_id": DECISION_ID,
        "user_id": "user-1",
        "context": {"hour": 8.5, "weekday": 0},
        "candidate": {"tip_id": "t"},
        "reward": 1,
    }
    return {**good, **changed}


def refusals(model: type[BaseModel], body: object) -> dict[str, str]:
    """Return what is wrong with a body: problem by dotted field, empty where nothing is."""
    try:
        model.model_validate_json(text(body))
    except ValidationError as error:
        return {".".join(map(str, each["loc"])): each["type"] for each in error.errors()}
    return {}
