"""The gate as a step: simulate, or go on with a simulation that was stopped; judge; keep the record."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tipbandit_lab import report
from tipbandit_lab.errors import RunError
from tipbandit_lab.gate import record as records
from tipbandit_lab.gate.decision import decided as judged
from tipbandit_lab.gate.decision import fingerprint
from tipbandit_lab.gate.evidence import gather
from tipbandit_lab.gate.looks import place as look_at
from tipbandit_lab.gate.offline import Source, looked
from tipbandit_lab.personas import holdout, personas
from tipbandit_lab.pipeline.keeping import Kept
from tipbandit_lab.pipeline.options import Asked
from tipbandit_lab.plan import Plan
from tipbandit_lab.progress import on_stderr
from tipbandit_lab.results import load
from tipbandit_lab.roster import BASELINES
from tipbandit_lab.runs import run
from tipbandit_lab.workers import Executor, Processes, in_process

RECORD = "gate.json"
REPORT = "gate.html"


def decided(asked: Asked, prior: Kept, place: Path) -> Mapping[str, Any]:
    """Decide whether the candidate may serve, and return the record as JSON.

    The simulation is kept beside the steps, item by item: who stops it goes on from there.

    Args:
        asked: the two, how much is simulated, and which logged data are asked.
        prior: the step that says how they start new users.
        place: where the record and its report go, beside the directory of the gate's decisions.

    Raises:
        RunError: if the simulation fails or is stopped.
        ValueError: if it cannot be judged, or looks cannot be counted.
    """
    candidate, incumbent = prior.result["candidate"], prior.result["incumbent"]
    results = load(_simulated(asked, (candidate, incumbent), prior.directory))
    criteria = asked.criteria
    if criteria.personas is None:
        criteria = replace(criteria, personas=(*personas(), *holdout()))
    evidence = gather(results, candidate, incumbent)
    asked.decisions.mkdir(parents=True, exist_ok=True)
    number, path = look_at(asked.decisions, candidate, incumbent, fingerprint(evidence))
    logs = Source(lake=asked.lake, days=asked.days, criteria=asked.logged, priors=prior.directory)
    effect = float(evidence.advantage.mean())
    logged = looked(logs, candidate, incumbent, directory=asked.decisions, effect=effect)
    today = datetime.now(tz=UTC).date().isoformat()
    record = judged(results, evidence, criteria, number=number, date=today, logged=logged)
    for written, page in ((path, path.with_suffix(".html")), (place / RECORD, place / REPORT)):
        records.write(written, record)
        report.write(page, record, evidence)
    found: Mapping[str, Any] = json.loads((place / RECORD).read_bytes())
    return found


def executor(asked: Asked) -> Executor:
    """Return where the simulation is played: here, in processes of this machine, or on a Dask cluster.

    Raises:
        RunError: if there is no Dask.
    """
    if asked.dask is not None:
        try:
            from tipbandit_lab.clusters import Dask  # noqa: PLC0415 - an extra that most runs do without
        except ImportError as error:
            raise RunError(
                f"--dask needs the extra of that name: uv sync --project lab --extra dask ({error})"
            ) from None
        return Dask(asked.dask)
    return in_process if asked.workers == 1 else Processes(asked.workers)


def _simulated(asked: Asked, players: tuple[str, str], priors: Path) -> Path:
    names = tuple(dict.fromkeys((*players, *BASELINES)))
    plan = Plan.named(names, asked.personas, seeds=range(asked.seeds), setting=asked.setting, priors=priors)
    directory = asked.root / f"simulation-{plan.configuration()['fingerprint'][:16]}"
    run(plan, directory, executor=executor(asked), progress=on_stderr())
    return directory
