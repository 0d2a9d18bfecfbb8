"""The JSON Schemas accept what the models accept, and the events that are logged are as described."""

import itertools
import json
from typing import Any, Final

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from codegen.bodies import BARE_MOMENT, MOMENT, QUESTION, USER
from codegen.generation import Generation, shipped, silent, writer
from codegen.service import Service
from tests.contract.contracts import Tree, contract, problems, validator
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.contracts.reward import RewardRequest
from tipbandit.features.schema import INPUTS
from tipbandit.prompts.template import PromptTemplate

OPENAPI: Final = contract("openapi.json")
FEATURES: Final = contract("features.schema.json")
PROMPT: Final = contract("prompt.schema.json")
PARTS: Final[dict[str, type[BaseModel]]] = {
    "context": Context,
    "candidate": Candidate,
    "profile_features": ProfileFeatures,
}
VALIDATORS: Final = {part: validator(FEATURES, FEATURES["$defs"][part]) for part in PARTS}
BOUNDS: Final = sorted({bound for row in INPUTS.values() for bound in (row.low, row.high)})
VALUES: Final = (
    st.none()
    | st.booleans()
    | st.text(st.characters(exclude_characters="\n"), max_size=3)  # Python's `$` forgives a line's end
    | st.sampled_from(BOUNDS)
    | st.sampled_from([int(bound) + step for bound in BOUNDS for step in (-1, 0, 1)])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-1, 25)
)
DECISION_ID: Final = "01a0c450-6c00-7164-954f-d1ffdb5f1c3d"
REWARD_FIELDS: Final[dict[str, Any]] = {
    "decision": "k1.p.s",
    "decision_id": DECISION_ID,
    "user_id": "u",
    "context": {"hour": 1, "weekday": 1},
    "candidate": {"tip_id": "t"},
    "profile_features": {},
    "reward": 0.5,
    "reaction": "completed",
}


def parses(model: type[BaseModel], body: Tree) -> bool:
    try:
        model.model_validate_json(json.dumps(body))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("part", PARTS)
@given(data=st.data())
def test_the_features_schema_accepts_what_the_contract_accepts(part: str, data: st.DataObject) -> None:
    names = [*PARTS[part].model_fields, "surprise"]
    body = data.draw(st.dictionaries(st.sampled_from(names), VALUES, max_size=len(names)))
    # To JSON Schema 3.0 is an integer; the wire takes 3 alone.
    whole = [body.get(name) for name, row in INPUTS.items() if row.dtype == "integer"]
    assume(not any(isinstance(value, float) and value.is_integer() for value in whole))

    assert VALIDATORS[part].is_valid(body) == parses(PARTS[part], body)


@pytest.mark.parametrize("part", PARTS)
def test_the_features_schema_accepts_the_inputs_of_a_real_request(part: str) -> None:
    body = QUESTION["candidates"][0] if part == "candidate" else QUESTION[part]

    assert not problems(FEATURES, FEATURES, {part: body})


@pytest.mark.parametrize("absent", ["left out", "null"])
def test_a_reward_request_has_the_same_forms_in_the_schema_as_in_the_model(absent: str) -> None:
    described = validator(OPENAPI, {"$ref": "#/components/schemas/RewardRequest"})
    forms = 0
    for given_ones in itertools.product((True, False), repeat=len(REWARD_FIELDS)):
        chosen = dict(zip(REWARD_FIELDS, given_ones, strict=True))
        body = {name: value for name, value in REWARD_FIELDS.items() if chosen[name]}
        if absent == "null":
            body = {**dict.fromkeys(REWARD_FIELDS), **body}
        assert described.is_valid(body) == parses(RewardRequest, body), body
        forms += parses(RewardRequest, body)

    # The token, or its parts with and without a profile; times a reward or a reaction.
    assert forms == 3 * 2


def logged() -> list[tuple[str, Tree]]:
    """Every kind of event, with and without what may be null in it."""
    service = Service()
    for path in ("/score", "/score/egreedy/v2"):
        answer = service.post(path, QUESTION).body
        service.post("/reward", {"decision": answer["decision"], "reaction": "snoozed"})
    bare = {"user_id": USER, "context": QUESTION["context"], "candidates": [{"tip_id": "t"}]}
    made = service.post("/score", bare).body
    parts = {"user_id": USER, "context": QUESTION["context"], "candidate": {"tip_id": "t"}}
    service.post("/reward", {"decision_id": made["decision_id"], **parts, "reward": 1})
    service.store.on_read = TimeoutError()
    service.post("/score", bare)
    service.store.on_read = None
    service.post("/reset", {"user_id": USER})
    for model, asked in ((writer(), MOMENT), (silent(), MOMENT), (silent(), BARE_MOMENT)):
        Service(telemetry=service.telemetry, generation=Generation(model=model)).post("/generate", asked)
    return [(each.event, each.model_dump(mode="json")) for each in service.telemetry.events]


@pytest.mark.parametrize(("kind", "times"), [("decision", 3), ("reward", 3), ("reset", 1), ("generation", 3)])
def test_every_logged_event_is_as_its_schema_says(kind: str, times: int) -> None:
    schema = contract(f"{kind}_event.schema.json")
    events = [event for logged_as, event in logged() if logged_as == kind]

    assert len(events) == times
    assert [problems(schema, schema, event) for event in events] == [[]] * times


@pytest.mark.parametrize("kind", ["decision", "reward", "reset", "generation"])
def test_a_field_that_is_missing_or_unknown_is_not_as_the_schema_says(kind: str) -> None:
    schema = contract(f"{kind}_event.schema.json")
    described = validator(schema, schema)
    event = next(event for logged_as, event in logged() if logged_as == kind)

    assert set(schema["required"]) == set(event)
    assert not described.is_valid({**event, "surprise": 1})
    for name in event:
        assert not described.is_valid({key: value for key, value in event.items() if key != name})


def documents() -> dict[str, Tree]:
    return {version: yaml.safe_load(raw) for version, raw in shipped().items()}


@pytest.mark.parametrize("version", shipped())
def test_every_prompt_version_that_ships_is_as_the_schema_of_prompts_says(version: str) -> None:
    assert not problems(PROMPT, PROMPT, documents()[version])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), "a/b"),
        (("surprise",), 1),
        (("system",), ""),
        (("system",), "Write for {{ locale }}."),
        (("system",), "{% if n %}Write.{% endif %}"),
        (("user",), "x" * 16_001),
        (("sampling", "max_tokens"), 63),
        (("sampling", "max_tokens"), 4097),
        (("sampling", "temperature"), 2.1),
        (("sampling", "top_p"), 0),
        (("output_schema", "additionalProperties"), True),
        (("output_schema", "required"), []),
        (("output_schema", "properties", "tips", "items", "required"), ["text", "kind"]),
        (("output_schema", "properties", "tips", "items", "required"), ["text", "kind", "priority", "text"]),
        (("output_schema", "properties", "tips", "items", "properties", "kind", "enum"), ["task", "task"]),
        (("output_schema", "properties", "tips", "items", "properties", "text", "maxLength"), 281),
        (("output_schema", "properties", "tips", "items", "properties", "text", "maxLength"), 59),
        (("output_schema", "properties", "tips", "items", "properties", "kind", "enum"), ["advert"]),
        (("output_schema", "properties", "tips", "items", "properties", "link"), {"type": "string"}),
    ],
    ids=lambda each: each[-1] if isinstance(each, tuple) else "",
)
def test_the_schema_of_prompts_refuses_what_the_service_refuses(path: tuple[str, ...], value: object) -> None:
    document = documents()["v1"]
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    assert not validator(PROMPT, PROMPT).is_valid(document)
    with pytest.raises(ValidationError):
        PromptTemplate.model_validate(document)


@pytest.mark.parametrize("field", documents()["v1"])
def test_the_schema_of_prompts_asks_for_every_field(field: str) -> None:
    document = {name: value for name, value in documents()["v1"].items() if name != field}

    assert not validator(PROMPT, PROMPT).is_valid(document)


def test_the_schema_of_prompts_names_the_fields_of_the_context_as_placeholders() -> None:
    assert not validator(PROMPT, PROMPT).is_valid({**documents()["v1"], "placeholders": ["now", "mow"]})
