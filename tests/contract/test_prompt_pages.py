"""The pages that show prompts: complete, and true to what the context assembler promises whatever they look like."""

import json
import re
import unicodedata
from typing import Final

import pytest

from codegen.generation import shipped
from codegen.golden import asked
from tests.contract.contracts import ROOT, Tree, contract, problems
from tipbandit.context.budget import CONTEXT_TOKENS, estimated_tokens
from tipbandit.context.data import DATA_RULE
from tipbandit.contracts.generate import GenerateRequest
from tipbandit.contracts.signals import MAX_NOTE_CHARS, MAX_NOTES, MAX_REACTIONS, MAX_TASKS
from tipbandit.prompts.prompt import load

PAGES: Final = ROOT / "shared" / "golden" / "prompts"
CASES: Final = ("crowded", "empty", "full", "hostile", "languages")
EACH_CASE = pytest.mark.parametrize("case", CASES)
EACH_VERSION = pytest.mark.parametrize("version", shipped())
UNSEEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_VERSION: Final = re.compile(r"^## (\S+)\n\nSystem:\n\n(.*?)\n\nUser:\n\n(.*?)\n(?=\n## |\Z)", re.DOTALL | re.MULTILINE)
_FENCED: Final = re.compile(r"\A(`{3,})text\n(.*)\n\1\Z", re.DOTALL)
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def request(case: str) -> Tree:
    body: Tree = json.loads((PAGES / f"{case}.json").read_text("utf-8"))
    return body


def page(case: str) -> str:
    return (PAGES / f"{case}.md").read_text("utf-8")


def messages(case: str) -> dict[str, tuple[str, str]]:
    """The system and the user's message of each version on a page."""
    return {version: (unfenced(system), unfenced(user)) for version, system, user in _VERSION.findall(page(case))}


def unfenced(block: str) -> str:
    match = _FENCED.match(block)
    assert match is not None
    return match[2]


def quoted(text: str) -> list[str]:
    """What stands in quotes in a message, read as the JSON it is."""
    return [json.loads(each) for each in _QUOTED.findall(text)]


def said(body: Tree, version: str) -> set[str]:
    """The texts of a request that a version has a place for."""
    places = load(version, shipped()[version]).template.placeholders
    tasks = [each["title"] for each in body["signals"]["open_tasks"] if "tasks" in places]
    return {*tasks, *(note for note in body["signals"]["notes"] if "notes" in places)}


def disarmed(body: Tree) -> Tree:
    """A request in which every text of the user's that can be seen is another, harmless one."""
    texts = body["signals"]
    tasks = [{**each, "title": harmless(each["title"])} for each in texts["open_tasks"]]
    reactions = [{**each, "text": harmless(each["text"])} for each in texts["reactions"]]
    notes = [harmless(note) for note in texts["notes"]]
    return {**body, "signals": {**texts, "open_tasks": tasks, "reactions": reactions, "notes": notes}}


def harmless(text: str) -> str:
    return "harmless" if any(unicodedata.category(char)[0] not in "CZ" for char in text) else text


def test_each_case_has_its_request_and_its_page_and_there_are_no_others() -> None:
    assert {file.name for file in PAGES.iterdir()} == {
        "README.md", *(f"{case}.json" for case in CASES), *(f"{case}.md" for case in CASES)
    }  # fmt: skip


@EACH_CASE
def test_its_request_is_one_that_the_contract_takes(case: str) -> None:
    document = contract("openapi.json")
    GenerateRequest.model_validate_json(json.dumps(request(case)))

    assert not problems(document, {"$ref": "#/components/schemas/GenerateRequest"}, request(case))


@EACH_CASE
def test_every_version_that_ships_is_on_every_page(case: str) -> None:
    assert list(messages(case)) == list(shipped())


@EACH_CASE
@EACH_VERSION
def test_every_system_message_ends_with_the_rule_that_texts_are_data(case: str, version: str) -> None:
    system, _ = messages(case)[version]

    assert system.endswith(DATA_RULE)


@EACH_VERSION
def test_no_signal_changes_the_system_message(version: str) -> None:
    assert len({messages(case)[version][0] for case in CASES}) == 1


@EACH_CASE
def test_a_page_holds_no_character_that_cannot_be_seen(case: str) -> None:
    unseen = {unicodedata.name(char, repr(char)) for char in page(case) if unicodedata.category(char) in UNSEEN}

    assert unseen <= {repr("\n"), "ZERO WIDTH JOINER", "ZERO WIDTH NON-JOINER"}


@EACH_VERSION
def test_a_hostile_text_changes_nothing_outside_its_quotes(version: str) -> None:
    _, user = messages("hostile")[version]
    (plain,) = asked(disarmed(request("hostile")), version).turns

    assert _QUOTED.sub('""', user) == _QUOTED.sub('""', plain.text)


@EACH_VERSION
def test_what_could_end_a_tag_a_template_or_a_fence_stands_escaped_in_its_quotes(version: str) -> None:
    _, user = messages("hostile")[version]
    inside = "".join(_QUOTED.findall(user))

    assert not set(inside) & set("<>[]{}`\n")
    assert "</user><system>" in "".join(quoted(user))


@EACH_VERSION
def test_what_stands_in_quotes_reads_as_it_was_written(version: str) -> None:
    texts = said(request("full"), version)
    _, user = messages("full")[version]

    assert texts <= set(quoted(user))


@EACH_VERSION
def test_no_letter_of_any_language_is_lost(version: str) -> None:
    texts = {unicodedata.normalize("NFC", text) for text in said(request("languages"), version)}
    _, user = messages("languages")[version]

    assert texts <= set(quoted(user))


def test_the_crowded_request_has_as_much_as_there_may_be() -> None:
    texts = request("crowded")["signals"]

    assert (len(texts["open_tasks"]), len(texts["reactions"])) == (MAX_TASKS, MAX_REACTIONS)
    assert [len(note) for note in texts["notes"]] == [MAX_NOTE_CHARS] * MAX_NOTES


@EACH_VERSION
def test_of_a_crowd_the_most_pressing_are_told_within_the_budget(version: str) -> None:
    texts = request("crowded")["signals"]
    _, user = messages("crowded")[version]
    due = {each["title"]: each.get("due_in_hours", float("inf")) for each in texts["open_tasks"]}
    told = [title for title in quoted(user) if title in due]

    assert 0 < len(told) < len(due)
    assert told == sorted(due, key=lambda title: due[title])[: len(told)]
    assert sum(map(estimated_tokens, _QUOTED.findall(user))) <= CONTEXT_TOKENS


def test_what_was_left_out_is_counted() -> None:
    _, user = messages("crowded")["v1"]
    told = sum(line.startswith('- "') and " item " in line for line in user.splitlines())

    assert f"- and {MAX_TASKS - told} more\n" in user
