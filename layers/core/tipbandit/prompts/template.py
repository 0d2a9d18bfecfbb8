"""The format of a prompt version: one YAML document, ``prompts/<version>.yaml``."""

from collections import Counter
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from tipbandit.contracts.tip import MAX_TEXT_CHARS, Kind, PromptVersion
from tipbandit.errors import InvalidPromptError

MAX_BYTES: Final = 64 * 1024
MAX_OUTPUT_TOKENS: Final = 4096
SHORTEST_TEXT_LIMIT: Final = 60
"""A prompt may ask for tips as short as this: shorter ones the rules could not always write."""


def _distinct(names: list[Any]) -> list[Any]:
    if len(set(names)) < len(names):
        raise PydanticCustomError("twice", "Input should have each name once")
    return names


def _without_placeholders(text: str) -> str:
    if any(sign in text for sign in ("{{", "{%")):
        raise PydanticCustomError("placeholders", "Input should hold no placeholders: only user is filled in")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class Sampling(_Strict):
    """How the model writes."""

    max_tokens: Annotated[int, Field(ge=64, le=MAX_OUTPUT_TOKENS)]
    """The most tokens it may write: always set, so that no answer costs without bound."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    stop: Annotated[list[Annotated[str, Field(min_length=1, max_length=40)]], Field(max_length=4)] | None = None
    """Texts upon which it stops."""


class _TextSchema(_Strict):
    type: Literal["string"]
    min_length: Annotated[Literal[1], Field(alias="minLength")] = 1
    max_length: Annotated[int, Field(alias="maxLength", ge=SHORTEST_TEXT_LIMIT, le=MAX_TEXT_CHARS)]


class _KindSchema(_Strict):
    type: Literal["string"]
    enum: Annotated[list[Kind], Field(min_length=1), AfterValidator(_distinct)]


class _PrioritySchema(_Strict):
    type: Literal["number"]
    minimum: Literal[0] = 0
    maximum: Literal[1] = 1


class _DueSchema(_Strict):
    type: Literal["number"]


class _TipProperties(_Strict):
    text: _TextSchema
    kind: _KindSchema
    priority: _PrioritySchema
    due_in_hours: _DueSchema | None = None


class _TipSchema(_Strict):
    type: Literal["object"]
    properties: _TipProperties
    required: Annotated[list[Literal["text", "kind", "priority", "due_in_hours"]], AfterValidator(_distinct)]
    additional_properties: Annotated[Literal[False], Field(alias="additionalProperties")]

    @model_validator(mode="after")
    def _asks_for_what_a_tip_has(self) -> Self:
        described = {name for name, value in self.properties if value is not None}
        if not described - {"due_in_hours"} <= set(self.required) <= described:
            raise PydanticCustomError("required", "Input should require text, kind, priority, and nothing undescribed")
        return self


class _TipsSchema(_Strict):
    type: Literal["array"]
    items: _TipSchema


class _AnswerProperties(_Strict):
    tips: _TipsSchema


class OutputSchema(_Strict):
    """The JSON Schema of the model's answer: the tip contract, which a prompt may narrow but not widen."""

    type: Literal["object"]
    properties: _AnswerProperties
    required: Annotated[list[Literal["tips"]], Field(min_length=1, max_length=1)]
    additional_properties: Annotated[Literal[False], Field(alias="additionalProperties")]

    @property
    def max_chars(self) -> int:
        """The longest text a tip may have."""
        return self.properties.tips.items.properties.text.max_length

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds a tip may have."""
        return tuple(self.properties.tips.items.properties.kind.enum)

    @property
    def has_due_time(self) -> bool:
        """Whether a tip may have a due time."""
        return self.properties.tips.items.properties.due_in_hours is not None


class PromptTemplate(_Strict):
    """One prompt version as it is written."""

    version: PromptVersion
    """Its name, which is the file's too."""
    note: Annotated[str, Field(min_length=1, max_length=2000)]
    """The author's: what it tries, and against what it should be judged."""
    system: Annotated[str, Field(min_length=1, max_length=16_000), AfterValidator(_without_placeholders)]
    """The instructions, which hold no placeholders: nothing of a user's can enter them."""
    user: Annotated[str, Field(min_length=1, max_length=16_000)]
    """The template of the user's message."""
    placeholders: list[str]
    """The fields of the context that ``user`` uses, all of them."""
    sampling: Sampling
    output_schema: OutputSchema


_MERGE: Final = "tag:yaml.org,2002:merge"


class _Loader(yaml.SafeLoader):
    """YAML's plain types as they are written: no tags, no aliases, no key that silently replaces another."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) is not None:
            raise yaml.YAMLError("tags are not read")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        if twice := sorted(key for key, count in keys.items() if count > 1):
            raise yaml.YAMLError(f"{', '.join(twice)} stands twice")
        if any(key.tag == _MERGE for key, _ in node.value):
            raise yaml.YAMLError("merge keys are not read")
        return super().construct_mapping(node, deep)


def parsed(version: str, raw: bytes) -> PromptTemplate:
    """Return the prompt version of a document, by format; ``prompts.prompt`` checks its placeholders.

    Raises:
        InvalidPromptError: naming every field that is wrong.
    """
    if len(raw) > MAX_BYTES:
        raise InvalidPromptError(version, [f"it is larger than {MAX_BYTES} bytes"])
    try:
        template = PromptTemplate.model_validate(yaml.load(raw, _Loader))  # noqa: S506  a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        if isinstance(error, ValidationError):
            raise InvalidPromptError(version, _wrong_fields(error)) from None
        raise InvalidPromptError(version, [f"it is not YAML: {' '.join(str(error).split())}"]) from None
    if template.version != version:
        raise InvalidPromptError(version, [f"it says it is version {template.version}"])
    return template


def _wrong_fields(error: ValidationError) -> list[str]:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [f"{'.'.join(str(part) for part in each['loc']) or 'the document'}: {each['msg']}" for each in found]
