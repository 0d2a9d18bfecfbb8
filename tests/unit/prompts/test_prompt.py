"""A prompt version that is ready to render: what it says of a moment, and what it can never be made to say."""

import hashlib
import json
import re
from itertools import pairwise
from typing import Any, Final

import jinja2
import pytest
from hypothesis import given

from tests.unit.generation import DOCUMENTS, RICH, RICH_PROFILE, SHIPPED, context, document, moments
from tests.unit.strategies import profiles
from tipbandit.context.data import DATA_RULE, Phrase
from tipbandit.context.model import PromptContext
from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.contracts.signals import OpenTask, Signals
from tipbandit.errors import InvalidPromptError
from tipbandit.prompts import prompt as module
from tipbandit.prompts.prompt import Prompt, load

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_ENTRY: Final = re.compile(r"(?:-|\d+\.) ")
_EACH = pytest.mark.parametrize("prompt", SHIPPED.values(), ids=SHIPPED)
_MOMENTS = pytest.mark.parametrize(
    "told",
    [context(), context(RICH, RICH_PROFILE), context(Signals(open_tasks=[OpenTask(title="t")])), context(RICH, n=1)],
    ids=["nothing", "everything", "one bare task", "without a profile"],
)


def _made(user: str, *placeholders: str, **changed: Any) -> Prompt:  # noqa: ANN401  any YAML
    return load("x", document(user=user, placeholders=list(placeholders), **changed))


def _with_other_texts(told: PromptContext) -> PromptContext:
    """The same moment of a user whose texts are all another."""
    return told.model_copy(
        update={
            "locale": "x",
            "tasks": tuple(task.model_copy(update={"title": "x"}) for task in told.tasks),
            "reactions": tuple(
                past.model_copy(update={"text": None if past.text is None else "x"}) for past in told.reactions
            ),
            "notes": ("x",) * len(told.notes),
        }
    )


@_EACH
@_MOMENTS
def test_a_shipped_prompt_reads_well_whatever_is_missing(prompt: Prompt, told: PromptContext) -> None:
    """No hole where a text is missing, no heading over nothing, nothing of the machine."""
    message = prompt.user(told)
    outside = _STRING.sub('""', message)
    lines = message.split("\n")
    assert "None" not in message
    assert "  " not in outside
    assert [line for line in lines if line != line.strip()] == []
    assert [line for line, below in pairwise(lines) if line.endswith(":") and not _ENTRY.match(below)] == []
    assert not re.search(r"[{}<>\[\]]| ,|,,|\(\)|Phrase|\\n", outside)


@_EACH
def test_a_shipped_prompt_for_an_unknown_user_has_no_headings_and_no_entries(prompt: Prompt) -> None:
    lines = prompt.user(context()).split("\n")
    assert [line for line in lines if line.endswith(":") or line.startswith(("-", "*", "1."))] == []
    assert len(lines) <= 6


def test_v1_for_an_unknown_user_word_by_word() -> None:
    assert SHIPPED["v1"].user(context(n=2)) == (
        "Local time: unknown\n"
        'Language to write in: "en"\n'
        "Calendar: unknown\n"
        "Open tasks: none are known.\n"
        "\n"
        "Write 2 different tips."
    )


def test_v2_for_a_user_who_is_known_word_by_word() -> None:
    assert SHIPPED["v2"].user(context(RICH, ProfileFeatures(completion_rate=0.42), n=2)) == (
        'Time: Monday, 8:30 (morning). Write in this language: "pt-BR"\n'
        "Calendar: 1 appointment still to come today; 6.5 hours of today are taken; free now\n"
        "This person completes 42% of the tips shown.\n"
        "To do, the most pressing first:\n"
        '1. "Water the plants", 2 days overdue, importance low, of unknown age\n'
        '2. "Pay the rent", due in 5 hours, importance high, 3 days old\n'
        '3. "Sort the photos", no due time, importance unstated, of unknown age\n'
        "What became of the last tips, the latest first:\n"
        '- completed 2 hours ago: habit tip, "Take a walk."\n'
        "- dismissed some time ago: tip\n"
        "Worth knowing:\n"
        '- "Has a dog"\n'
        '- "Rises early"\n'
        "\n"
        "Now write 2 tips for this person, each of a different idea."
    )


def test_v3_for_a_user_who_is_known_word_by_word() -> None:
    assert SHIPPED["v3"].user(context(RICH, RICH_PROFILE, n=1)) == (
        "Monday, 8:30 (morning); language "
        '"pt-BR"; 1 appointment still to come today; 6.5 hours of today are taken; free now\n'
        '- "Water the plants", 2 days overdue\n'
        '- "Pay the rent", due in 5 hours\n'
        '- "Sort the photos", no due time\n'
        '* "Has a dog"\n'
        '* "Rises early"\n'
        "1 tip."
    )


@_EACH
@given(signals=moments(), profile=profiles())
def test_two_users_who_differ_in_their_texts_alone_are_told_of_alike_outside_the_quotes(
    prompt: Prompt, signals: Signals, profile: ProfileFeatures
) -> None:
    told = context(signals, profile)
    message, other = prompt.user(told), prompt.user(_with_other_texts(told))
    assert _STRING.sub('""', message) == _STRING.sub('""', other)
    assert not set("<>[]{}`") & set(message)


@_EACH
@given(signals=moments())
def test_every_string_in_a_shipped_prompt_is_a_text_of_the_user_s(prompt: Prompt, signals: Signals) -> None:
    told = context(signals)
    texts = {told.locale, *told.notes, *(task.title for task in told.tasks), *(past.text for past in told.reactions)}
    assert {json.loads(string) for string in _STRING.findall(prompt.user(told))} <= texts


@pytest.mark.parametrize(
    ("user", "shown"),
    [
        ("{{ locale }}", '"pt-BR"'),
        ("{{ locale or n }}", '"pt-BR"'),
        ("{{ now and locale }}", '"pt-BR"'),
        ("{{ locale if n else now }}", '"pt-BR"'),
        ("{{ (locale) }}", '"pt-BR"'),
        ("'{{ locale }}'", "'\"pt-BR\"'"),
        ("{% for note in notes %}{{ note }};{% endfor %}", '"Has a dog";"Rises early";'),
        ("{{ 'text of the author' }}", '"text of the author"'),
        ("{{ locale|length }}", "5"),
        ("{{ now }}", "Monday, 8:30 (morning)"),
        ("{% for task in tasks %}{{ task.priority or 'none' }};{% endfor %}", '0.1;0.9;"none";'),
        ("{% for task in tasks if task.due_in_hours is not none %}{{ task.due_in_hours }};{% endfor %}", "-50;5;"),
    ],
)
def test_whatever_way_a_text_is_printed_it_stands_in_quotes(user: str, shown: str) -> None:
    used = [name for name in PromptContext.model_fields if re.search(rf"\b{name}\b(?! in)", user)]
    assert _made(user, *used).user(context(RICH)) == shown


@_EACH
@pytest.mark.parametrize(
    "title", ["{{ 7*7 }}", "{% raw %}", "{# gone #}", "{{ n.__class__ }}", "${7*7}", "{0} %s", "{{"]
)
def test_a_user_s_text_is_not_evaluated(prompt: Prompt, title: str) -> None:
    message = prompt.user(context(Signals(open_tasks=[OpenTask(title=title)])))
    assert [json.loads(string) for string in _STRING.findall(message)].count(title) == 1
    assert "49" not in message
    assert "class 'int'" not in message


@pytest.mark.parametrize(
    ("user", "names"),
    [
        ("{% for t in tasks %}{{ t.due_in_hours }}{% endfor %}", ["tasks"]),
        ("{% for t in tasks %}{{ t.priority|round }}{% endfor %}", ["tasks"]),
        ("{% for t in tasks if t.priority > 0.5 %}x{% endfor %}", ["tasks"]),
        ("{% for past in reactions %}{{ past.text }}{% endfor %}", ["reactions"]),
        ("{% for past in reactions %}{{ past.text|length }}{% endfor %}", ["reactions"]),
        ("{% if now > n %}x{% endif %}", ["now", "n"]),
        ("{{ n|length }}", ["n"]),
    ],
)
def test_a_prompt_that_takes_for_granted_what_a_moment_lacks_is_named_and_the_user_is_not(
    user: str, names: list[str]
) -> None:
    with pytest.raises(InvalidPromptError, match="prompt x cannot be used: user: of this moment") as refused:
        _made(user, *names).user(context(RICH))
    for text in ("photos", "rent", "walk", "pt-BR"):
        assert text not in str(refused.value)


@_EACH
def test_the_instructions_end_with_the_rule_about_data(prompt: Prompt) -> None:
    assert prompt.system == f"{prompt.template.system.rstrip()}\n\n{DATA_RULE}"
    assert prompt.system.count(DATA_RULE) == 1


@pytest.mark.parametrize("system", ["Write.", "Write.\n\n\n", f"Ignore this: {DATA_RULE[:40]}", DATA_RULE])
def test_no_prompt_version_can_leave_the_rule_out(system: str) -> None:
    assert _made("{{ n }}", "n", system=system).system.endswith(f"\n\n{DATA_RULE}")


@_EACH
@given(signals=moments())
def test_the_instructions_are_the_same_for_every_user(prompt: Prompt, signals: Signals) -> None:
    """They are no function of the context, before or after it was rendered."""
    before = prompt.system
    prompt.user(context(signals))
    assert prompt.system == before


@pytest.mark.parametrize("version", DOCUMENTS)
def test_the_digest_is_that_of_the_document_to_the_byte(version: str) -> None:
    raw = DOCUMENTS[version]
    assert load(version, raw).digest == hashlib.sha256(raw).hexdigest()
    assert load(version, raw + b"# a comment\n").digest == hashlib.sha256(raw + b"# a comment\n").hexdigest()


@_EACH
def test_the_same_context_is_told_in_the_same_words(prompt: Prompt) -> None:
    told = context(RICH, RICH_PROFILE)
    prompt.user(context())
    assert prompt.user(told) == prompt.user(context(RICH, RICH_PROFILE))


def test_a_phrase_that_looks_like_a_template_is_not_one() -> None:
    told = context().model_copy(update={"now": Phrase("{{ n }} {% for %}")})
    assert _made("{{ now }}", "now").user(told) == "{{ n }} {% for %}"


@pytest.mark.parametrize(
    "unchecked",
    [
        "{{ n.__class__ }}", "{{ told.__init__ }}", "{{ told.model_dump() }}", "{{ text.upper() }}", "{{ range(3) }}",
        "{{ lipsum() }}", "{% include 'v1' %}", "{{ text|upper }}", "{{ text is string }}", "{{ who }}", "{{ none }}",
        "{% if told.model_fields_set %}x{% endif %}", "{% for each in range %}{% endfor %}",
    ],
)  # fmt: skip
def test_even_a_template_that_nobody_checked_is_confined(unchecked: str) -> None:
    closed: Any = module._JINJA  # noqa: SLF001  the second of two walls, which the first hides
    assert not closed.globals
    with pytest.raises((jinja2.TemplateError, TypeError)):
        closed.from_string(unchecked).render(n=5, told=context(RICH), text="a")
