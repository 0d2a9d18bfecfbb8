"""Cold start, as far as Python makes it: import and init of each function against a bare boto3 handler."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from benchmarks.tables import Report

ROUNDS: Final = 11
BUDGET: Final = 1.3
_ROOT: Final = Path(__file__).parents[2]
_COLD: Final = Path(__file__).with_name("cold.py")
_FUNCTIONS: Final = ("score", "reward", "stats", "reset")
_BACKENDS: Final = ("template", "bedrock", "litellm")
_STEPS: Final = ("boto3", "wire", "clients", "numpy", "pydantic", "powertools")

_ENVIRONMENT: Final = {
    "AWS_LAMBDA_FUNCTION_NAME": "function",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
    "STATE_TABLE": "table",
    "TOKEN_SECRET_ID": "secret",
    "PROMPT_BUCKET": "bucket",
    "BEDROCK_MODEL_ID": "model",
    "GATEWAY_URL": "http://127.0.0.1:9",
    "GATEWAY_MODEL": "tips",
    "GATEWAY_KEY_SECRET_ID": "secret",
    "POWERTOOLS_METRICS_NAMESPACE": "tipbandit",
}
_THREADS: Final = "OPENBLAS_NUM_THREADS"
_ONE_THREAD: Final = {_THREADS: "1"}
_REMARKS: Final = """\
- By the clock, in turns. *CPU* is the main thread's, and the columns to its right are parts of it: a library with all
  that it is first to import; *wire*: what the lean clients need; *clients*: of DynamoDB, in score and reward of Secrets
  Manager too, in generate of S3 and of what its back end needs, with the SDK, which only these need; *ours*: the
  package, its models built, and the rest; in generate Jinja and YAML too.
- Clock and CPU differ by what numpy's BLAS takes to start its threads, which no matrix here is large enough to use:
  OPENBLAS_NUM_THREADS=1 saves that. The functions run with it where template.yaml sets it.
- Every start is a fresh interpreter with warm file caches and compiled bytecode; Lambda's own start is not in it.
  Lambda runs Python 3.13: `make bench PYTHON=python3.13` measures with that.
"""

Progress = Callable[[str], None]
Round = Mapping[str, float]


def run(progress: Progress) -> Report:
    """Start every function in every round, in turns; the first round only fills the caches and is dropped."""
    starts = _starts()
    rounds: dict[str, list[Round]] = {name: [] for name in starts}
    for number in range(ROUNDS + 1):
        progress(f"imports: round {number} of {ROUNDS}")
        for name, (what, variables) in starts.items():
            rounds[name].append(_start(what, variables))
    rounds = {name: taken[1:] for name, taken in rounds.items()}
    rows = [[name, *_cells(taken, rounds["bare"])] for name, taken in rounds.items()]
    worst = max(_ratio(rounds[name], rounds["bare"]) for name in _FUNCTIONS)
    verdict = "met" if worst <= BUDGET else "MISSED"
    head = ["", "ms", "spread", "/ bare", "CPU ms", *_STEPS, "ours"]
    remarks = f"""\
- Budget, at most {BUDGET:g} times a bare `boto3.client("dynamodb")` handler: {verdict}, at most {worst:.2f}.
{_REMARKS}"""
    return Report("Imports: import and init in a fresh interpreter", head, rows, remarks)


def _starts() -> dict[str, tuple[str, Mapping[str, str]]]:
    """What is started, by name: a function, and the variables it has beside the usual ones."""
    as_deployed = _ONE_THREAD if _THREADS in (_ROOT / "template.yaml").read_text("utf-8") else {}
    starts: dict[str, tuple[str, Mapping[str, str]]] = {name: (name, as_deployed) for name in ("bare", *_FUNCTIONS)}
    for backend in _BACKENDS:
        starts[f"generate, {backend}"] = ("generate", {**as_deployed, "LLM_BACKEND": backend})
    if as_deployed:
        return {**starts, "score, BLAS unbound": ("score", {})}
    return {**starts, "score, one BLAS thread": ("score", _ONE_THREAD)}


def _cells(taken: list[Round], bare: list[Round]) -> list[str]:
    walls = [each["wall"] for each in taken]
    low, middle, high = quantiles(walls, n=4)
    steps = [median(each.get(step, 0.0) for each in taken) for step in _STEPS]
    ours = median(each["cpu"] - sum(each.get(step, 0.0) for step in _STEPS) for each in taken)
    cpu = median(each["cpu"] for each in taken)
    cells = [f"{middle:.0f}", f"{(high - low) / middle:.0%}", f"{_ratio(taken, bare):.2f}"]
    return [*cells, *(f"{milliseconds:.0f}" for milliseconds in [cpu, *steps, ours])]


def _ratio(taken: list[Round], bare: list[Round]) -> float:
    return median(mine["wall"] / theirs["wall"] for mine, theirs in zip(taken, bare, strict=True))


def _start(what: str, variables: Mapping[str, str]) -> Round:
    path = what if what == "bare" else str(_ROOT / "functions" / what / "app.py")
    environment = {**_ENVIRONMENT, "PATH": os.environ.get("PATH", ""), "POWERTOOLS_SERVICE_NAME": what, **variables}
    command = [sys.executable, "-P", str(_COLD), path]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603  our own
    taken: Round = json.loads(done.stdout)
    return taken
