"""Hostile signals, and requests that carry them beside harmless ones."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from tipbandit.contracts.generate import GenerateRequest

USER: Final = "u-1"
Where = Literal["task", "note", "reaction", "locale"]


@dataclass(frozen=True)
class Part:
    """One text of the signals: where it stands, and what it says."""

    where: Where
    text: str


@dataclass(frozen=True)
class Hostile:
    """One entry of the corpus; ``parts`` are one text, or two that belong together."""

    name: str
    parts: tuple[Part, ...]

    def harmless(self) -> "Hostile":
        """Return the same with texts that want nothing, each another."""
        quiet = ((part, _QUIET_LOCALE if part.where == "locale" else f"Rest {k}") for k, part in enumerate(self.parts))
        return replace(self, parts=tuple(Part(part.where, text) for part, text in quiet))


_QUIET_LOCALE: Final = "pt-BR"


def corpus() -> dict[str, Hostile]:
    """Return the whole corpus by name, which tells the group too."""
    groups: dict[str, list[dict[str, Any]]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    named = {f"{group}: {entry['name']}": entry for group, entries in groups.items() for entry in entries}
    return {name: Hostile(name, _parts(entry)) for name, entry in named.items()}


def _parts(entry: dict[str, Any]) -> tuple[Part, ...]:
    texts = [entry, entry["also"]] if "also" in entry else [entry]
    return tuple(Part(each["where"], each["text"]) for each in texts)


def signals(*parts: Part) -> dict[str, Any]:
    """Return the signals of a user whose day has nothing hostile in it but ``parts``, in the middle of each list."""
    texts = {where: [part.text for part in parts if part.where == where] for where in ("task", "note", "reaction")}
    locales = [part.text for part in parts if part.where == "locale"]
    taken = [{"reaction": "dismissed", "kind": "break", "text": text, "hours_ago": 5} for text in texts["reaction"]]
    return {
        "local_time": {"hour": 8.5, "weekday": 1},
        "locale": (locales or ["de"])[0],
        "open_tasks": [
            {"title": "Pay the rent", "due_in_hours": 2, "priority": 0.9},
            *({"title": text, "due_in_hours": 5, "priority": 0.5, "age_hours": 30} for text in texts["task"]),
            {"title": "Sort the photos", "age_hours": 400},
        ],
        "calendar": {"meetings_left": 2, "free_in_hours": 0.5},
        "reactions": [
            {"reaction": "completed", "kind": "habit", "text": "Drink some water", "hours_ago": 1},
            *taken,
            {"reaction": "ignored", "hours_ago": 40},
        ],
        "notes": ["Gets up early", *texts["note"], "Has a dog"],
    }


def request(*parts: Part, version: str, user_id: str = USER, **changed: object) -> GenerateRequest:
    """Return a request with ``parts`` in its signals, read as the service reads it."""
    body = {"user_id": user_id, "signals": signals(*parts), "prompt_version": version, **changed}
    return GenerateRequest.model_validate_json(json.dumps(body))
