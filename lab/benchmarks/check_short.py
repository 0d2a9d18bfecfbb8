"""The benchmarks that are short enough to be run with every change, and give ratios.

``python -m benchmarks.check_short NAME`` runs one and prints its ratios as JSON: each in a process of its own, where
nothing of the one before is left.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

STARTS: Final = 3
"""Rounds of starts: each starts six interpreters."""
LIMIT_S: Final = 120.0
"""For one benchmark; far more than any takes."""
SHORT: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType({
    "sizes": {},
    "handlers": {},
    "generation": {},
    "arithmetic": {"rounds": 10},
    "scale": {},
    "starts": {"rounds": STARTS, "levers": False},
})  # fmt: skip
"""With the options that make each short."""


def ratios(name: str) -> dict[str, float]:
    """Run a benchmark and return its ratios; none, and why on stderr, where what it needs is not there."""
    try:
        found: dict[str, float] = json.loads(_alone(name))
    except subprocess.TimeoutExpired:
        return _none(name, f"took longer than {LIMIT_S:.0f} s")
    except subprocess.CalledProcessError as error:
        return _none(name, f"was not measured: {(error.stderr.splitlines() or ['no word of why'])[-1]}")
    return found or _none(name, "gave no ratios")


def _alone(name: str) -> str:
    command = [sys.executable, "-m", "benchmarks.check_short", name]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, process_group=0, **pipes) as process:  # noqa: S603  our own
        try:
            out, err = process.communicate(timeout=LIMIT_S)
        except BaseException:  # also where somebody presses Ctrl-C: it has processes of its own
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, out, err)
    return str(out)


def _none(name: str, why: str) -> dict[str, float]:
    sys.stderr.write(f"{name} {why}\n")
    return {}


if __name__ == "__main__":
    report = import_module(f"benchmarks.{sys.argv[1]}").run(lambda _: None, **SHORT[sys.argv[1]])
    sys.stdout.write(json.dumps(dict(report.ratios)))
