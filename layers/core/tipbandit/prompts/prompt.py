"""A prompt version, checked and ready to render."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tipbandit.context.data import DATA_RULE, printed
from tipbandit.context.model import ContextModel, PromptContext
from tipbandit.errors import InvalidPromptError
from tipbandit.prompts import placeholders
from tipbandit.prompts.template import PromptTemplate, parsed


class _Closed(ImmutableSandboxedEnvironment):
    """Jinja with nothing in it but the context: no globals, no loader, two filters, no calls.

    Its autoescaping is for HTML and off; what a prompt needs escaped is done by ``printed``, to every value.
    """

    def __init__(self) -> None:
        super().__init__(
            autoescape=False,
            undefined=StrictUndefined,
            finalize=printed,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in placeholders.FILTERS}
        self.tests = {"none": self.tests["none"]}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401, ARG002  as inherited
        """Only the context's own fields, and those of a loop that a prompt may use."""
        if isinstance(obj, LoopContext):
            return attr in placeholders.LOOP_FIELDS
        return isinstance(obj, ContextModel) and attr in type(obj).model_fields

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ANN401, ARG002  as inherited
        """Nothing is."""
        return False


_JINJA: Final = _Closed()


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """One usable prompt version.

    Attributes:
        template: as it is written.
        digest: SHA-256 of the document, in hexadecimal.
    """

    template: PromptTemplate
    digest: str
    _user: Template = field(repr=False)

    @property
    def system(self) -> str:
        """The instructions: the author's, and the rule that the user's texts are data."""
        return f"{self.template.system.rstrip()}\n\n{DATA_RULE}"

    def user(self, context: PromptContext) -> str:
        """Return the user's message for a context; every text in it that is not the service's own is in quotes.

        Raises:
            InvalidPromptError: if it takes for granted what this context lacks, such as the due time of every task.
        """
        try:
            return self._user.render({name: getattr(context, name) for name in type(context).model_fields})
        except (TemplateError, TypeError) as error:
            problem = f"user: of this moment it cannot be written, {type(error).__name__}: {error}"
            raise InvalidPromptError(self.template.version, [problem]) from None


def load(version: str, raw: bytes) -> Prompt:
    """Return the prompt version of a document, checked whole.

    Raises:
        InvalidPromptError: naming every wrong field, or everything in its template that is wrong.
    """
    template = parsed(version, raw)
    try:
        tree = _JINJA.parse(template.user)
    except (TemplateError, RecursionError, ValueError) as error:  # the last for numbers of thousands of digits
        raise InvalidPromptError(version, [f"user: not a template: {' '.join(str(error).split())}"]) from None
    if placeholders.is_too_deep(tree):
        raise InvalidPromptError(version, [f"user: it is nested more than {placeholders.MAX_DEPTH} deep"])
    if wrong := [*placeholders.problems(tree), *_undeclared(tree, template)]:
        raise InvalidPromptError(version, [f"user: {each}" for each in wrong])
    return Prompt(template, hashlib.sha256(raw).hexdigest(), _JINJA.from_string(tree))


def _undeclared(tree: nodes.Template, template: PromptTemplate) -> list[str]:
    """Compare the list of placeholders with the template."""
    used, listed = placeholders.used(tree), set(template.placeholders)
    known = set(PromptContext.model_fields)
    return [
        *(f"{name} is used and not listed in placeholders" for name in sorted((used - listed) & known)),
        *(f"{name} is listed in placeholders and not used" for name in sorted((listed - used) & known)),
        *(f"{name}, listed in placeholders, is no field of the context" for name in sorted(listed - known)),
    ]
