"""Cold starts through the real runtime loop: what whoever invokes a new environment first waits."""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.tables import Report
from benchmarks.timing import Times
from benchmarks.warm_given import numbers
from benchmarks.warm_loop import Loop, missing
from benchmarks.warm_requests import GOAL, event, scoring
from benchmarks.warm_stack import Services, services

BUDGET: Final = 1.3
_GIVEN: Final = {"FIRST_ROUNDS": [15]}
_USER: Final = "user"
_BARE: Final = "bare"
_FUNCTIONS: Final = ("score", "reward", "stats", "reset", "generate")
_BUDGETED: Final = _FUNCTIONS[:3]
_DECISION: Final = "score, and a decision"
_CODE: Final = """\
import boto3

dynamodb = boto3.client("dynamodb")


def handler(event, context):
    return {"statusCode": 422, "body": "{}"}
"""
_REMARKS: Final = """\
- By the clock, in turns: a new process under awslambdaric and aws-lambda-rie for each start, the functions as built,
  the layers read-only and compiled. Python's own start and that of the runtime client are part of it, as they are of
  Lambda's. File caches are warm.
- *bare*: a handler that makes `boto3.client("dynamodb")` and answers. The functions are asked what they refuse (422),
  so that no call of a service is part of it; *score, and a decision* is asked for one, with the secret and the state
  that it reads. generate has no budget: its prompts are read through the SDK.
"""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Start:
    """An environment, and the first event that it gets."""

    function: str
    code: Path
    event: bytes
    expected: int


def run(progress: Progress) -> Report:
    """Start each environment once a round, in turns; the first round fills the caches and is dropped."""
    if reason := missing():
        return Report("First", [""], [], f"- {reason}")
    rounds = numbers(os.environ, _GIVEN)["FIRST_ROUNDS"][0]
    taken: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="tipbandit-") as place, services(Path(place)) as given:
        given.table.settle([_USER])
        starts = _starts(given, Path(place))
        for number in range(rounds + 1):
            progress(f"first: round {number} of {rounds}")
            for name, start in starts.items():
                taken.setdefault(name, []).append(_waited(start, given, Path(place)))
    return reported({name: Times(tuple(values[1:])) for name, values in taken.items()})


def reported(taken: Mapping[str, Times]) -> Report:
    """Return the table of milliseconds by name."""
    ratios = {f"{name} / {_BARE}": taken[name].over(taken[_BARE]) for name in (*_FUNCTIONS, _DECISION)}
    worst = max(ratios[f"{name} / {_BARE}"] for name in _BUDGETED)
    verdict = "met" if worst <= BUDGET else "MISSED"
    remarks = f"- Budget of {', '.join(_BUDGETED)}, at most {BUDGET:g} times bare: {verdict}, at most {worst:.2f}."
    rows = [[name, *times.cells(taken[_BARE])] for name, times in taken.items()]
    title = "First: the first invocation of an environment, through the runtime loop"
    return Report(title, ["", "ms", "spread", "/ bare"], rows, f"{remarks}\n{_REMARKS}", ratios)


def _starts(given: Services, directory: Path) -> dict[str, Start]:
    bare = directory / "bare"
    bare.mkdir()
    (bare / "app.py").write_text(_CODE, "utf-8")
    refused = event(replace(GOAL, arms=1), {})
    functions = {name: f"{name.title()}Function" for name in _FUNCTIONS}
    return {
        _BARE: Start(functions["score"], bare, refused, 422),
        **{name: Start(function, given.codes[function], refused, 422) for name, function in functions.items()},
        _DECISION: Start(
            functions["score"], given.codes[functions["score"]], event(GOAL, scoring(_USER, GOAL.arms)), 200
        ),
    }


def _waited(start: Start, given: Services, directory: Path) -> float:
    """Start an environment, invoke it, and return the milliseconds that took.

    Raises:
        RuntimeError: if it did not answer as it must.
    """
    settings, log = given.settings[start.function], directory / "first.log"
    loop = Loop(start.function, start.code, "app.handler", settings, log, processor=given.processor)
    try:
        invoked = loop.invoke(start.event)
        answered = json.loads(invoked.raw).get("statusCode")
    finally:
        loop.close()
    if answered != start.expected:
        raise RuntimeError(f"{start.function} answered {answered} at its first invocation, not {start.expected}")
    return invoked.ms
