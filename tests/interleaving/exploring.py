"""Run schedules: drawn from a seed, or given; and shrink those that break a law."""

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from tests.interleaving import drawing
from tests.interleaving.designs import SOUND, Design
from tests.interleaving.doubles import design_of
from tests.interleaving.fleet import Fleet
from tests.interleaving.history import Breach, Law
from tests.interleaving.stage import Stage
from tests.interleaving.wire import EFFECTS

Schedule = tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """The steps that were possible, the laws they broke, and how much of what happened."""

    schedule: Schedule
    breaches: tuple[Breach, ...]
    tally: Counter[str]

    @property
    def laws(self) -> set[Law]:
        """The laws that were broken."""
        return {breach.law for breach in self.breaches}


_STEP: Final = re.compile(
    "|".join(
        (
            r"[abc] score d\d+ [a-z]+/v\d+",
            r"[abc] reward d\d+ -?[\d.]+( parts)?",
            rf"[abc] ({'|'.join(('reset', 'wake', *EFFECTS))})",
            r"land|expire|pass \d+|age (d\d+|tombstone) -?\d+",
        )
    )
)


def written(schedule: Schedule) -> str:
    """Return a schedule as text."""
    return "; ".join(schedule)


def read(text: str) -> Schedule:
    """Return the schedule that a text is.

    Raises:
        ValueError: if something in it is no step.
    """
    steps = tuple(" ".join(step.split()) for step in text.split(";") if step.strip())
    for step in steps:
        if not _STEP.fullmatch(step):
            raise ValueError(f"no step: {step!r}; tests/interleaving/stage.py lists them")
    return steps


def explore(fleet: Fleet, seed: int, design: Design = SOUND) -> Run:
    """Run the schedule of a seed."""
    return _run(fleet, design, lambda stage: drawing.steps(seed, stage))


def replay(fleet: Fleet, schedule: Schedule, design: Design = SOUND) -> Run:
    """Run a given schedule."""
    return _run(fleet, design, lambda _: schedule)


def _run(fleet: Fleet, design: Design, steps: Callable[[Stage], Iterable[str]]) -> Run:
    stage = Stage(fleet, design)
    schedule = tuple(step for step in steps(stage) if stage.perform(step))
    stage.finish()
    history, tally = stage.history, stage.wire.tally
    tally.update(f"{request.kind}s" for request in history.requests)
    tally["crashes"] = sum(request.outcome is None for request in history.requests)
    tally.update(schedules=1, steps=len(schedule), acknowledged_twice=history.acknowledged_twice)
    return Run(schedule, tuple(history.breaches), tally)


def shrink(fleet: Fleet, run: Run, design: Design = SOUND) -> Run:
    """Return a shorter schedule that breaks the first law that ``run`` broke.

    Steps are left out as long as that law still breaks, many at once and then few (Zeller, Hildebrandt: Simplifying
    and isolating failure-inducing input, IEEE TSE 28, 2002); then what goes wrong is made to go well where it may.
    """
    law = run.breaches[0].law
    size = len(run.schedule)
    while size:
        smaller = _without(fleet, run, law, design, size)
        run, size = (run, size // 2) if smaller is None else (smaller, min(size, len(smaller.schedule)))
    return _calmed(fleet, run, law, design)


def _calmed(fleet: Fleet, run: Run, law: Law, design: Design) -> Run:
    """Make what goes wrong go well, wherever the law still breaks."""
    for at, step in enumerate(run.schedule):
        who, _, word = step.partition(" ")
        if word in EFFECTS and word != "ok":
            steps = (*run.schedule[:at], f"{who} ok", *run.schedule[at + 1 :])
            calm = replay(fleet, steps, design)
            if law in calm.laws and calm.schedule == steps:
                return _calmed(fleet, calm, law, design)
    return run


def _without(fleet: Fleet, run: Run, law: Law, design: Design, size: int) -> Run | None:
    for at in range(0, len(run.schedule), size):
        smaller = replay(fleet, run.schedule[:at] + run.schedule[at + size :], design)
        if law in smaller.laws and len(smaller.schedule) < len(run.schedule):
            return smaller
    return None


def report(fleet: Fleet, seed: int, run: Run, wrong: str | None = None) -> str:
    """Say how a seed broke a law: by the shortest schedule that was found, and the command that runs it again.

    Where the design is one that is wrong, ``wrong`` names it.
    """
    shrunk = shrink(fleet, run, design_of(wrong))
    command = [".venv/bin/python", "-m", "tests.interleaving", *([] if wrong is None else ["--design", wrong])]
    return "\n".join(
        (
            f"seed {seed} breaks a law: {shrunk.breaches[0]}",
            f"{len(shrunk.schedule)} of its {len(run.schedule)} steps do:",
            *(f"    {step}" for step in shrunk.schedule),
            f"again: {shlex.join([*command, '--replay', written(shrunk.schedule)])}",
        )
    )
