"""What a template may name, and that every name that is wrong is told at once."""

from collections.abc import Mapping
from typing import Final

import pytest

from tests.unit.generation import SHIPPED, wrong_with
from tipbandit.context.model import ContextModel, PromptContext, ReactionLine, TaskLine
from tipbandit.prompts.placeholders import LOOP_FIELDS

_LISTS: Final[Mapping[str, type[ContextModel]]] = {"tasks": TaskLine, "reactions": ReactionLine}


@pytest.mark.parametrize("name", PromptContext.model_fields)
def test_every_field_of_the_context_can_be_used(name: str) -> None:
    is_list = name in {"tasks", "reactions", "habits", "notes"}
    assert wrong_with(f"{{% for x in {name} %}}-{{% endfor %}}" if is_list else f"{{{{ {name} }}}}", name) == []


@pytest.mark.parametrize("name", _LISTS)
def test_every_field_of_an_entry_can_be_used(name: str) -> None:
    printed = "".join(f"{{{{ each.{field} }}}}" for field in _LISTS[name].model_fields)
    assert wrong_with(f"{{% for each in {name} %}}{printed}{{% endfor %}}", name) == []


def test_the_fields_of_a_loop_can_be_used() -> None:
    tested = "".join(f"{{% if loop.{field} %}}x{{% endif %}}" for field in LOOP_FIELDS)
    printed = "{{ loop.index }} of {{ loop.length }}"
    assert wrong_with(f"{{% for each in notes %}}{tested}{printed}{{% endfor %}}", "notes") == []


@pytest.mark.parametrize(
    "user",
    [
        "{{ n }}{% if n > 3 and not n == 5 or n is none %}many{% elif n %}few{% else %}none{% endif %}",
        "{% for note in notes %}{{ note|length }}{% else %}none of {{ n }}{% endfor %}",
        "{% for task in tasks if task.priority is not none %}{{ task.priority|round }}{% endfor %}{{ n }}",
        "{% for n in tasks %}{{ n.title }}{% endfor %}{{ n }}",
        "{{ tasks|length }} and {{ 'text' }} and {{ 5 }} and {{ 0.5 }} {{ n or now }} {{ n if notes else 'x' }}",
        "{# a comment on {{ anything.at.all }} #}{{ n }}",
        "{% raw %}{{ shown.as.it.is }}{% endraw %}{{ n }}",
        "{%- if n -%} {{- n -}} {%- endif -%}",
        "{% for task in tasks %}{% endfor %}{% for past in reactions %}{% endfor %}{{ n }}",
        "{% for note in notes %}{% else %}{% for task in tasks %}{{ n }}{% endfor %}{% endfor %}",
    ],
)
def test_what_a_prompt_needs_is_allowed(user: str) -> None:
    used = [name for name in PromptContext.model_fields if name in user]
    assert [problem for problem in wrong_with(user, *used) if "not used" not in problem] == []


def test_all_that_is_wrong_is_named_in_one_message() -> None:
    user = """
        {{ noow }} {{ locale }}
        {% for task in tasks %}{{ task.titel }} {{ task.when.at }} {% if tassk %}{% endif %}{% endfor %}
        {% if n > 100 %}{% if n < 0 %}{{ calender }}{% endif %}{% endif %}
        {% for past in reactions if past.kinds %}{{ past.reaction }}{{ loop.indx }}{% else %}{{ past.ago }}{% endfor %}
        {% for word in wrods %}{% endfor %}
        {{ now|upper }} {{ n is odd }} {{ tasks[0] }}
    """
    assert wrong_with(user, "n", "tasks", "habits", "profile", "reactions", "now") == [
        "noow is no field of the context",
        "task.titel is no field of the context",
        "task.when.at is no field of the context",
        "tassk is no field of the context",
        "calender is no field of the context",
        "past.kinds is no field of the context",
        "loop.indx is no field of the context",
        "past is no field of the context",
        "wrods is no field of the context",
        "the filter upper is not one of length, round",
        "the test odd is not one of none",
        "test (line 7) is neither text nor number",
        "getitem (line 7) is not allowed in a prompt",
        "locale is used and not listed in placeholders",
        "habits is listed in placeholders and not used",
        "profile, listed in placeholders, is no field of the context",
    ]


def test_a_name_that_is_wrong_in_many_places_is_named_once() -> None:
    assert wrong_with("{{ noow }} {{ noow }} {% if noow %}{{ n }}{% endif %}", "n") == [
        "noow is no field of the context"
    ]


@pytest.mark.parametrize(
    ("user", "listed", "problem"),
    [
        ("{{ now }}", [], "now is used and not listed in placeholders"),
        ("{{ n }}", ["n", "now"], "now is listed in placeholders and not used"),
        ("{{ n }}", ["n", "noow"], "noow, listed in placeholders, is no field of the context"),
        ("{{ n }}", ["n", "task.title"], "task.title, listed in placeholders, is no field of the context"),
        ("{% for now in notes %}{{ now }}{% endfor %}", ["notes", "now"], "now is listed in placeholders and not used"),
        ("{% for t in tasks if n %}{% endfor %}", ["tasks"], "n is used and not listed in placeholders"),
        ("{% for t in tasks %}{% else %}{{ n }}{% endfor %}", ["tasks"], "n is used and not listed in placeholders"),
        ("{# {{ now }} #}{{ n }}", ["n", "now"], "now is listed in placeholders and not used"),
        ("{% raw %}{{ now }}{% endraw %}{{ n }}", ["n", "now"], "now is listed in placeholders and not used"),
    ],
)
def test_the_list_of_placeholders_is_what_the_template_uses(user: str, listed: list[str], problem: str) -> None:
    assert wrong_with(user, *listed) == [problem]


@pytest.mark.parametrize(
    "name", ["loop", "task", "past", "self", "caller", "range", "dict", "lipsum", "cycler", "joiner"]
)
def test_outside_of_a_loop_there_are_only_the_fields_of_the_context(name: str) -> None:
    assert wrong_with(f"{{{{ {name} }}}}{{{{ n }}}}", "n") == [f"{name} is no field of the context"]


@pytest.mark.parametrize("version", SHIPPED)
def test_the_shipped_versions_list_what_they_use(version: str) -> None:
    template = SHIPPED[version].template
    assert set(template.placeholders) <= set(PromptContext.model_fields)
    assert len(set(template.placeholders)) == len(template.placeholders)
