"""Whether a version can be used: its format, its placeholders, and whether it can say every moment."""

from collections.abc import Sequence
from typing import Any, Final

import yaml
from rich.console import Console

from local.prompts.samples import everything
from local.prompts.screen import FAILED, say
from local.prompts.sources import Document, Mirror, required
from tipbandit.context.model import PromptContext
from tipbandit.errors import InvalidPromptError
from tipbandit.prompts.prompt import Prompt, load

_TIP: Final = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "maxLength": 200},
        "kind": {"type": "string", "enum": ["task"]},
        "priority": {"type": "number"},
    },
    "required": ["text", "kind", "priority"],
    "additionalProperties": False,
}
_IN_ORDER: Final[dict[str, Any]] = {
    "version": "v1",
    "note": "-",
    "system": "-",
    "sampling": {"max_tokens": 64},
    "output_schema": {
        "type": "object",
        "properties": {"tips": {"type": "array", "items": _TIP}},
        "required": ["tips"],
        "additionalProperties": False,
    },
}
"""A version without anything that could be wrong, to look at a template by itself."""


def problems(document: Document) -> list[str]:
    """Return everything that is wrong with a version.

    What the service finds when it reads a version, and what only shows in a moment that lacks what the template takes
    for granted: the number of an entry that has none.
    """
    try:
        return _unsayable(document.prompt())
    except InvalidPromptError as error:
        return list(dict.fromkeys([*error.problems, *_further(document)]))


def _further(document: Document) -> list[str]:
    """Return what is wrong with the name and the template of a version that was refused for something else."""
    found = []
    try:
        written = yaml.safe_load(document.raw)
        if written["version"] != document.version:
            found.append(f"it says it is version {written['version']}")
        looked_at = {**_IN_ORDER, "user": written["user"], "placeholders": written["placeholders"]}
        found += _unsayable(load(_IN_ORDER["version"], yaml.safe_dump(looked_at).encode()))
    except InvalidPromptError as error:
        found += error.problems
    except (yaml.YAMLError, ValueError, LookupError, TypeError, RecursionError):
        pass  # there is nothing to look at, which was found before
    return found


def _unsayable(prompt: Prompt) -> list[str]:
    """Return the moments that a template fails for, by how it does."""
    found: dict[str, list[str]] = {}
    for name, context in everything().items():
        for problem in _said_wrong(prompt, context):
            found.setdefault(problem, []).append(name)
    return [f"{problem} ({'; '.join(names)})" for problem, names in found.items()]


def _said_wrong(prompt: Prompt, context: PromptContext) -> Sequence[str]:
    try:
        said = prompt.user(context)
    except InvalidPromptError as error:
        return error.problems
    return [] if said.strip() else ["user: it says nothing"]


def check(console: Console, mirror: Mirror, versions: list[str]) -> int:
    """Check the mirror's versions, all of them where none are named, and return the exit status."""
    documents = [required(mirror, version) for version in versions or mirror.versions()]
    found = {document.version: problems(document) for document in documents}
    for version, wrong in found.items():
        report(console, version, wrong)
    strangers = [] if versions else mirror.strangers()
    for path in strangers:
        say(console, f"{path.name}: is no prompt version by its name, VERSION.yaml", "red")
    return FAILED if strangers or any(found.values()) else 0


def report(console: Console, version: str, wrong: list[str]) -> None:
    """Print what was found of a version."""
    if not wrong:
        say(console, f"{version}: ok")
    for problem in wrong:
        say(console, f"{version}: {problem}", "red")
