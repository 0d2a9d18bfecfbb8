"""A template reaches nothing but the context, and cannot run for long."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.generation import RICH, RICH_PROFILE, context, document, wrong_with
from tipbandit.prompts.placeholders import MAX_DEPTH
from tipbandit.prompts.prompt import load

_TEMPLATE_SIGNS: Final = (
    "{{",
    "}}",
    "{%",
    "%}",
    " n ",
    " tasks ",
    ".",
    "|",
    "(",
    ")",
    "[",
    "]",
    "'",
    "~",
    "*",
    "9",
    "-",
)
_TEMPLATE_WORDS: Final = (
    " if ",
    " else ",
    " for ",
    " in ",
    "endif",
    "endfor",
    "{% raw %}",
    "{#",
    "#}",
    " not ",
    " is ",
    "\n",
)


@pytest.mark.parametrize(
    ("user", "named"),
    [
        ("{{ n.__class__ }}", "n.__class__"),
        ("{{ now.__class__.__mro__ }}", "now.__class__"),
        ("{{ now.upper }}", "now.upper"),
        ("{{ now.__init__.__globals__ }}", "now.__init__"),
        ("{{ tasks.__len__() }}", "call"),
        ("{{ tasks.count }}", "tasks.count"),
        ("{{ tasks.title }}", "tasks.title"),
        ("{{ tasks[0].title }}", "attribute of an expression"),
        ("{{ tasks['__class__'] }}", "getitem"),
        ("{{ tasks[:1] }}", "getitem"),
        ("{{ ''.format(n) }}", "call"),
        ("{{ 'a'.join(notes) }}", "call"),
        ("{{ ''.__class__ }}", "attribute of an expression"),
        ("{{ (n).__class__ }}", "n.__class__"),
        ("{{ (n|length).real }}", "attribute of an expression"),
        ("{{ n|attr('__class__') }}", "filter attr"),
        ("{{ notes|map('upper') }}", "filter map"),
        ("{{ locale|safe }}", "filter safe"),
        ("{{ locale|tojson }}", "filter tojson"),
        ("{{ '%s'|format(n) }}", "filter format"),
        ("{{ locale|string }}", "filter string"),
        ("{{ notes|join }}", "filter join"),
        ("{{ locale|urlize }}", "filter urlize"),
        ("{{ n|no_such_filter }}", "no_such_filter"),
        ("{{ n|round(99999999, 'ceil') }}", "round takes no arguments"),
        ("{{ n|round(precision=2) }}", "round takes no arguments"),
        ("{% filter upper %}x{% endfilter %}", "filterblock"),
        ("{% for i in range(10**9) %}{% endfor %}", "call"),
        ("{% for i in [1, 2] %}{% endfor %}", "list"),
        ("{% for i in 'text' %}{% endfor %}", "const is no list"),
        ("{% for char in locale %}{% endfor %}", "locale is no list"),
        ("{% for i in n %}{% endfor %}", "n is no list"),
        ("{% for t in tasks %}{% for c in t.title %}{% endfor %}{% endfor %}", "t.title is no list"),
        ("{% for t in (tasks if n else notes) %}{% endfor %}", "condexpr is no list"),
        ("{% for t in tasks|length %}{% endfor %}", "filter is no list"),
        ("{% for x in tasks recursive %}{% endfor %}", "not a plain one"),
        ("{% for x in tasks recursive %}{{ loop(tasks) }}{% endfor %}", "not a plain one"),
        ("{% for a, b in tasks %}{% endfor %}", "not a plain one"),
        ("{% for loop in tasks %}{% endfor %}", "not a plain one"),
        ("{% for a in tasks %}{% for b in tasks %}x{% endfor %}{% endfor %}", "stands in another"),
        ("{% for t in tasks if loop.first %}{% endfor %}", "loop is no field"),
        ("{% for t in tasks %}{{ loop.cycle }}{% endfor %}", "loop.cycle"),
        ("{% for t in tasks %}{{ loop.cycle('a', 'b') }}{% endfor %}", "call"),
        ("{% for t in tasks %}{{ loop.changed }}{% endfor %}", "loop.changed"),
        ("{% for t in tasks %}{{ loop.previtem.title }}{% endfor %}", "loop.previtem"),
        ("{% for t in tasks %}{{ loop._iterator }}{% endfor %}", "loop._iterator"),
        ("{% for t in tasks %}{{ loop.__class__ }}{% endfor %}", "loop.__class__"),
        ("{% for t in tasks %}{{ t.model_dump }}{% endfor %}", "t.model_dump"),
        ("{% for t in tasks %}{{ t.model_fields }}{% endfor %}", "t.model_fields"),
        ("{% for t in tasks %}{{ t.model_copy(update={}) }}{% endfor %}", "call"),
        ("{% for t in tasks %}{{ t.__dict__ }}{% endfor %}", "t.__dict__"),
        ("{% for t in tasks %}{{ t.title.upper }}{% endfor %}", "t.title.upper"),
        ("{% set x = n %}", "assign"),
        ("{% set x %}text{% endset %}", "assignblock"),
        ("{% set ns = namespace(x=1) %}", "assign"),
        ("{% with x = n %}{% endwith %}", "with"),
        ("{% include 'v1' %}", "include"),
        ("{% include notes %}", "include"),
        ("{% import 'v1' as v %}", "import"),
        ("{% from 'v1' import v %}", "fromimport"),
        ("{% extends 'v1' %}", "extends"),
        ("{% block b %}{% endblock %}", "block"),
        ("{% macro m() %}{% endmacro %}", "macro"),
        ("{% call m() %}{% endcall %}", "callblock"),
        ("{% autoescape false %}{% endautoescape %}", "scope "),
        ("{{ self }}", "self"),
        ("{{ self._TemplateReference__context }}", "self"),
        ("{{ super() }}", "call"),
        ("{{ caller() }}", "call"),
        ("{{ varargs }}", "varargs"),
        ("{{ lipsum.__globals__ }}", "lipsum"),
        ("{{ cycler }}", "cycler"),
        ("{{ namespace }}", "namespace"),
        ("{{ config }}", "config"),
        ("{{ request }}", "request"),
        ("{{ [] }}", "list"),
        ("{{ [].append }}", "attribute of an expression"),
        ("{{ {} }}", "dict"),
        ("{{ (1, 2) }}", "tuple"),
        ("{{ 'a' * 10**9 }}", "mul"),
        ("{{ 10**99 }}", "pow"),
        ("{{ 2**2**2**99 }}", "pow"),
        ("{{ n + 1 }}", "add"),
        ("{{ -n }}", "neg"),
        ("{{ n // 0 }}", "floordiv"),
        ("{{ now ~ locale }}", "concat"),
        ("{{ n is defined }}", "test defined"),
        ("{{ n is callable }}", "test callable"),
        ("{% if n is none(1) %}{% endif %}", "none takes no arguments"),
        ("{% if n is sameas n %}{% endif %}", "test sameas"),
        ("{% if n is in notes %}{% endif %}", "test in"),
    ],
)
def test_a_template_reaches_nothing_but_the_context(user: str, named: str) -> None:
    """In a branch that is never reached as well."""
    for each in (user, f"{{% if n < 0 %}}{user}{{% endif %}}"):
        problems = wrong_with(each, "n", "now", "locale", "tasks", "notes")
        assert [problem for problem in problems if named in problem and "placeholders" not in problem] != [], problems


@pytest.mark.parametrize(
    "user",
    [
        "{{ n",
        "{% if n %}",
        "{% endfor %}",
        "{{ }}",
        "{% %}",
        "{{ n n }}",
        "{% do n %}",
        "{% debug %}",
        "{% trans %}",
        "{{ 'open }}",
        "{{ n|}}",
        "{% for x %}{% endfor %}",
        "{% for None in tasks %}{% endfor %}",
        "{{ 0x }}",
        "{# open",
    ],
)
def test_what_is_no_template_is_refused(user: str) -> None:
    (problem,) = wrong_with(user, "n")
    assert problem.startswith("not a template: ")
    assert "\n" not in problem


@pytest.mark.parametrize(
    ("user", "problem"),
    [
        ("{{ tasks }}", "tasks is neither text nor number"),
        ("{{ n or notes }}", "notes is neither text nor number"),
        ("{% for t in tasks %}{{ t }}{% endfor %}", "t is neither text nor number"),
        ("{% for t in tasks %}{{ loop }}{% endfor %}", "loop is neither text nor number"),
        ("{% for t in tasks %}{{ loop.first }}{% endfor %}", "loop.first is neither text nor number"),
        ("{{ n > 3 }}", "compare (line 1) is neither text nor number"),
        ("{{ not n }}", "not (line 1) is neither text nor number"),
        ("{{ n is none }}", "test (line 1) is neither text nor number"),
        ("{{ none }}", "const (line 1) is neither text nor number"),
        ("{{ true if n else 'x' }}", "const (line 1) is neither text nor number"),
        ("{{ now if n }}", "the if in line 1 has no else"),
        ("{{ now if n else (now if n) }}", "the if in line 1 has no else"),
    ],
)
def test_what_could_never_be_printed_is_refused(user: str, problem: str) -> None:
    assert problem in wrong_with(user, "n", "now", "tasks", "notes")


@pytest.mark.parametrize(
    "user",
    [
        "{{ n" + ".a" * 5_000 + " }}",
        "{{ n" + "|round" * 2_000 + " }}",
        "{{ " + " or ".join(["n"] * 3_000) + " }}",
        "{{ " + "n if n else " * 1_000 + "n }}",
        "{{ " + "(" * 3_000 + "n" + ")" * 3_000 + " }}",
        "{{ " + "[" * 3_000 + "]" * 3_000 + " }}",
        "{% if " + "not " * 900 + "n %}x{% endif %}",
        "{% if " + "not " * 200 + "n %}x{% endif %}",
        "{% if n %}" * 150 + "{% endif %}" * 150,
        "{% if n %}" * 600 + "{% endif %}" * 600,
        "".join(f"{{% for a{k} in tasks %}}" for k in range(25)) + "{% endfor %}" * 25,
        "{{ " + "9" * 5_000 + " }}",
        "{{ " + "-" * 5_000 + "n }}",
        "{{ " + "~".join(["n"] * 3_000) + " }}",
        "{{ " + "**".join(["n"] * 3_000) + " }}",
    ],
    ids=lambda user: f"{user[:16]}... {len(user)}",
)
def test_what_is_nested_too_deeply_to_check_is_refused(user: str) -> None:
    assert wrong_with(user, "n", "tasks") != []


def test_the_deepest_template_that_is_taken_can_be_rendered() -> None:
    """An ``if`` is one level, its test and what it prints are three more at its end."""
    taken = [depth for depth in range(1, 2 * MAX_DEPTH) if not wrong_with(_nested(depth), "n")]
    assert taken == list(range(1, len(taken) + 1))
    assert MAX_DEPTH - 5 < len(taken) <= MAX_DEPTH
    prompt = load("x", document(user=_nested(len(taken)), placeholders=["n"]))
    assert prompt.user(context(n=7)) == "7"


def _nested(depth: int) -> str:
    return "{% if n %}" * depth + "{{ n }}" + "{% endif %}" * depth


@given(st.lists(st.sampled_from(_TEMPLATE_SIGNS + _TEMPLATE_WORDS), max_size=30).map("".join))
def test_whatever_the_template_it_is_refused_or_can_be_rendered(user: str) -> None:
    """And costs no more than one pass over what there is to print."""
    used = [name for name in ("n", "tasks") if name in user]
    if not wrong_with(user or "n", *used):
        prompt = load("x", document(user=user or "n", placeholders=used))
        assert len(prompt.user(context(RICH, RICH_PROFILE))) <= 4 * len(user) + 1_000
