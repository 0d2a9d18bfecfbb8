"""A version as a model would get it, and the whole way from signals to tips without a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from local.prompts.checking import problems
from local.prompts.screen import FAILED, PromptsError, plain, say, short
from local.prompts.sources import Document
from tipbandit.adapters.llm.template import TemplateModel
from tipbandit.context.budget import estimated_tokens
from tipbandit.context.model import PromptContext
from tipbandit.ports.generation import Ask
from tipbandit.tips.reading import merged, read
from tipbandit.usecases.asking import most_tokens
from tipbandit.usecases.generate import question

WIDE: Final = 140
"""From this width on, two versions stand side by side."""
_WITHIN_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Rendered:
    """A version, rendered for a moment."""

    document: Document
    ask: Ask

    @property
    def heading(self) -> str:
        """Which version it is."""
        return f"{self.document.version} · {short(self.document.digest)} · {self.document.where}"

    @property
    def parts(self) -> dict[str, str]:
        """The messages by the names they have for a model."""
        return {"system": self.ask.system, "user": self.ask.turns[0].text}

    @property
    def cost(self) -> str:
        """What one call is given of a user's tokens of the day."""
        most, to_write = most_tokens(self.ask), self.ask.sampling.max_tokens
        return f"a call: about {most - to_write:,} tokens to read and at most {to_write:,} to write, {most:,} in all"


def rendered(document: Document, context: PromptContext) -> Rendered:
    """Return a version rendered for a moment.

    Raises:
        PromptsError: if it cannot be used; every problem is named.
    """
    if wrong := problems(document):
        raise PromptsError(f"{document.where} cannot be used: {'; '.join(wrong)}", FAILED)
    prompt = document.prompt()
    return Rendered(document, question(prompt, context))


def render(console: Console, versions: Sequence[Rendered], *, user_only: bool) -> int:
    """Print one or two rendered versions."""
    if user_only and len(versions) == 1:
        say(console, versions[0].parts["user"])
    elif len(versions) > 1 and console.width >= WIDE:
        _side_by_side(console, versions, user_only=user_only)
    else:
        for each in versions:
            _one(console, each, user_only=user_only)
    return 0


def _one(console: Console, version: Rendered, *, user_only: bool) -> None:
    say(console, version.heading, "bold")
    for name in _names(user_only=user_only):
        console.print(Rule(_title(name, version), align="left", style="dim"))
        say(console, version.parts[name])
    console.print(Rule(style="dim"))
    say(console, version.cost)


def _side_by_side(console: Console, versions: Sequence[Rendered], *, user_only: bool) -> None:
    table = Table.grid(padding=(0, 2), expand=True)
    for _ in versions:
        table.add_column(ratio=1)
    table.add_row(*(plain(each.heading, "bold") for each in versions))
    for name in _names(user_only=user_only):
        table.add_row(*(Rule(_title(name, each), align="left", style="dim") for each in versions))
        table.add_row(*(plain(each.parts[name]) for each in versions))
    table.add_row(*(Rule(style="dim") for _ in versions))
    table.add_row(*(plain(each.cost) for each in versions))
    console.print(table)


def _names(*, user_only: bool) -> tuple[str, ...]:
    return ("user",) if user_only else ("system", "user")


def _title(name: str, version: Rendered) -> Text:
    return Text(f"{name}, about {estimated_tokens(version.parts[name]):,} tokens")


def try_out(console: Console, version: Rendered) -> int:
    """Have the rules answer a rendered version, read the answer as /generate does, and print the tips."""
    ask, name = version.ask, version.document.version
    completion = TemplateModel().complete(ask, within_s=_WITHIN_S)
    answer = read(completion.text, ask.schema, name)
    tips = merged(answer.tips)[: ask.n]
    say(console, version.heading, "bold")
    say(console, f"model {completion.model} (rules, which read the moment and not the prompt's words)")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("tip_id", no_wrap=True, style="dim")
    table.add_column("kind", no_wrap=True)
    for heading in ("priority", "due in h"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("text")
    for tip in tips:
        due = "" if tip.due_in_hours is None else f"{tip.due_in_hours:g}"
        table.add_row(tip.tip_id, tip.kind, f"{tip.priority:g}", due, plain(tip.text))
    console.print(table)
    for problem in answer.problems:
        say(console, f"dropped: {problem}", "yellow")
    say(console, f"{len(tips)} of {ask.n} tips, {answer.dropped} dropped")
    return 0
