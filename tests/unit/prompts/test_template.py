"""The format of a prompt version: which documents are taken, and that all that is wrong with one is named."""

import copy
from typing import Any, Final

import pytest

from tests.unit.generation import DOCUMENTS, KINDS, document, problems, schema
from tipbandit.errors import InvalidPromptError
from tipbandit.prompts.template import MAX_OUTPUT_TOKENS, SHORTEST_TEXT_LIMIT, PromptTemplate, parsed


def _fields(raw: bytes) -> set[str]:
    return {problem.partition(": ")[0] for problem in problems(raw)}


def _with(path: str, value: object) -> bytes:
    """A good document with one part of its schema changed, or taken out where the value is ``...``."""
    changed = copy.deepcopy(schema())
    *parents, name = path.split(".")
    part: Any = changed
    for parent in parents:
        part = part[parent]
    if value is ...:
        del part[name]
    else:
        part[name] = value
    return document(output_schema=changed)


def test_the_error_says_all_that_is_wrong_in_one_message() -> None:
    with pytest.raises(InvalidPromptError) as refused:
        parsed("x", document(note=None, user=None))
    assert str(refused.value) == "prompt x cannot be used: note: Field required; user: Field required"


@pytest.mark.parametrize("version", DOCUMENTS)
def test_a_shipped_version_is_taken(version: str) -> None:
    template = parsed(version, DOCUMENTS[version])
    assert template.version == version
    assert template.note.strip()


def test_the_three_versions_that_were_promised_are_shipped() -> None:
    assert {"v1", "v2", "v3"} <= set(DOCUMENTS)


def test_a_good_document_says_what_it_says() -> None:
    template = parsed("x", document())
    assert (template.version, template.note, template.system) == ("x", "For tests.", "Write tips as JSON.")
    assert (template.user, template.placeholders) == ("Write {{ n }} tips.", ["n"])
    sampling = template.sampling
    assert (sampling.max_tokens, sampling.temperature, sampling.top_p, sampling.stop) == (500, 0.7, None, None)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (schema(), (200, KINDS, True)),
        (schema(max_chars=60, kinds=("social",), due=False), (60, ("social",), False)),
        (schema(max_chars=280, kinds=("habit", "task")), (280, ("habit", "task"), True)),
    ],
)
def test_the_schema_says_what_a_tip_may_be(made: dict[str, Any], said: tuple[object, ...]) -> None:
    output = parsed("x", document(output_schema=made)).output_schema
    assert (output.max_chars, output.kinds, output.has_due_time) == said


@pytest.mark.parametrize("made", [schema(), schema(max_chars=60, kinds=("task",), due=False)])
def test_the_schema_goes_to_the_model_as_it_was_written(made: dict[str, Any]) -> None:
    output = parsed("x", document(output_schema=made)).output_schema
    assert output.model_dump(by_alias=True, exclude_none=True) == made


def test_all_wrong_fields_are_named_at_once() -> None:
    wrong = schema(max_chars=281, kinds=("task", "nap"))
    del wrong["additionalProperties"]
    raw = document(
        version="a b", note="", system=None, user=5, placeholders=["n", 7], surplus=1, output_schema=wrong,
        sampling={"max_tokens": "500", "temperature": 2.5, "top_p": 0, "stop": [""], "seed": 1},
    )  # fmt: skip
    assert _fields(raw) == {
        "version",
        "note",
        "system",
        "user",
        "placeholders.1",
        "surplus",
        "sampling.max_tokens",
        "sampling.temperature",
        "sampling.top_p",
        "sampling.stop.0",
        "sampling.seed",
        "output_schema.properties.tips.items.properties.text.maxLength",
        "output_schema.properties.tips.items.properties.kind.enum.1",
        "output_schema.additionalProperties",
    }


@pytest.mark.parametrize("name", PromptTemplate.model_fields)
def test_every_field_is_required(name: str) -> None:
    assert problems(document(**{name: None})) == (f"{name}: Field required",)


@pytest.mark.parametrize(
    ("sampling", "wrong"),
    [
        ({"max_tokens": 64}, set()),
        ({"max_tokens": MAX_OUTPUT_TOKENS, "temperature": 2, "top_p": 1, "stop": ["a", "b", "c", "d"]}, set()),
        ({"max_tokens": 64, "temperature": 0, "top_p": 0.01, "stop": []}, set()),
        ({}, {"sampling.max_tokens"}),
        ({"max_tokens": 63}, {"sampling.max_tokens"}),
        ({"max_tokens": MAX_OUTPUT_TOKENS + 1}, {"sampling.max_tokens"}),
        ({"max_tokens": True}, {"sampling.max_tokens"}),
        ({"max_tokens": 64.0}, {"sampling.max_tokens"}),
        ({"max_tokens": 64, "temperature": -0.1}, {"sampling.temperature"}),
        ({"max_tokens": 64, "temperature": "0.5"}, {"sampling.temperature"}),
        ({"max_tokens": 64, "top_p": 1.1}, {"sampling.top_p"}),
        ({"max_tokens": 64, "stop": ["x"] * 5}, {"sampling.stop"}),
        ({"max_tokens": 64, "stop": ["x" * 41]}, {"sampling.stop.0"}),
    ],
)
def test_sampling_is_bounded(sampling: dict[str, Any], wrong: set[str]) -> None:
    assert _fields(document(sampling=sampling)) == wrong


@pytest.mark.parametrize("number", [b".nan", b".inf", b"-.inf"])
def test_numbers_are_finite(number: bytes) -> None:
    raw = document().replace(b'{"max_tokens": 500}', b"{max_tokens: 500, temperature: %s}" % number)
    assert _fields(raw) == {"sampling.temperature"}


_TIP: Final = "properties.tips.items"


@pytest.mark.parametrize(
    ("path", "value", "wrong"),
    [
        ("type", "array", "type"),
        ("title", "Tips", "title"),
        ("required", [], "required"),
        ("required", ["tips", "tips"], "required"),
        ("required", ["tip"], "required.0"),
        ("additionalProperties", True, "additionalProperties"),
        ("properties.more", {"type": "string"}, "properties.more"),
        (f"{_TIP}.type", "string", f"{_TIP}.type"),
        (f"{_TIP}.additionalProperties", ..., f"{_TIP}.additionalProperties"),
        (f"{_TIP}.required", [], _TIP),
        (f"{_TIP}.required", ["text", "kind"], _TIP),
        (f"{_TIP}.required", ["text", "kind", "priority", "text"], f"{_TIP}.required"),
        (f"{_TIP}.required", ["text", "kind", "priority", "tip_id"], f"{_TIP}.required.3"),
        (f"{_TIP}.properties.due_in_hours", {"type": "string"}, f"{_TIP}.properties.due_in_hours.type"),
        (f"{_TIP}.properties.url", {"type": "string"}, f"{_TIP}.properties.url"),
        (f"{_TIP}.properties.text", ..., f"{_TIP}.properties.text"),
        (f"{_TIP}.properties.text.maxLength", ..., f"{_TIP}.properties.text.maxLength"),
        (f"{_TIP}.properties.text.maxLength", SHORTEST_TEXT_LIMIT - 1, f"{_TIP}.properties.text.maxLength"),
        (f"{_TIP}.properties.text.maxLength", 281, f"{_TIP}.properties.text.maxLength"),
        (f"{_TIP}.properties.text.minLength", 0, f"{_TIP}.properties.text.minLength"),
        (f"{_TIP}.properties.text.pattern", "a+", f"{_TIP}.properties.text.pattern"),
        (f"{_TIP}.properties.kind.enum", [], f"{_TIP}.properties.kind.enum"),
        (f"{_TIP}.properties.kind.enum", ["task", "task"], f"{_TIP}.properties.kind.enum"),
        (f"{_TIP}.properties.kind.enum", ["Task"], f"{_TIP}.properties.kind.enum.0"),
        (f"{_TIP}.properties.priority.maximum", 2, f"{_TIP}.properties.priority.maximum"),
    ],
)
def test_a_schema_may_narrow_the_tip_contract_and_not_widen_it(path: str, value: object, wrong: str) -> None:
    assert _fields(_with(path, value)) == {f"output_schema.{wrong}"}


def test_a_due_time_may_be_required_where_it_is_described_and_only_there() -> None:
    for due in (True, False):
        made = schema(due=due)
        made["properties"]["tips"]["items"]["required"] = ["priority", "due_in_hours", "kind", "text"]
        assert _fields(document(output_schema=made)) == (set() if due else {f"output_schema.{_TIP}"})


@pytest.mark.parametrize("system", ["Dear {{ name }}", "{% if n %}a{% endif %}", "{{n}}"])
def test_the_instructions_hold_no_placeholders_which_nobody_would_fill_in(system: str) -> None:
    assert problems(document(system=system)) == ("system: Input should hold no placeholders: only user is filled in",)


def test_the_instructions_may_show_json() -> None:
    assert problems(document(system='Answer {"tips": [{"text": "...", "due": {}}]}, 100 %, {curly}.')) == ()


@pytest.mark.parametrize("version", ["v1", "V-2.b_c", "a", "9" * 64])
def test_a_version_is_a_name_fit_for_an_object_s_key(version: str) -> None:
    assert parsed(version, document(version=version)).version == version


@pytest.mark.parametrize("version", ["", ".v1", "-v1", "v/1", "../v1", "v 1", "v1\n", "\u00e4", "v" * 65, 1, 1.5, True])
def test_any_other_name_is_refused(version: object) -> None:
    assert _fields(document(version=version)) == {"version"}


def test_a_document_that_says_it_is_another_version_is_refused() -> None:
    assert problems(document(version="y")) == ("it says it is version y",)
    assert problems(document(version="X")) == ("it says it is version X",)


def test_a_template_can_not_be_changed() -> None:
    template = parsed("x", document())
    with pytest.raises(ValueError, match="frozen"):
        template.system = "Obey"
