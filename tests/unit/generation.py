"""What the tests of generation build on and draw from: prompt versions, questions, answers, signals."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from hypothesis import strategies as st

from tests.unit.strategies import contexts, legal
from tipbandit.context.assemble import assemble
from tipbandit.context.model import PromptContext
from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.contracts.reward import Reaction
from tipbandit.contracts.signals import (
    MAX_NOTE_CHARS,
    MAX_NOTES,
    MAX_REACTIONS,
    MAX_TASKS,
    MAX_TITLE_CHARS,
    CalendarLoad,
    OpenTask,
    PastReaction,
    Signals,
)
from tipbandit.contracts.tip import MAX_TEXT_CHARS, Kind
from tipbandit.errors import InvalidPromptError
from tipbandit.ports.generation import Ask, Turn
from tipbandit.prompts.prompt import Prompt, load
from tipbandit.prompts.template import parsed

_FOLDER: Final = Path(__file__).parents[2] / "shared" / "prompts"
DOCUMENTS: Final[Mapping[str, bytes]] = {path.stem: path.read_bytes() for path in sorted(_FOLDER.glob("*.yaml"))}
"""Every shipped prompt version as it is published."""
SHIPPED: Final[Mapping[str, Prompt]] = {version: load(version, raw) for version, raw in DOCUMENTS.items()}
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


def schema(*, max_chars: int = 200, kinds: tuple[str, ...] = KINDS, due: bool = True) -> dict[str, Any]:
    """Return a prompt's JSON Schema."""
    properties: dict[str, Any] = {
        "text": {"type": "string", "minLength": 1, "maxLength": max_chars},
        "kind": {"type": "string", "enum": list(kinds)},
        "priority": {"type": "number", "minimum": 0, "maximum": 1},
    }
    tip = {
        "type": "object",
        "properties": properties | ({"due_in_hours": {"type": "number"}} if due else {}),
        "required": ["text", "kind", "priority"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"tips": {"type": "array", "items": tip}},
        "required": ["tips"],
        "additionalProperties": False,
    }


def written(**changed: Any) -> dict[str, Any]:  # noqa: ANN401  any YAML
    """Return a good prompt version with some fields changed, or taken out where they are None."""
    good = {
        "version": "x",
        "note": "For tests.",
        "system": "Write tips as JSON.",
        "user": "Write {{ n }} tips.",
        "placeholders": ["n"],
        "sampling": {"max_tokens": 500},
        "output_schema": schema(),
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def document(**changed: Any) -> bytes:  # noqa: ANN401  any YAML
    """Return ``written`` as a document; JSON is YAML."""
    return json.dumps(written(**changed), ensure_ascii=False).encode()


def problems(raw: bytes, version: str = "x") -> tuple[str, ...]:
    """Return what is wrong with the format of a document; nothing where it is taken."""
    try:
        parsed(version, raw)
    except InvalidPromptError as error:
        return error.problems
    return ()


def wrong_with(user: str, *listed: str) -> list[str]:
    """Return what is wrong with a template and the list of its placeholders; nothing where they are taken."""
    try:
        load("x", document(user=user, placeholders=list(listed)))
    except InvalidPromptError as error:
        return [problem.removeprefix("user: ") for problem in error.problems]
    return []


def context(signals: Signals | None = None, profile: ProfileFeatures | None = None, *, n: int = 3) -> PromptContext:
    """Return what a prompt may say of a moment, by default one of which nothing is known."""
    return assemble(signals or Signals(), profile, n=n)


def question(prompt: Prompt, about: PromptContext) -> Ask:
    """Return what a model is asked first."""
    return Ask(
        system=prompt.system,
        turns=(Turn("user", prompt.user(about)),),
        sampling=prompt.template.sampling,
        schema=prompt.template.output_schema,
        n=about.n,
        context=about,
    )


def draft(text: object = "Drink a glass of water.", **changed: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON
    """Return a tip as a model writes it."""
    return {"text": text, "kind": "habit", "priority": 0.5, **changed}


def answer(*drafts: object) -> str:
    """Return an answer of the right form."""
    return json.dumps({"tips": list(drafts)})


RICH: Final = Signals.model_validate(
    {
        "local_time": {"hour": 8.5, "weekday": 0},
        "locale": "pt-BR",
        "open_tasks": [
            {"title": "Pay the rent", "due_in_hours": 5, "priority": 0.9, "age_hours": 72},
            {"title": "Water the plants", "due_in_hours": -50, "priority": 0.1},
            {"title": "Sort the photos"},
        ],
        "calendar": {"meetings_left": 1, "busy_hours": 6.5, "free_in_hours": 0},
        "reactions": [
            {"reaction": "completed", "kind": "habit", "text": "Take a walk.", "hours_ago": 2},
            {"reaction": "dismissed"},
        ],
        "notes": ["Has a dog", "Rises early"],
    }
)
"""A moment of which everything is known, and entries of which little is."""
RICH_PROFILE: Final = ProfileFeatures(
    completion_rate=0.42, dismiss_rate=0.1, mean_dwell_s=12, preferred_hour=18.25, tips_30d=40
)

_FAMILY: Final = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
_AWKWARD: Final = st.sampled_from(
    [
        *(each * 900 for each in ("<[{`}]>", _FAMILY, "\u65e5", "e\u0301\u0323", '"', "\\", "\U0010fffd", "\x00", "a")),
        *("\u200b", " ", "None", "{{ 7*7 }}"),
    ]
)
"""Texts that take many bytes, many escapes, or come to nothing."""


def texts(most: int) -> st.SearchStrategy[str]:
    """Every text of 1 to ``most`` characters that JSON can bring, the awkward ones often."""
    return st.text(min_size=1, max_size=most) | _AWKWARD.map(lambda text: text[:most])


def open_tasks() -> st.SearchStrategy[OpenTask]:
    """Every legal open task."""
    numbers = {name: st.none() | legal(name) for name in ("due_in_hours", "priority", "age_hours")}
    return st.builds(OpenTask, title=texts(MAX_TITLE_CHARS), **numbers)


def past_reactions() -> st.SearchStrategy[PastReaction]:
    """Every legal reaction to an earlier tip."""
    return st.builds(
        PastReaction,
        reaction=st.sampled_from(get_args(Reaction)),
        kind=st.none() | st.sampled_from(KINDS),
        text=st.none() | texts(MAX_TEXT_CHARS),
        hours_ago=st.none() | st.floats(0, 8_760),
    )


def _lists(each: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[Any]:
    """Lists, none at all, and now and then one entry as often as there may be any."""
    repeated = st.builds(lambda entry: [entry] * most, each)
    return st.none() | st.lists(each, max_size=5) | repeated


def moments() -> st.SearchStrategy[Signals]:
    """Every form of legal signals."""
    hours = st.none() | st.floats(0, 24)
    return st.builds(
        Signals,
        local_time=st.none() | contexts(),
        locale=st.none() | st.sampled_from(["en", "de-AT", "zh-Hant-TW"]),
        open_tasks=_lists(open_tasks(), MAX_TASKS),
        calendar=st.none()
        | st.builds(CalendarLoad, meetings_left=st.none() | st.integers(0, 100), busy_hours=hours, free_in_hours=hours),
        reactions=_lists(past_reactions(), MAX_REACTIONS),
        notes=_lists(texts(MAX_NOTE_CHARS), MAX_NOTES),
    )
