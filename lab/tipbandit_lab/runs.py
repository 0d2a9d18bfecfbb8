"""Run a plan: play what is not there yet, and keep it."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from tipbandit_lab import parts
from tipbandit_lab.errors import RunError, StoppedError
from tipbandit_lab.plan import Item, Plan
from tipbandit_lab.progress import Progress, Silent
from tipbandit_lab.workers import Executor, WorkError, in_process, unpacked


def run(
    plan: Plan,
    directory: Path,
    *,
    executor: Executor = in_process,
    progress: Progress | None = None,
    fresh: bool = False,
) -> None:
    """Play every item of a plan that a directory does not hold yet.

    Args:
        plan: what is to be there.
        directory: where; it is created.
        executor: where the items are played.
        progress: who is told.
        fresh: whether to remove another or an earlier run from the directory first.

    Raises:
        RunError: if the directory holds something else, or an item fails. What was done is kept.
        StoppedError: on Ctrl-C.
    """
    configuration = plan.configuration()
    _claim(directory, configuration, fresh=fresh)
    todo = [item for item in plan.items if parts.read(directory, item, configuration["fingerprint"]) is None]
    done = len(plan.items) - len(todo)
    with progress or Silent() as told:
        told.start(total=len(plan.items), done=done, user_rounds=plan.user_rounds)
        try:
            with closing(executor(plan, todo)) as played:
                for item, streams in played:
                    parts.write(directory, item, unpacked(streams), _of(configuration, item))
                    done += 1
                    told.advance()
        except KeyboardInterrupt:
            raise StoppedError(f"stopped with {_left(done, plan)}") from None
        except WorkError as error:
            raise RunError(f"{error}. {_left(done, plan).capitalize()}") from error


def _left(done: int, plan: Plan) -> str:
    return f"{done} of {len(plan.items)} items done; the same command goes on from there"


def _of(configuration: Mapping[str, Any], item: Item) -> dict[str, Any]:
    """The part of the configuration that one item is about."""
    own = [each for each in configuration["personas"] if each["name"] == item.persona]
    return {**configuration, "personas": own, "seeds": [item.seed]}


def _claim(directory: Path, configuration: Mapping[str, Any], *, fresh: bool) -> None:
    """Make sure that a directory may hold a run of this configuration, and say in it that it does."""
    if directory.exists() and not directory.is_dir():
        raise RunError(f"{directory} is no directory")
    if not (directory / parts.MANIFEST).exists():
        if directory.exists() and any(directory.iterdir()):
            raise RunError(f"{directory} is not empty and holds no run; choose another directory")
    elif fresh:
        parts.remove(directory)
    elif (found := parts.read_manifest(directory)) is None:
        raise RunError(f"{directory / parts.MANIFEST} is damaged; --fresh begins the run anew")
    elif differs := _differences(found, configuration):
        raise RunError(f"{directory} holds another run (other {differs}); choose another directory, or --fresh")
    else:
        return
    parts.write_manifest(directory, configuration)


def _differences(found: Mapping[str, Any], configuration: Mapping[str, Any]) -> str:
    names = set(configuration) - {"fingerprint", "commit"}
    if found["fingerprint"] == configuration["fingerprint"]:
        return ""
    return ", ".join(sorted(name for name in names if found.get(name) != configuration[name])) or "fingerprint"
