"""The pipeline as a Prefect flow: the same steps, each a task, watched and scheduled by Prefect.

Import it after the environment is set: Prefect reads its settings when it is loaded. What is not set is set here, so
that it sends nothing, starts a server of its own that ends with the run, and is patient with it.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

QUIET: Final = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
}
T = TypeVar("T")

for _name, _value in QUIET.items():
    os.environ.setdefault(_name, _value)

from prefect import flow, task  # noqa: E402 - see above
from prefect.cache_policies import NO_CACHE  # noqa: E402

from tipbandit_lab.pipeline import registering  # noqa: E402
from tipbandit_lab.pipeline.keeping import Kept  # noqa: E402
from tipbandit_lab.pipeline.options import of_json  # noqa: E402
from tipbandit_lab.pipeline.running import Outcome, registered, taken  # noqa: E402
from tipbandit_lab.pipeline.steps import STEPS  # noqa: E402
from tipbandit_lab.pipeline.telling import on_stderr  # noqa: E402


@flow(name="tipbandit-pipeline", persist_result=False, validate_parameters=False)
def pipeline(asked: dict[str, Any]) -> Outcome:
    """Run all steps; what was made before is taken as it is.

    Args:
        asked: ``options.Asked`` as JSON; what is not there has its default.

    Raises:
        RunError: if a step fails; it is named.
    """
    wanted = of_json(asked)
    done: dict[str, Kept] = {}
    with on_stderr() as told:
        for step in STEPS:
            work = partial(taken, step, wanted, dict(done), told)
            done[step.name] = _watched(step.name, work)
        return _watched(registering.NAME, partial(registered, wanted, done, told))


def _watched(name: str, work: Callable[[], T]) -> T:
    """Do something as a task of the flow; what is kept is kept by the steps, not by Prefect."""

    @task(name=name, cache_policy=NO_CACHE, persist_result=False)
    def do() -> T:
        return work()

    return do()
