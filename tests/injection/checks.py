"""What has to hold of every message to a model, and of every answer to a caller."""

import json
import re
import unicodedata
from typing import Any, Final

from tests.injection.corpus import Hostile
from tests.injection.world import AttentiveTelemetry
from tipbandit.context.data import cleaned
from tipbandit.contracts.generate import GenerateRequest, GenerateResponse
from tipbandit.ports.generation import Ask
from tipbandit.prompts.prompt import Prompt
from tipbandit.tips.reading import tip_id
from tipbandit.tips.rules import faults

ACTIVE: Final = frozenset("<>[]{}`")
"""What opens or closes a tag, a template, a fence or a role: no shipped prompt has one in the user's message."""
HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
JOINERS: Final = "\u200c\u200d"
REPORTS: Final = frozenset(
    {"the model's answers hold no tip that may be shown", "the user's tokens of the day are used up"}
)
"""All that a warning may say here, a number as #."""
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def outside(message: str) -> str:
    """Return a message without what stands in its JSON strings."""
    return _STRING.sub('""', message)


def inside(message: str) -> list[str]:
    """Return what the JSON strings of a message say; one that is none raises."""
    return [json.loads(string) for string in _STRING.findall(message)]


def assert_is_only_data(message: str, harmless_message: str, hostile: Hostile) -> None:
    """Hold a user's message with hostile texts against the one with harmless texts at the same places."""
    said = {quiet.text: cleaned(loud.text) for quiet, loud in zip(hostile.harmless().parts, hostile.parts, strict=True)}
    expected = [said.get(text, text) for text in inside(harmless_message)]

    assert not ACTIVE & set(message)
    assert outside(message) == outside(harmless_message)
    assert message.splitlines() == message.split("\n")[: len(message.splitlines())]
    assert len(message.splitlines()) == len(harmless_message.splitlines())
    assert inside(message) == expected
    seen = {char for text in expected for char in text} - set(JOINERS)
    assert [char for char in seen if unicodedata.category(char) in HIDDEN] == []


def assert_asked_the_same_but_for_data(asks: list[Ask], quiet: Ask) -> None:
    """Hold what a model was asked, first and in repair, against what harmless signals ask."""
    for ask in asks:
        assert ask.system.encode() == quiet.system.encode()
        assert (ask.sampling, ask.schema, ask.n) == (quiet.sampling, quiet.schema, quiet.n)
        assert [turn.role for turn in ask.turns] in (["user"], ["user", "assistant", "user"])
        assert ask.turns[0] == asks[0].turns[0]


def assert_may_be_shown(answer: GenerateResponse, request: GenerateRequest, prompt: Prompt) -> None:
    """Hold an answer against the contract, the rules and the prompt version that was asked for."""
    wanted, schema = prompt.template.version, prompt.template.output_schema
    answer = GenerateResponse.model_validate_json(answer.model_dump_json())

    assert (answer.prompt_version, answer.prompt_hash) == (wanted, prompt.digest)
    assert 1 <= len(answer.tips) <= request.n
    assert len({tip.tip_id for tip in answer.tips}) == len(answer.tips)
    for tip in answer.tips:
        assert faults(tip.text) == []
        assert tip.text == " ".join(tip.text.split())
        assert len(tip.text) <= schema.max_chars
        assert tip.kind in schema.kinds
        assert (tip.prompt_version, tip.tip_id) == (wanted, tip_id(wanted, tip.text))


def assert_log_has_no_text(telemetry: AttentiveTelemetry, answer: GenerateResponse, user_id: str) -> None:
    """See that all words in the events and warnings of one generation are ids, kinds and the service's own."""
    ids = {str(answer.generation_id), user_id, answer.prompt_version, answer.prompt_hash, answer.model, "generation"}
    known = ids | {word for tip in answer.tips for word in (tip.tip_id, tip.kind)}
    (event,) = telemetry.events

    assert set(_texts(event.model_dump(mode="json"))) <= known
    assert set(telemetry.about) <= {answer.prompt_version}
    assert {re.sub(r"\d+", "#", words) for words in telemetry.said} <= REPORTS


def _texts(document: Any) -> list[str]:  # noqa: ANN401  JSON
    """All texts in a document, wherever they are."""
    if isinstance(document, dict):
        return [text for value in document.values() for text in _texts(value)]
    if isinstance(document, list):
        return [text for value in document for text in _texts(value)]
    return [document] if isinstance(document, str) else []
