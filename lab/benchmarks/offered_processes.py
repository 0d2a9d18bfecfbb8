"""What the processes of the local stack take of the machine's processors, from Linux's /proc."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PROC: Final = Path("/proc")
_FULL: Final = 0.9
"""Of a processor, for what has one thread, or of all of them, for the machine."""
_SOME: Final = 0.05
API: Final = "API"
MOTO: Final = "moto"
DYNALITE: Final = "dynalite"
GENERATOR: Final = "generator"
MACHINE: Final = "machine"
_ROOTS: Final = {"benchmarks.offered_stack": API, "serve.js": DYNALITE, "benchmarks.offered_generator": GENERATOR}
_ONE_THREAD: Final = {
    MOTO: "the emulator moto: one thread",
    DYNALITE: "the emulator dynalite: one thread",
    API: "the API's process: one interpreter",
    GENERATOR: "the load generator itself",
}

Seconds = Mapping[str, float]
"""Seconds of CPU by role."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process: who started it, what it takes and what it is."""

    pid: int
    parent: int
    seconds: float
    command: str
    directory: str


def parsed(stat: str) -> tuple[int, float]:
    """Return the parent and the seconds of CPU from /proc/PID/stat; the name in brackets may hold anything."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICKS


def running() -> list[Process]:
    """Return the processes of this machine that may be looked at."""
    found = []
    for path in _PROC.glob("[0-9]*"):
        try:
            parent, seconds = parsed((path / "stat").read_text())
            command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            directory = (path / "cwd").readlink().name
        except OSError:  # gone meanwhile, or somebody else's
            continue
        found.append(Process(int(path.name), parent, seconds, command, directory))
    return found


def by_role(processes: Sequence[Process], parent: int) -> dict[str, float]:
    """Add up the seconds of CPU by role, of what the process ``parent`` has started and of what that has started."""
    ours = {each.pid: role for each in processes if each.parent == parent and (role := _root(each))}
    return _added_up(processes, ours)


def _root(process: Process) -> str:
    return next((role for part, role in _ROOTS.items() if part in process.command), "")


def _added_up(processes: Sequence[Process], roots: Mapping[int, str]) -> dict[str, float]:
    taken: dict[str, float] = defaultdict(float)
    for process in processes:
        if process.pid in roots:
            taken[roots[process.pid]] += process.seconds
        elif process.parent in roots:
            taken[_role(process)] += process.seconds
    return dict(taken)


def _role(process: Process) -> str:
    if "local.emulator" in process.command:
        return MOTO
    return process.directory if "environment.py" in process.command else "other"


def busy() -> float:
    """Return the seconds that all processors together were busy since the machine started."""
    user, nice, system, _idle, _wait, *rest = map(int, (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:8])
    return (user + nice + system + sum(rest)) / _TICKS


def bottleneck(cores: Mapping[str, float], processors: int) -> str:
    """Say what is full: ``cores`` has processors in use, by role, and of the whole machine under ``MACHINE``."""
    full = [f"{name} ({cores[role]:.2f})" for role, name in _ONE_THREAD.items() if cores.get(role, 0.0) >= _FULL]
    if full:
        return " and ".join(full)
    shares = _shares(cores)
    if cores[MACHINE] >= _FULL * processors:
        return f"all {processors} processors of the machine ({shares})"
    return f"nothing that was full ({shares}): the figures do not say on what"


def _shares(cores: Mapping[str, float]) -> str:
    mine = {role: each for role, each in cores.items() if role != MACHINE}
    mine["others"] = max(0.0, cores[MACHINE] - sum(mine.values()))
    most = sorted((role for role in mine if mine[role] >= _SOME), key=lambda role: -mine[role])
    return ", ".join(f"{role} {mine[role]:.2f}" for role in most)
