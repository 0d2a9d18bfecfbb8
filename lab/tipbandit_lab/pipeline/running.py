"""Run the steps one after the other, here; what was made before is taken as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tipbandit_lab.errors import RunError, StoppedError
from tipbandit_lab.pipeline import registering
from tipbandit_lab.pipeline.keeping import Kept, keep
from tipbandit_lab.pipeline.options import Asked
from tipbandit_lab.pipeline.steps import STEPS, Step
from tipbandit_lab.pipeline.telling import Silent, Telling


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to.

    Attributes:
        version: the name of the version that was registered.
        verdict: of the gate.
        card: the directory of the card and all that belongs to the version.
        worked: the steps that were not known before.
    """

    version: str
    verdict: str
    card: Path
    worked: tuple[str, ...]


def run(asked: Asked, telling: Telling | None = None) -> Outcome:
    """Run all steps.

    Raises:
        RunError: if a step fails; it is named. What was done is kept, and nothing is registered.
        StoppedError: on Ctrl-C.
    """
    told = telling or Silent()
    done: dict[str, Kept] = {}
    for step in STEPS:
        done[step.name] = taken(step, asked, done, told)
    return registered(asked, done, told)


def taken(step: Step, asked: Asked, done: Mapping[str, Kept], told: Telling) -> Kept:
    """Return what one step made; let it work if it has not.

    Raises:
        RunError: if it fails.
        StoppedError: on Ctrl-C.
    """
    told.begun(step.name, STEPS.index(step) + 1, len(STEPS) + 1)
    try:
        before = {name: done[name].key for name in step.after}
        own = {name: done[name] for name in step.after}
        inputs = {**step.inputs(asked), "after": before}
        kept = keep(asked.root, step.name, inputs, lambda place: step.work(asked, own, place))
    except (KeyboardInterrupt, RunError, ValueError, OSError) as error:
        raise failure(step.name, error) from error
    told.ended(step.name, step.says(kept.result), before=kept.before)
    return kept


def registered(asked: Asked, done: Mapping[str, Kept], told: Telling) -> Outcome:
    """Register what the steps made.

    Raises:
        RunError: if that fails.
        StoppedError: on Ctrl-C.
    """
    told.begun(registering.NAME, len(STEPS) + 1, len(STEPS) + 1)
    try:
        version, new = registering.registered(asked, done)
    except (KeyboardInterrupt, RunError, ValueError, OSError) as error:
        raise failure(registering.NAME, error) from error
    told.ended(registering.NAME, version, before=not new)
    worked = tuple(name for name, each in done.items() if not each.before)
    verdict = str(done["gate"].result["record"]["verdict"])
    return Outcome(version, verdict, done["card"].directory, (*worked, *([registering.NAME] if new else ())))


def failure(step: str, error: BaseException) -> RunError:
    """Return what is said of a step that was stopped or failed: one sentence that names it."""
    goes_on = "; the same command goes on from there"
    if isinstance(error, KeyboardInterrupt | StoppedError):
        said = str(error) or f"stopped{goes_on}"
        return StoppedError(f"{step}: {said}")
    return RunError(f"{step}: {error}")
