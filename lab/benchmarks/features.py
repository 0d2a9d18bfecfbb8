"""The profile features of all users from lakes of growing size, by both engines: time and peak memory.

``python -m benchmarks features`` takes one million events. What it takes is set by variables: FEATURES_EVENTS
("1000000 20000000 100000000"), FEATURES_ENGINES ("duckdb spark"), FEATURES_MEMORY_GB (4, what an engine may hold) and
FEATURES_DIR (where the lakes are made, one after the other: about 30 bytes an event, and room for what engines spill).
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from benchmarks.features_events import END, make
from benchmarks.tables import Report
from tipbandit_lab.features.build import ENGINES, build

_PROGRAM: Final = "benchmarks.features"
_POLL_S: Final = 0.1
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_REMARKS: Final = """\
- *events*: decisions (60 %) and rewards (40 %), a thousandth of them twice, of one user for every hundred; 90 days, a
  file for each day and table. Columns that the features do not read are null.
- *time*: the whole of it, from opening the lake to the file of profiles; Spark's includes the start of its Java. Each
  run has a process of its own.
- *peak*: the resident memory of that process and all below it, looked at ten times a second.
- Both engines wrote the same table where both are listed: it was compared.
"""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Run:
    seconds: float
    users: int
    peak: int


def run(progress: Progress) -> Report:
    """Measure every size with every engine."""
    sizes = [int(size.replace("_", "")) for size in os.environ.get("FEATURES_EVENTS", "1000000").split()]
    engines = os.environ.get("FEATURES_ENGINES", " ".join(ENGINES)).split()
    memory_gb = int(os.environ.get("FEATURES_MEMORY_GB", "4"))
    rows = [row for size in sizes for row in _measure(progress, size, engines, memory_gb)]
    head = ["events", "engine", "users", "lake, MB", "time, s", "events/s", "peak, MB"]
    return Report(f"Features: the profiles of all users, {memory_gb} GB for the engine", head, rows, _REMARKS)


def _measure(progress: Progress, events: int, engines: Sequence[str], memory_gb: int) -> list[list[str]]:
    rows = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("FEATURES_DIR"), prefix="tipbandit-features-") as place:
        root = Path(place)
        progress(f"features: making a lake of {events:,} events")
        size = make(root / "lake", events)
        for engine in engines:
            progress(f"features: {events:,} events, {engine}")
            took = _run(root, engine, memory_gb)
            speed = f"{events / took.seconds:,.0f}"
            took_s, peak = f"{took.seconds:.1f}", f"{took.peak / 1e6:,.0f}"
            rows.append([f"{events:,}", engine, f"{took.users:,}", f"{size / 1e6:,.0f}", took_s, speed, peak])
        first, *others = (pq.read_table(_file(root, engine)) for engine in engines)
        if not all(other.equals(first) for other in others):
            raise RuntimeError(f"the engines differ on {events:,} events")
    return rows


def _run(root: Path, engine: str, memory_gb: int) -> _Run:
    """Run one engine in a process of its own, and look at its memory meanwhile."""
    command = [sys.executable, "-m", _PROGRAM, engine, str(root), str(memory_gb)]
    errors = root / f"{engine}.log"
    with errors.open("w") as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as child:  # noqa: S603 - itself
        peak = 0
        while True:
            peak = max(peak, _resident(child.pid))
            try:
                answer, _ = child.communicate(timeout=_POLL_S)
                break
            except subprocess.TimeoutExpired:
                continue
    if child.returncode:
        raise RuntimeError(f"{engine} failed: {errors.read_text()[-500:]}")
    return _Run(**json.loads(answer), peak=peak)


def _resident(pid: int) -> int:
    """Return the bytes that a process and all below it hold in memory; 0 where there is no /proc."""
    process = Path(f"/proc/{pid}")
    try:
        own = int((process / "statm").read_text().split()[1]) * _PAGE
        below = {int(each) for task in (process / "task").iterdir() for each in (task / "children").read_text().split()}
    except OSError:
        return 0
    return own + sum(map(_resident, below))


def _file(root: Path, engine: str) -> Path:
    return root / f"{engine}.parquet"


def _child(engine: str, root: Path, memory_gb: int) -> None:
    """Do the work, and say how long it took."""
    begun = time.perf_counter()
    _, users = build(root / "lake", _file(root, engine), as_of=END, engine=engine, memory_gb=memory_gb)
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - begun, "users": users}))


if __name__ == "__main__":
    _child(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
