"""Open-loop load on the local stack at rising rates: latencies without coordinated omission, and where it saturates."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from benchmarks.offered_arrivals import REWARD, SCORE, arrivals, burst, names
from benchmarks.offered_load import KEEPS_UP, LATE_MS, WRONG, Load, Step
from benchmarks.offered_processes import API, DYNALITE, GENERATOR, MACHINE, MOTO, bottleneck
from benchmarks.tables import Report
from benchmarks.warm_given import numbers
from benchmarks.warm_latency import quantile
from benchmarks.warm_loop import ROOT
from benchmarks.warm_stack import Table, dynalite
from local.child import Child
from local.options import Options
from local.template import read

_GIVEN: Final = {
    "OFFERED_RATES": [25, 50, 75, 100, 125, 150, 200, 250, 300, 400, 600, 800],
    "OFFERED_SECONDS": [20],
    "OFFERED_CANDIDATES": [10],
    "OFFERED_SCORES": [10],
    "OFFERED_ENVIRONMENTS": [4],
}
_TABLE: Final = "StateTable"
_PATIENCE_S: Final = 5.0
_START_S: Final = 120.0
_SHARES: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
_SHOWN: Final = {SCORE: ("p50", "p90", "p99", "p99.9"), REWARD: ("p50", "p99")}
_ROLES: Final = (API, SCORE, REWARD, MOTO, DYNALITE, GENERATOR, MACHINE)

Progress = Callable[[str], None]
Given = dict[str, list[int]]


def run(progress: Progress) -> Report:
    """Load the stack on its own emulator, then on a faster one for the table, where that is installed."""
    given = numbers(os.environ, _GIVEN)
    reports = []
    with tempfile.TemporaryDirectory(prefix="tipbandit-") as directory:
        for emulator in (MOTO, DYNALITE):
            place = Path(directory) / emulator
            place.mkdir()
            with _loaded(emulator, place, given) as load:
                if load is not None:
                    reports.append(_report(emulator, _steps(load, emulator, given, progress)))
    first, *others = reports
    remarks = "\n".join([first.remarks, *map(str, others), _explained(given)])
    return Report(first.title, first.head, first.rows, remarks)


def _steps(load: Load, emulator: str, given: Given, progress: Progress) -> list[Step]:
    """Raise the rate until the stack saturates."""
    (seconds,), (scores,), (environments,) = (
        given[name] for name in ("OFFERED_SECONDS", "OFFERED_SCORES", "OFFERED_ENVIRONMENTS")
    )
    for seed in range(3):  # decisions first: rewards are for those
        progress(f"offered: waking up, on {emulator}")
        load.send(burst((scores + 1) * 4 * environments, scores=scores, seed=seed), rate=0.0)
    steps: list[Step] = []
    for rate in given["OFFERED_RATES"]:
        progress(f"offered: {rate} a second, on {emulator}")
        steps.append(load.send(arrivals(rate, seconds, scores=scores, seed=rate), rate))
        if steps[-1].is_saturated:
            break
    return steps


@contextmanager
def _loaded(emulator: str, directory: Path, given: Given) -> Iterator[Load | None]:
    """Run a stack whose table is on one of the emulators, with users who have learned, and a generator aimed at it."""
    with ExitStack() as cleanup:
        # Lambda sets no such file. Where one is set the lean clients leave the work to the SDK.
        variables = {"AWS_CONFIG_FILE": "", "AWS_SHARED_CREDENTIALS_FILE": ""}
        table: Table | None = None
        if emulator == DYNALITE:
            table = cleanup.enter_context(dynalite(directory, read(Options().template), _TABLE))
            if table is None:
                yield None
                return
            variables["AWS_ENDPOINT_URL_DYNAMODB"] = table.endpoint
        (environments,), (arms,) = given["OFFERED_ENVIRONMENTS"], given["OFFERED_CANDIDATES"]
        order = {"state": str(directory / "state"), "environments": environments, "variables": variables}
        stack = Child(
            ["-m", "benchmarks.offered_stack"],
            directory=ROOT,
            log=directory / "stack.log",
            variables={"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "lab")])},
        )
        cleanup.callback(_ended, stack)
        where = stack.ask(order, _START_S)
        table = table or Table(MOTO, where["endpoint"], _TABLE)
        table.settle(names())
        load = Load(where["url"], table, directory / "generator.log", arms=arms, patience_s=_PATIENCE_S)
        cleanup.callback(load.close)
        yield load


def _ended(stack: Child) -> None:
    """Let the stack end in order: what it has started goes with it."""
    stack.send({"stop": True})
    stack.reap()
    stack.close()


def _report(emulator: str, steps: Sequence[Step]) -> Report:
    used = Report(
        f"Offered: processors in use, DynamoDB on {emulator}",
        ["requests/s", *_ROLES, "GetItem p50", "GetItem p99"],
        [[f"{each.rate:.0f}", *_used(each)] for each in steps],
        verdict(steps, os.cpu_count() or 1),
    )
    title = f"Offered: milliseconds from when a request was due, DynamoDB on {emulator}"
    shown = (f"{kind} {name}" for kind, names in _SHOWN.items() for name in names)
    head = ["requests/s", "drawn", "achieved", *shown, "wrong", "lag p99"]
    return Report(title, head, [_row(each) for each in steps], str(used))


def _used(step: Step) -> list[str]:
    reads = [f"{quantile(step.reads, share):.1f}" for share in (0.5, 0.99)]
    return [*(f"{step.cores.get(role, 0.0):.2f}" for role in _ROLES), *reads]


def _row(step: Step) -> list[str]:
    there = {each.kind for each in step.answered}
    latencies = [
        f"{step.latency(kind, _SHARES[name]):.0f}" if kind in there else ""
        for kind, names in _SHOWN.items()
        for name in names
    ]
    wrong = ", ".join(f"{number} {name}" for name, number in sorted(step.wrong.items()) if number) or "0"
    return [f"{step.rate:.0f}", f"{step.offered:.0f}", f"{step.achieved:.0f}", *latencies, wrong, f"{step.lag:.1f}"]


def verdict(steps: Sequence[Step], processors: int) -> str:
    """Say up to which rate the stack kept up, and on what it saturated."""
    kept = [each.rate for each in steps if not each.is_saturated]
    upto = f"It keeps up with {max(kept):.0f} requests a second" if kept else "It keeps up with none of these rates"
    last = steps[-1]
    if not last.is_saturated:
        return f"- {upto}, the highest that was offered; it did not saturate.\n"
    before, after = (quantile(each.reads, 0.5) for each in (steps[0], last))
    return (
        f"- {upto}. At {last.rate:.0f} it saturates on {bottleneck(last.cores, processors)}. Meanwhile a read of the "
        f"table takes {after:.1f} ms (p50); at {steps[0].rate:.0f} it took {before:.1f}.\n"
    )


def _explained(given: Given) -> str:
    told = {name: values[0] for name, values in given.items() if len(values) == 1}
    return f"""\
- The stack of `make run`, its functions with the clients they have in Lambda. Poisson arrivals for
  {told["OFFERED_SECONDS"]} s at each rate, from a process of its own that sends each request when it is due, whatever
  became of the others; latencies count from that moment, and requests given up after {_PATIENCE_S:g} s count as that
  slow. *drawn*: what did arrive, a second. *lag*: by how much the generator itself was late.
- {told["OFFERED_SCORES"]} /score (K={told["OFFERED_CANDIDATES"]}, half D=7, half D=12) to one /reward; {len(names())}
  users who have learned; up to {told["OFFERED_ENVIRONMENTS"]} environments a function.
- *wrong*: answers that are not 200, and decisions made without the user's state ("degraded"), as /score waits 0.1 s for
  it. Saturated: p99 above {LATE_MS / 1000:g} s, or under {KEEPS_UP:.0%} of what was drawn answered well, or more than
  {WRONG:.0%} wrong.
- *processors in use*: seconds of CPU a second, by process; *machine*: of everything on it, others' work too. *GetItem*:
  a read by somebody else ten times a second meanwhile, in milliseconds, the SDK's own share included.
"""
