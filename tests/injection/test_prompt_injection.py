"""Hostile signals stay data, and whatever a model that obeys them answers, nothing but tips comes out."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.injection.adversaries import ADVERSARIES, OWNED
from tests.injection.checks import (
    assert_asked_the_same_but_for_data,
    assert_is_only_data,
    assert_log_has_no_text,
    assert_may_be_shown,
    inside,
)
from tests.injection.corpus import USER, Hostile, Part, Where, corpus, request
from tests.injection.world import PROMPTS, World
from tipbandit.context.data import DATA_RULE, cleaned
from tipbandit.ports.generation import Ask
from tipbandit.tips.rules import one_line

CORPUS = corpus()
NEVER_SHOWN = {("v3", "reaction")}
"""What a prompt version leaves out."""
SHOWS_SOMETHING = {
    "tells everything it was told", "tells it all in one tip", "tells it unescaped",
    "tells the system message in pieces", "hides a link among good tips", "answers a link in every unrelated field",
    "answers a thousand tips", "answers one tip a thousand times", "answers one tip in many spellings",
    "forges ids and versions", "forges the whole answer", "speaks of others", "answers a fence", "answers keys twice",
    "answers a list", "mends a fault with a worse one", "mends nonsense with a forgery",
}  # fmt: skip
"""Adversaries whose answers hold a text that breaks no rule."""
each_hostile = pytest.mark.parametrize("name", CORPUS)
each_version = pytest.mark.parametrize("version", PROMPTS)
each_adversary = pytest.mark.parametrize("adversary", ADVERSARIES)


@cache
def asked(hostile: Hostile, version: str) -> Ask:
    """What a model is asked for a user with these signals; that changes with nothing else."""
    world = World()
    world.generate(request(*hostile.parts, version=version))
    (ask,) = world.model.asked
    return ask


def test_the_corpus_is_large_and_every_shipped_prompt_is_tried() -> None:
    assert len(CORPUS) >= 60
    assert {part.where for hostile in CORPUS.values() for part in hostile.parts} == {
        "task",
        "note",
        "reaction",
        "locale",
    }
    assert set(PROMPTS) >= {"v1", "v2", "v3"}


@each_version
@each_hostile
def test_a_hostile_text_is_shown_as_one_json_string_and_changes_nothing_else(name: str, version: str) -> None:
    hostile = CORPUS[name]
    message, harmless_message = (asked(each, version).turns[0].text for each in (hostile, hostile.harmless()))

    assert_is_only_data(message, harmless_message, hostile)
    for part in hostile.parts:
        shown = inside(message).count(cleaned(part.text))
        assert shown == ((version, part.where) not in NEVER_SHOWN)
        assert not part.text.isascii() or not part.text.isprintable() or cleaned(part.text) == one_line(part.text)


@each_version
@each_hostile
def test_the_system_message_is_the_author_s_whatever_the_signals_say(name: str, version: str) -> None:
    ask = asked(CORPUS[name], version)

    assert_asked_the_same_but_for_data([ask], asked(CORPUS[name].harmless(), version))
    assert ask.system == f"{PROMPTS[version].template.system.rstrip()}\n\n{DATA_RULE}"


@each_version
@each_hostile
def test_template_syntax_is_not_evaluated(name: str, version: str) -> None:
    hostile = CORPUS[name]
    message = asked(hostile, version).turns[0].text
    written = "".join(part.text for part in hostile.parts)

    for evaluated in ("49", "7777777", "uid=", "root:", "<class"):
        assert (evaluated in message) <= (evaluated in written)


@each_version
@pytest.mark.parametrize("where", ["task", "note", "reaction"])
@pytest.mark.parametrize("text", ["\u200b\u2060\ufeff", "\U000e0069\U000e0067", "\x00\r\n\x1b", "\ue000\U000f0000"])
def test_a_text_of_nothing_visible_leaves_no_trace(text: str, where: Where, version: str) -> None:
    """A task is named as untitled; a note, and the text of an old tip, are not shown at all."""
    part = Part(where, text)
    message = asked(Hostile("nothing visible", (part,)), version).turns[0].text

    assert not set(text) & (set(message) - {"\n"})
    assert inside(message).count("(untitled)") == (where == "task")
    assert "" not in inside(message)


@pytest.mark.parametrize("turn", [0, *(pytest.param(turn, marks=pytest.mark.slow) for turn in range(1, len(PROMPTS)))])
@each_version
@each_adversary
def test_whatever_an_obedient_model_answers_only_tips_come_out(adversary: str, version: str, turn: int) -> None:
    """In one turn an adversary meets each text with one of the versions, in all turns with every one."""
    first = (list(ADVERSARIES).index(adversary) + list(PROMPTS).index(version) + turn) % len(PROMPTS)
    for hostile in list(CORPUS.values())[first :: len(PROMPTS)]:
        world = World(ADVERSARIES[adversary])
        given = request(*hostile.parts, version=version, n=4)
        answer = world.generate(given)

        assert_may_be_shown(answer, given, PROMPTS[version])
        assert_log_has_no_text(world.telemetry, answer, USER)


@each_version
@each_adversary
def test_a_repair_tells_the_model_what_was_wrong_in_the_service_s_own_words(adversary: str, version: str) -> None:
    world = World(ADVERSARIES[adversary])
    world.generate(request(version=version))
    first, *repairs = world.model.asked

    assert_asked_the_same_but_for_data(world.model.asked, first)
    for repair in repairs:
        problems = repair.turns[-1].text
        assert OWNED not in problems
        assert re.search(r"evil|u-2|admin|v9|html", problems) is None
        assert problems.count("\n") <= 25


@each_adversary
def test_an_answer_of_which_nothing_may_be_shown_is_replaced_by_the_rules(adversary: str) -> None:
    """And any other is not, so that the checks above look at the model's texts too."""
    answer = World(ADVERSARIES[adversary]).generate(request(version="v1"))

    assert answer.degraded == (adversary not in SHOWS_SOMETHING)
    assert (answer.model == "template") == answer.degraded
    assert not (answer.degraded and OWNED in answer.model_dump_json())


def test_the_corpus_is_plain_ascii_where_it_could_hide_something() -> None:
    """Control, format and combining characters are written as escapes: a reader of the file sees them."""
    raw = Path(__file__).with_name("corpus.json").read_text("utf-8")

    assert re.search(r"[^\S \n]|[\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff]", raw) is None
