"""Signals -> ``PromptContext``: a pure function, the same for the same signals."""

import math
from collections.abc import Iterable
from typing import Final

from tipbandit.context import wording
from tipbandit.context.budget import CONTEXT_TOKENS, SHARES, fitting
from tipbandit.context.data import Phrase, cleaned
from tipbandit.context.model import PromptContext, ReactionLine, TaskLine
from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.contracts.signals import OpenTask, PastReaction, Signals

NO_TITLE: Final = "(untitled)"
"""Stands for a title of which nothing could be read."""


def assemble(signals: Signals, profile: ProfileFeatures | None, *, n: int, room: int = CONTEXT_TOKENS) -> PromptContext:
    """Return what a prompt may say of a moment.

    Tasks are ranked by due time, then by priority; reactions by time; notes, and whatever ties, stay in the caller's
    order. Each list is cut where its share of ``room``, in estimated tokens, ends.

    Args:
        signals: the moment.
        profile: what is known of the user; put in words.
        n: how many tips are wanted.
        room: the token budget of all the user's texts together.
    """
    tasks = sorted(signals.open_tasks or (), key=_pressing)
    reactions = sorted(signals.reactions or (), key=_age)
    notes = [note for note in map(cleaned, signals.notes or ()) if note]
    kept_tasks, kept_reactions, kept_notes = _fitted(tasks, reactions, notes, room)
    return PromptContext(
        n=n,
        now=wording.moment(signals.local_time),
        locale=signals.locale or "en",
        calendar=wording.workload(signals.calendar),
        tasks=kept_tasks,
        tasks_left_out=len(tasks) - len(kept_tasks),
        reactions=kept_reactions,
        reactions_left_out=len(reactions) - len(kept_reactions),
        habits=wording.habits(profile),
        notes=kept_notes,
        notes_left_out=len(notes) - len(kept_notes),
    )


def _fitted(
    tasks: Iterable[OpenTask], reactions: Iterable[PastReaction], notes: Iterable[str], room: int
) -> tuple[tuple[TaskLine, ...], tuple[ReactionLine, ...], tuple[str, ...]]:
    """Return of each list what fits into its share of the room that the ones before left."""
    kept_tasks, used = fitting(map(_task, tasks), lambda each: each.title, int(room * SHARES["tasks"]))
    room -= used
    share = int(room * SHARES["reactions"])
    kept_reactions, used = fitting(map(_reaction, reactions), lambda each: each.text or "", share)
    kept_notes, _ = fitting(notes, str, int((room - used) * SHARES["notes"]))
    return kept_tasks, kept_reactions, kept_notes


def _task(task: OpenTask) -> TaskLine:
    return TaskLine(
        title=cleaned(task.title) or NO_TITLE,
        when=wording.due(task.due_in_hours),
        importance=wording.importance(task.priority),
        age=wording.age(task.age_hours),
        due_in_hours=task.due_in_hours,
        priority=task.priority,
    )


def _pressing(task: OpenTask) -> tuple[float, float]:
    """Sort key: the soonest due first, then the most important; ties stay in the caller's order."""
    due = math.inf if task.due_in_hours is None else task.due_in_hours
    return due, -(0.5 if task.priority is None else task.priority)


def _age(reaction: PastReaction) -> float:
    """Sort key: the latest first, those of unknown time last."""
    return math.inf if reaction.hours_ago is None else reaction.hours_ago


def _reaction(reaction: PastReaction) -> ReactionLine:
    return ReactionLine(
        reaction=Phrase(reaction.reaction),
        kind=Phrase(f"{reaction.kind} tip" if reaction.kind else "tip"),
        text=cleaned(reaction.text) or None if reaction.text is not None else None,
        ago=wording.ago(reaction.hours_ago),
    )
