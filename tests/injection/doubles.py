"""Renderers that are wrong on purpose, so that the checks can be seen to fail."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from jinja2 import Environment, Template

from tipbandit.context.data import Phrase
from tipbandit.prompts.prompt import Prompt

Render = Callable[[Mapping[str, Any]], str]


class _Renderer:
    """As much of a Jinja template as a prompt uses."""

    def __init__(self, render: Render) -> None:
        self.render = render


def rendered_by(prompt: Prompt, render: Render) -> Prompt:
    """Return a prompt whose user's message comes from ``render``."""
    return replace(prompt, _user=cast("Template", _Renderer(render)))


def printing(prompt: Prompt, show: Callable[[str], str]) -> Prompt:
    """Return a prompt that prints texts of the user's as ``show`` makes them."""
    template = _jinja(show).from_string(prompt.template.user)
    return rendered_by(prompt, template.render)


def evaluating(prompt: Prompt) -> Prompt:
    """Return a prompt that takes what it has rendered, without quotes, for a template again."""
    once = _jinja(str).from_string(prompt.template.user)
    return rendered_by(prompt, lambda values: _jinja(str).from_string(once.render(values)).render(values))


def remembering(prompt: Prompt) -> Prompt:
    """Return a prompt that shows the notes of all who were before."""
    seen: list[str] = []

    def render(values: Mapping[str, Any]) -> str:
        seen.extend(values["notes"])
        return "\n".join(json.dumps(note) for note in seen)

    return rendered_by(prompt, render)


def _jinja(show: Callable[[str], str]) -> Environment:
    def printed(value: object) -> object:
        return show(value) if isinstance(value, str) and not isinstance(value, Phrase) else value

    return Environment(autoescape=False, finalize=printed, trim_blocks=True, lstrip_blocks=True)  # noqa: S701  no HTML


def _half_escaped(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


DOUBLES: Final[Mapping[str, Callable[[Prompt], Prompt]]] = {
    "prints texts as they are": lambda prompt: printing(prompt, str),
    "puts quotes around texts and escapes nothing": lambda prompt: printing(prompt, lambda text: f'"{text}"'),
    "escapes quotes and no backslashes": lambda prompt: printing(prompt, _half_escaped),
    "prints JSON, and brackets in it": lambda prompt: printing(prompt, json.dumps),
}
BITES: Final[Mapping[str, frozenset[str]]] = {
    "prints texts as they are": frozenset(),
    "puts quotes around texts and escapes nothing": frozenset('"\\'),
    "escapes quotes and no backslashes": frozenset("\\"),
    "prints JSON, and brackets in it": frozenset("<>[]{}`"),
}
"""Characters with which each goes wrong; with none named, any text will do."""
