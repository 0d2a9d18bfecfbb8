"""Who puts the steps in a row: Prefect where it is installed, or nobody but a loop."""

import os
from enum import StrEnum
from importlib.util import find_spec

from tipbandit_lab.errors import RunError
from tipbandit_lab.pipeline import running
from tipbandit_lab.pipeline.options import Asked
from tipbandit_lab.pipeline.running import Outcome
from tipbandit_lab.pipeline.telling import on_stderr


class Engine(StrEnum):
    """What runs the steps; the results are the same."""

    prefect = "prefect"
    plain = "plain"


def usual() -> Engine:
    """Return Prefect where it is installed."""
    return Engine.prefect if find_spec("prefect") else Engine.plain


def run(asked: Asked, engine: Engine) -> Outcome:
    """Run the pipeline, and tell on stderr how far it is.

    Raises:
        RunError: if a step fails, or the engine is not there.
    """
    if engine is Engine.plain:
        with on_stderr() as told:
            return running.run(asked, told)
    return _by_prefect(asked)


def _by_prefect(asked: Asked) -> Outcome:
    home = asked.root.absolute() / "prefect"
    home.mkdir(parents=True, exist_ok=True)  # where there is none, its server cannot start
    os.environ.setdefault("PREFECT_HOME", str(home))
    try:
        from tipbandit_lab.pipeline.flow import pipeline  # noqa: PLC0415 - an extra that takes seconds to load
    except ImportError as error:
        needs = "--engine prefect needs the extra pipeline: uv sync --project lab --extra pipeline"
        raise RunError(f"{needs} ({error})") from None
    try:
        return pipeline(asked.as_json())
    except RunError:
        raise
    except RuntimeError as error:  # its own server's
        raise RunError(f"Prefect cannot run the flow: {error} --engine plain does without") from error
