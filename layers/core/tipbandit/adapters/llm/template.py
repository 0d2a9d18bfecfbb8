"""Tips by rules: no network, no model, the same for the same context. In English, whatever the locale."""

import json
from collections.abc import Iterator
from typing import Final

from tipbandit.context.assemble import NO_TITLE
from tipbandit.context.model import PromptContext, TaskLine
from tipbandit.contracts.tip import Kind
from tipbandit.ports.generation import Ask, Completion
from tipbandit.prompts.template import OutputSchema
from tipbandit.tips.reading import likeness
from tipbandit.tips.rules import faults, one_line

MODEL: Final = "template"
"""Says that no language model was asked."""
_DAY_H: Final = 24
_MANY_TASKS: Final = 5
_TASK_SHARE: Final = 2 / 3
"""Of the tips wanted, those about open tasks at most; the rest are about something else."""
_UNMENTIONABLE: Final = "Take the first step on your most pressing task."

_Draft = tuple[Kind, str, float, float | None]
"""Kind, text, priority, hours until due."""

_ANYTIME: Final[tuple[_Draft, ...]] = (
    ("break", "Stand up and stretch for two minutes.", 0.4, None),
    ("plan", "Write down the one thing to finish next.", 0.45, None),
    ("habit", "Drink a glass of water.", 0.35, None),
    ("social", "Send a kind word to somebody you like.", 0.3, None),
    ("habit", "Take a short walk, even five minutes.", 0.4, None),
    ("plan", "Clear your desk before the next thing.", 0.3, None),
    ("break", "Look out of a window for a minute.", 0.3, None),
    ("habit", "Take ten slow breaths.", 0.35, None),
    ("task", "Finish the smallest thing on your list.", 0.4, None),
    ("plan", "Decide when you will stop working today.", 0.3, None),
)
"""As many as can be asked for, each short enough for every prompt's schema."""
_MANY: Final[_Draft] = ("plan", "Pick the three tasks that matter most today.", 0.55, None)


class TemplateModel:
    """``ports.generation.LanguageModel`` that reads the context and no prompt."""

    metered = False

    def complete(self, ask: Ask, *, within_s: float) -> Completion:  # noqa: ARG002  it takes no time to speak of
        """See ``ports.generation.LanguageModel.complete``."""
        tips = [_fitted(draft, ask.schema) for draft in _drafts(ask.context, ask.schema)]
        return Completion(json.dumps({"tips": tips[: ask.n]}), MODEL, input_tokens=0, output_tokens=0, cost_usd=0.0)


def _drafts(context: PromptContext, schema: OutputSchema) -> Iterator[_Draft]:
    """Yield at least as many drafts as are wanted, the best first."""
    yield from _about_tasks(context, schema)
    unwelcome = {str(past.kind).partition(" ")[0] for past in context.reactions if past.reaction == "dismissed"}
    others = (_MANY, *_ANYTIME) if len(context.tasks) >= _MANY_TASKS else _ANYTIME
    yield from sorted(others, key=lambda draft: draft[0] in unwelcome)


def _about_tasks(context: PromptContext, schema: OutputSchema) -> list[_Draft]:
    """Return drafts about the most pressing tasks, each of another text: what is alike is merged when it is read."""
    wanted = max(1, int(context.n * _TASK_SHARE))
    by_likeness: dict[str, _Draft] = {}
    for task in context.tasks:
        draft = _about(task, schema)
        if draft is not None:
            by_likeness.setdefault(likeness(draft[1]), draft)
        if len(by_likeness) == wanted:
            break
    if context.tasks and not by_likeness:
        return [("task", _UNMENTIONABLE, 0.6, None)]
    return list(by_likeness.values())


def _about(task: TaskLine, schema: OutputSchema) -> _Draft | None:
    """Return a draft about a task; None where its title cannot be shown."""
    hours = task.due_in_hours
    if hours is None:
        text, pressing = "{}: give it ten minutes now.", 0.5
    elif hours < 0:
        text, pressing = "{}: this is overdue. Start with five minutes of it.", 0.9
    elif hours <= _DAY_H:
        text, pressing = f"{{}}: {task.when}. Start on it now.", 0.8
    else:
        text, pressing = f"{{}}: {task.when}. Decide today when you will do it.", 0.5
    made = one_line(text.format(task.title))
    if task.title == NO_TITLE or len(made) > schema.max_chars or faults(made):
        return None
    priority = pressing if task.priority is None else (pressing + task.priority) / 2
    return "task", made, round(priority, 2), hours


def _fitted(draft: _Draft, schema: OutputSchema) -> dict[str, object]:
    """Return a draft as the schema wants it."""
    kind, text, priority, due_in_hours = draft
    tip = {"text": text, "kind": kind if kind in schema.kinds else schema.kinds[0], "priority": priority}
    return {**tip, "due_in_hours": due_in_hours} if schema.has_due_time and due_in_hours is not None else tip
