"""Each cap on what /generate takes is probed, at it and beyond, in the model and in the API description."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from pydantic import ValidationError

from codegen.service import Service
from tests.contract.contracts import Tree, contract, validator
from tipbandit.contracts import signals
from tipbandit.contracts.generate import MAX_TIPS, GenerateRequest
from tipbandit.contracts.tip import MAX_TEXT_CHARS
from tipbandit.features.schema import INPUTS

DESCRIBED: Final = validator(contract("openapi.json"), {"$ref": "#/components/schemas/GenerateRequest"})
Place = Callable[[Any], Tree]


def accepted(body: Tree) -> bool:
    """Whether the service takes a body; the API description has to agree."""
    taken = True
    try:
        GenerateRequest.model_validate_json(json.dumps(body))
    except ValidationError:
        taken = False
    assert DESCRIBED.is_valid(body) == taken
    return taken


def request(**fields: object) -> Tree:
    return {"user_id": "u", "signals": {}, **fields}


def known(**fields: object) -> Tree:
    return request(signals=fields)


def task(**fields: object) -> Tree:
    return known(open_tasks=[{"title": "t", **fields}])


def calendar(**fields: object) -> Tree:
    return known(calendar=fields)


def reaction(**fields: object) -> Tree:
    return known(reactions=[{"reaction": "ignored", **fields}])


LISTS: Final[dict[str, tuple[Callable[[int], Tree], int]]] = {
    "open_tasks": (lambda count: known(open_tasks=[{"title": "t"}] * count), signals.MAX_TASKS),
    "reactions": (lambda count: known(reactions=[{"reaction": "ignored"}] * count), signals.MAX_REACTIONS),
    "notes": (lambda count: known(notes=["n"] * count), signals.MAX_NOTES),
}
TEXTS: Final[dict[str, tuple[Callable[[str], Tree], int]]] = {
    "title": (lambda text: task(title=text), signals.MAX_TITLE_CHARS),
    "reaction text": (lambda text: reaction(text=text), MAX_TEXT_CHARS),
    "note": (lambda text: known(notes=[text]), signals.MAX_NOTE_CHARS),
}
NUMBERS: Final[dict[str, tuple[Place, float, float, float]]] = {
    "meetings_left": (lambda value: calendar(meetings_left=value), 0, 100, 1),
    "busy_hours": (lambda value: calendar(busy_hours=value), 0, 24, 0.001),
    "free_in_hours": (lambda value: calendar(free_in_hours=value), 0, 24, 0.001),
    "hours_ago": (lambda value: reaction(hours_ago=value), 0, 8760, 0.001),
    "due_in_hours": (
        lambda value: task(due_in_hours=value), INPUTS["due_in_hours"].low, INPUTS["due_in_hours"].high, 0.001
    ),
    "priority": (lambda value: task(priority=value), 0, 1, 0.001),
    "age_hours": (lambda value: task(age_hours=value), 0, INPUTS["age_hours"].high, 0.001),
    "n": (lambda value: request(n=value), 1, MAX_TIPS, 1),
}  # fmt: skip


@pytest.mark.parametrize(("made", "most"), LISTS.values(), ids=LISTS)
def test_a_list_may_be_empty_and_as_long_as_its_cap_and_no_longer(made: Callable[[int], Tree], most: int) -> None:
    assert accepted(made(0))
    assert accepted(made(most))
    assert not accepted(made(most + 1))


@pytest.mark.parametrize(("made", "most"), TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("char", ["a", "ü", "日", "🎂"])
def test_a_text_has_one_character_at_least_and_its_cap_at_most_whatever_its_bytes(
    made: Callable[[str], Tree], most: int, char: str
) -> None:
    assert not accepted(made(""))
    assert accepted(made(char))
    assert accepted(made(char * most))
    assert not accepted(made(char * (most + 1)))


@pytest.mark.parametrize(("made", "low", "high", "step"), NUMBERS.values(), ids=NUMBERS)
def test_a_number_is_taken_at_its_bounds_and_refused_beyond(made: Place, low: float, high: float, step: float) -> None:
    assert accepted(made(low))
    assert accepted(made(high))
    assert not accepted(made(low - step))
    assert not accepted(made(high + step))


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [True, "1", [1]])
def test_what_is_no_number_is_refused(name: str, value: object) -> None:
    assert not accepted(NUMBERS[name][0](value))


@pytest.mark.parametrize("tag", ["de", "gsw", "pt-BR", "zh-Hant-TW", "ca-Latn-ES-valencia", "es-419"])
def test_a_language_tag_is_taken(tag: str) -> None:
    assert accepted(known(locale=tag))


@pytest.mark.parametrize("tag", ["", "d", "English", "de_DE", "de-", "-de", "de DE", "d1", "x-private", "de-a", "日本"])
def test_what_is_no_language_tag_is_refused(tag: str) -> None:
    assert not accepted(known(locale=tag))


@pytest.mark.parametrize("version", ["v1", "2", "V-1.b_2", "x" * 64])
def test_a_prompt_version_is_taken(version: str) -> None:
    assert accepted(request(prompt_version=version))


@pytest.mark.parametrize("version", ["", "x" * 65, "../v1", "a/b", ".v1", "-v1", "v 1", "v1?", "vü"])
def test_what_could_be_no_object_key_is_no_prompt_version(version: str) -> None:
    assert not accepted(request(prompt_version=version))


@pytest.mark.parametrize("field", GenerateRequest.model_fields)
def test_only_the_user_and_the_signals_are_required(field: str) -> None:
    body = {name: value for name, value in request().items() if name != field}

    assert accepted(body) is (field not in {"user_id", "signals"})


@pytest.mark.parametrize("field", signals.Signals.model_fields)
def test_every_signal_may_be_null(field: str) -> None:
    assert accepted(known(**{field: None}))


@pytest.mark.parametrize(
    "body",
    [
        request(surprise=1), known(surprise=1), task(surprise=1), calendar(surprise=1), reaction(surprise=1),
        task(kind="task"), known(open_tasks=[{}]), known(reactions=[{}]), known(notes=[None]), known(notes="n"),
        reaction(kind="advert"), reaction(reaction="loved"), request(fallback="no"), request(signals=None),
        request(signals=[]), known(local_time={"hour": 8}), known(local_time={"hour": 24, "weekday": 0}),
    ],
)  # fmt: skip
def test_what_is_unknown_missing_or_of_another_kind_is_refused(body: Tree) -> None:
    assert not accepted(body)


def test_a_request_at_every_cap_is_answered() -> None:
    full = known(
        open_tasks=[{"title": "t" * signals.MAX_TITLE_CHARS, "due_in_hours": 1, "priority": 1}] * signals.MAX_TASKS,
        reactions=[{"reaction": "ignored", "text": "r" * MAX_TEXT_CHARS}] * signals.MAX_REACTIONS,
        notes=["n" * signals.MAX_NOTE_CHARS] * signals.MAX_NOTES,
    )

    answered = Service().post("/generate", {**full, "n": MAX_TIPS})
    assert answered.status == 200
    assert len(answered.body["tips"]) == MAX_TIPS
