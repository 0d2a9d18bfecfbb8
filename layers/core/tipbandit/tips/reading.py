"""A model's answer -> tips, by the prompt's schema and the rules; what fails is named, so that it can be mended."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from tipbandit.contracts.fields import Unit, bounded
from tipbandit.contracts.tip import Kind, Tip
from tipbandit.prompts.template import OutputSchema
from tipbandit.tips.rules import FAULTS, faults, one_line

MAX_ANSWER_CHARS: Final = 64 * 1024
MAX_DRAFTS: Final = 50
"""Five times what anybody can ask for: the rest of an answer is not looked at."""
_ID_BYTES: Final = 12
_OBJECT: Final = re.compile(r'\{\s*"tips"')


class _Draft(BaseModel):
    """A tip as a model writes it; fields it was not asked for are left out."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)

    text: str
    kind: Kind
    priority: Unit
    due_in_hours: float | None = bounded("due_in_hours")


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be made of an answer.

    Attributes:
        tips: those that are as they should be, in the answer's order, each text once.
        problems: what is wrong with the others, by their place in the answer; never a word of their texts.
        dropped: how many tips those are; 1 where the answer could not be read at all.
    """

    tips: tuple[Tip, ...]
    problems: tuple[str, ...]
    dropped: int


def read(answer: str, schema: OutputSchema, version: str) -> Reading:
    """Return the tips of an answer that was asked for with a prompt version and its schema."""
    drafts = _drafts(answer)
    if drafts is None:
        return Reading((), ('the answer must be one JSON object {"tips": [...]} and nothing else',), 1)
    if not drafts:
        return Reading((), ("tips: must not be empty",), 0)
    tips: list[Tip] = []
    problems: list[str] = []
    dropped = 0
    for index, each in enumerate(drafts[:MAX_DRAFTS]):
        made = _tip(f"tips.{index}", each, schema, version)
        if isinstance(made, Tip):
            tips.append(made)
        else:
            dropped += 1
            problems += made
    return Reading(merged(tips), tuple(problems), dropped + max(0, len(drafts) - MAX_DRAFTS))


def merged(tips: Sequence[Tip]) -> tuple[Tip, ...]:
    """Return tips with duplicates, texts that differ in case, spacing or final punctuation alone, merged.

    The first text stays, with the highest priority among its duplicates and their soonest due time.
    """
    by_key: dict[str, Tip] = {}
    for tip in tips:
        key = likeness(tip.text)
        by_key[key] = _both(by_key[key], tip) if key in by_key else tip
    return tuple(by_key.values())


def likeness(text: str) -> str:
    """Return what texts have in common that differ in case, spacing or final punctuation alone."""
    key = "".join(text.casefold().split())
    while key and unicodedata.category(key[-1]).startswith("P"):
        key = key[:-1]
    return key or text


def tip_id(version: str, text: str) -> str:
    """Return the id of a text from a prompt version: 96 bits of a hash (BLAKE2b) of both."""
    return hashlib.blake2b(f"{version}\0{text}".encode(), digest_size=_ID_BYTES, person=b"tipbandit.tip").hexdigest()


def _both(first: Tip, second: Tip) -> Tip:
    due = [each.due_in_hours for each in (first, second) if each.due_in_hours is not None]
    changed = {"priority": max(first.priority, second.priority), "due_in_hours": min(due, default=None)}
    return first.model_copy(update=changed)


def _drafts(answer: str) -> list[Any] | None:
    """Return the list of tips in an answer, which may have words or a code fence around its JSON."""
    start, end = _start(answer), answer.rfind("}")
    if len(answer) > MAX_ANSWER_CHARS or not 0 <= start < end:
        return None
    try:
        # Its parser refuses what is nested too deeply, where the standard library's runs out of stack.
        document = from_json(answer[start : end + 1].encode(), allow_inf_nan=False)
    except ValueError:
        return None
    drafts = document.get("tips") if isinstance(document, dict) else None
    return drafts if isinstance(drafts, list) else None


def _start(answer: str) -> int:
    """Return where the object begins; a brace among the words before it is none."""
    found = _OBJECT.search(answer)
    return answer.find("{") if found is None else found.start()


def _tip(place: str, draft: object, schema: OutputSchema, version: str) -> Tip | list[str]:
    """Return the tip of a draft, or what is wrong with it."""
    if not isinstance(draft, dict):
        return [f"{place}: must be an object"]
    if not schema.has_due_time:
        draft = {name: value for name, value in draft.items() if name != "due_in_hours"}
    try:
        read_draft = _Draft.model_validate(draft)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return [f"{place}.{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in found]
    text = one_line(read_draft.text)
    if 0 < len(text) <= schema.max_chars:
        problems = [f"{place}.text: {FAULTS[name]}" for name in faults(text)]
    else:
        problems = [f"{place}.text: must have 1 to {schema.max_chars} characters"]
    if read_draft.kind not in schema.kinds:
        problems.append(f"{place}.kind: must be one of {', '.join(schema.kinds)}")
    return problems or Tip(
        tip_id=tip_id(version, text),
        text=text,
        kind=read_draft.kind,
        priority=read_draft.priority,
        due_in_hours=read_draft.due_in_hours,
        prompt_version=version,
    )
