"""The warm path through the real runtime loop: what the invoker sees, what the function sees, what the table takes."""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import warm_processor
from benchmarks.tables import Report
from benchmarks.warm_course import OPERATIONS, Course, Measured, name_of_call
from benchmarks.warm_given import numbers
from benchmarks.warm_latency import cells, quantile
from benchmarks.warm_loop import INTERPRETER, LAYERS, ROOT, missing
from benchmarks.warm_requests import ARMS, CASES, GOAL, PLAYED, Case
from benchmarks.warm_stack import running

USERS: Final = 200
OWN_MS: Final = 0.5
SLOWEST_MS: Final = 10.0
_GIVEN: Final = {"WARM_UPS": [2000], "WARM_REQUESTS": [20_000], "WARM_STAGE_CALLS": [2000]}
_PERCENTILES: Final = ("p50", "p90", "p99", "max")
_OF_REWARD: Final = ("consistent GetItem", "PutItem")
_REMARKS: Final = """\
- *invoker*: what a client of aws-lambda-rie waits on a kept connection; *function*: its own metric `Latency`, from its
  log. Both in milliseconds by the clock. The functions are those that `sam build` made, with the template's settings.
- *own*: the function's latency without the table's calls as they are measured apart in the same round: one GetItem for
  /score; a consistent GetItem and a PutItem for /reward. Median over the rounds.
- *around*: the invoker's wait without the bare handler's for the same event and without the function's latency:
  metrics, Powertools' context and what the loop does with the log. Median over the rounds.
- *bare*: a handler that answers at once and gives the body back. What it costs is the runtime client, the emulator of
  the runtime API and this machine's sockets; in Lambda the last two are others.
"""
_ON_CALLS: Final = """\
- The functions' own client and store under their Python, in a process of its own, one call in turn with the
  invocations. *client*: CPU of the client in it, median; the rest is the emulator, and the way there and back.
"""
_ON_STAGES: Final = """\
- CPU of the handler in one process with the store in memory, under the functions' Python, from the built layers:
  *all* unwatched; the stages by a stop-watch around each, that takes a little itself. *validation*: JSON, the request's
  model; *encoding*: features; *arithmetic*: the state's decoding, scores, propensities, the draw; *answer*: token,
  ranking, JSON; *logging*: event, metrics, Powertools' context.
"""

Progress = Callable[[str], None]


def run(progress: Progress) -> Report:
    """Play the rounds, then measure the stages."""
    if reason := missing():
        return Report("Warm", [""], [], f"- {reason}")
    given = {name: each[0] for name, each in numbers(os.environ, _GIVEN).items()}
    before, rounds = (-(-given[name] // len(CASES)) for name in ("WARM_UPS", "WARM_REQUESTS"))
    users = [f"user-{number}" for number in range(USERS)]
    progress("warm: starting")
    with tempfile.TemporaryDirectory(prefix="tipbandit-") as directory, running(Path(directory), users) as stack:
        course = Course(stack, users)
        course.play(before + rounds, lambda number: progress(f"warm: round {number} of {before + rounds}"))
        measured = course.measured(rounds)
    progress("warm: stages")
    invoked = f"{before * len(CASES):,} invocations to warm up, then {rounds * len(CASES):,} in {rounds:,} rounds"
    remarks = [
        f"- {verdict(measured)}",
        f"- {invoked}; {measured.astray} answers degraded or not applied. DynamoDB: {measured.emulator}.",
        f"- The functions had {warm_processor.described()}.",
        f"{_REMARKS}\n{_calls(measured)}\n{_stages(given['WARM_STAGE_CALLS'])}",
    ]
    head = ["", *(f"{who} {each}" for who in ("invoker", "function") for each in _PERCENTILES), "own p50", "around p50"]
    title = "Warm: through the runtime loop, milliseconds"
    return Report(title, head, list(_rows(measured)), "\n".join(remarks), ratios(measured))


def ratios(measured: Measured) -> dict[str, float]:
    """Return what another machine's run can be compared by: the function's own part, in GetItems of the same run."""
    reads = {policy: median(measured.calls[name_of_call(OPERATIONS[0], policy)]) for policy in PLAYED}
    return {f"{case.name}, own / GetItem": own(measured, case) / reads[case.policy] for case in CASES}


def own(measured: Measured, case: Case) -> float:
    """Return the median, over the rounds, of a function's latency without the calls it makes of the table."""
    operations = _OF_REWARD if case.function == "reward" else OPERATIONS[:1]
    calls = [measured.calls[name_of_call(operation, case.policy)] for operation in operations]
    return median(_without(measured.handler[case.name], *calls))


def around(measured: Measured, case: Case) -> float:
    """Return the median, over the rounds, of what the invoker waits beyond the bare handler and the function's own."""
    bare = measured.bare[Case(PLAYED[-1], case.arms or min(ARMS)).name]
    return median(_without(measured.invoker[case.name], bare, measured.handler[case.name]))


def _without(whole: Sequence[float], *parts: Sequence[float]) -> Iterator[float]:
    return (each - sum(others) for each, *others in zip(whole, *parts, strict=True))


def verdict(measured: Measured) -> str:
    """Say whether the goals are met."""
    mine = own(measured, GOAL)
    slow = {
        f"{name} ({quantile(values, 0.99):.1f}, {who})": values
        for who, series in (("invoker", measured.invoker), ("function", measured.handler))
        for name, values in series.items()
        if quantile(values, 0.99) >= SLOWEST_MS
    }
    return (
        f"Goal, {GOAL.name} at most {OWN_MS:g} ms beyond its GetItem (p50): {'met' if mine <= OWN_MS else 'MISSED'}, "
        f"{mine:.2f}.\n- Goal, p99 of everything under {SLOWEST_MS:g} ms: "
        f"{'MISSED by ' + '; '.join(slow) if slow else 'met'}."
    )


def _rows(measured: Measured) -> Iterator[list[str]]:
    for case in CASES:
        seen = [*cells(measured.invoker[case.name]), *cells(measured.handler[case.name])]
        yield [case.name, *seen, f"{own(measured, case):.2f}", f"{around(measured, case):.2f}"]
    for name in (Case(PLAYED[-1], arms).name for arms in ARMS):
        yield [f"bare, as {name}", *cells(measured.bare[name]), *[""] * (len(_PERCENTILES) + 2)]


def _calls(measured: Measured) -> Report:
    names = [name_of_call(operation, policy) for operation in OPERATIONS for policy in PLAYED]
    rows = [[name, *cells(measured.calls[name]), f"{median(measured.client[name]):.2f}"] for name in names]
    head = ["", *_PERCENTILES, "client p50"]
    return Report(f"Warm: the table's calls alone, on {measured.emulator}, milliseconds", head, rows, _ON_CALLS)


def _stages(calls: int) -> Report:
    command = [str(INTERPRETER), "-m", "benchmarks.warm_stages", str(GOAL.arms), GOAL.policy, str(calls)]
    variables = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "lab", *LAYERS))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
    }
    done = subprocess.run(command, env=variables, cwd="/", capture_output=True, text=True, check=False)  # noqa: S603  our own
    if done.returncode:
        raise RuntimeError(f"the stages were not measured: {done.stderr.strip().splitlines()[-1]}")
    return staged(json.loads(done.stdout))


def staged(taken: Mapping[str, Sequence[float]]) -> Report:
    """Return the table of the stages from microseconds by stage and call."""
    watched = sum(median(values) for name, values in taken.items() if name != "all of it")
    rows = [
        [
            name,
            *(f"{quantile(values, share):.0f}" for share in (0.5, 0.9, 0.99)),
            "" if name == "all of it" else f"{median(values) / watched:.0%}",
        ]
        for name, values in taken.items()
    ]
    head = ["", "p50", "p90", "p99", "share"]
    return Report(f"Warm: {GOAL.name} by stage, microseconds of CPU", head, rows, _ON_STAGES)
