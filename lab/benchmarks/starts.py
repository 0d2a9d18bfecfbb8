"""Cold starts of what was built, under Lambda's Python, and what each lever is worth: `make runtime` first."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.tables import Report
from benchmarks.timing import Times

ROUNDS: Final = 11
BUDGET: Final = 1.3
_ROOT: Final = Path(__file__).parents[2]
_BUILD: Final = _ROOT / ".runtime/build"
_RUNTIME: Final = _ROOT / "tools/runtime/.venv"
_FUNCTIONS: Final = ("score", "reward", "stats", "reset", "generate")
_BUDGETED: Final = _FUNCTIONS[:4]
_ENVIRONMENT: Final = {
    "AWS_LAMBDA_FUNCTION_NAME": "function",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "STATE_TABLE": "table",
    "TOKEN_SECRET_ID": "secret",
    "PROMPT_BUCKET": "bucket",
    "LLM_BACKEND": "template",
    "POWERTOOLS_METRICS_NAMESPACE": "stack",
    "POWERTOOLS_SERVICE_NAME": "function",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
}
_TIMED: Final = "import time; began = time.perf_counter()\n{}\nprint(time.perf_counter() - began)"
_REMARKS: Final = """\
- By the clock, in turns; each start is a fresh interpreter (-S) with nothing on its path but the built function, the
  layers and the runtime's own SDK, all compiled unless said otherwise, none of it written to. File caches are warm.
- *bare*: `boto3.client("dynamodb")`. *through the SDK*: as in an environment where the lean client does not fit.
  *without bytecode*: as after `sam build` alone, where every start compiles; bare keeps the runtime's.
"""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Start:
    """One way to start: what is run, with what on the path, and which variables are other than usual."""

    code: str
    path: tuple[Path, ...]
    variables: Mapping[str, str] = field(default_factory=dict)

    def seconds(self, packages: Path) -> float:
        """Start, and return how long import and init took."""
        path = [str(it) for it in (*self.path, packages)]
        code = f"import sys; sys.path[:0] = {path!r}\n" + _TIMED.format(self.code)
        command = [str(_RUNTIME / "bin/python"), "-S", "-c", code]
        environment = {"PATH": os.environ.get("PATH", ""), **_ENVIRONMENT, **self.variables}
        done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=True)  # noqa: S603  our own
        return float(done.stdout.splitlines()[-1])


def run(progress: Progress, *, rounds: int = ROUNDS, levers: bool = True) -> Report:
    """Start everything in every round, in turns; the first round only fills the caches and is dropped.

    Without ``levers`` only what is deployed is started.
    """
    if not _BUILD.is_dir():
        return Report("Starts", [""], [], "- Nothing is built: `make runtime` does it, where there is python3.13.")
    (packages,) = (_RUNTIME / "lib").glob("python3.*/site-packages")
    with tempfile.TemporaryDirectory() as bare:
        starts = _starts(Path(bare), levers=levers)
        started: dict[str, list[float]] = {name: [] for name in starts}
        for number in range(rounds + 1):
            progress(f"starts: round {number} of {rounds}")
            for name, start in starts.items():
                started[name].append(start.seconds(packages) * 1000)
    taken = {name: Times(tuple(each[1:])) for name, each in started.items()}
    ratios = {f"{name} / bare": taken[name].over(taken["bare"]) for name in _FUNCTIONS}
    worst = max(ratios[f"{name} / bare"] for name in _BUDGETED)
    verdict = "met" if worst <= BUDGET else "MISSED"
    remarks = (
        f"- Budget of all but generate, at most {BUDGET:g} times bare: {verdict}, at most {worst:.2f}.\n{_REMARKS}"
    )
    rows = [[name, *times.cells(taken["bare"])] for name, times in taken.items()]
    return Report("Starts: import and init of what was built", ["", "ms", "spread", "/ bare"], rows, remarks, ratios)


def _starts(directory: Path, *, levers: bool) -> dict[str, Start]:
    def of(name: str, build: Path = _BUILD, **variables: str) -> Start:
        path = (build / f"{name.title()}Function", build / "CoreLayer/python", build / "DepsLayer/python")
        return Start("import app", path, variables)

    deployed = {
        "bare": Start("import boto3; boto3.client('dynamodb')", ()),
        **{name: of(name) for name in _FUNCTIONS},
    }
    if not levers:
        return deployed
    uncompiled = directory / "build"
    shutil.copytree(_BUILD, uncompiled, ignore=shutil.ignore_patterns("__pycache__"))
    return {
        **deployed,
        "score, pydantic's plugins sought": of("score", PYDANTIC_DISABLE_PLUGINS=""),
        "score, BLAS threads": of("score", OPENBLAS_NUM_THREADS=""),
        "score, through the SDK": of("score", AWS_LAMBDA_FUNCTION_NAME=""),
        "score, without bytecode": of("score", uncompiled),
    }
