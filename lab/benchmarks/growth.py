"""What grows with what: candidates, features, rewards, remembered decisions, users.

``python -m benchmarks.growth --into docs/growth.md`` writes the page's block of tables, and the pictures beside it.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks import growth_curves, growth_plots
from benchmarks.growth_curves import CURVES, DIM, K, Point
from benchmarks.growth_memory import LOOKED_AT
from benchmarks.tables import Report
from tipbandit_lab.cost import page

USERS: Final = (1, 30_000)
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_MB: Final = 2**20
_HEAD: Final = (
    "", "/score us", "/reward us", "item bytes", "read units", "of a reward", "written", "event bytes",
    "$ M decisions", "$ M rewards",
)  # fmt: skip
_TITLES: Final[Mapping[str, str]] = {
    "candidates": f"Growth: candidates K, with D={DIM}",
    "dimensions": f"Growth: features D, with K={K}",
    "rewards": f"Growth: rewards a user was given, with K={K}, D={DIM}",
    "remembered": f"Growth: decisions a state remembers, with K={K}, D={DIM}",
}
_REMARKS: Final = """\
- Microseconds of CPU of a whole call, medians: the real handler, and the client that calls DynamoDB on a table that
  answers at once. LinUCB. Dollars as `python -m tipbandit_lab cost` computes them, usually deployed.
- Rewards were really learned, one after the other.
"""

_ABOUT_USERS: Final = """\
- MB resident after so many decisions and their rewards, made for so many users by turns. pydantic's parser keeps up to
  16,384 short strings that it has seen, users' ids among them, and no more: about 1 MB.
"""

Progress = Callable[[str], None]


def run(progress: Progress) -> Report:
    """Measure all curves, and the memory."""
    return _report(_measured(progress), _memory(progress))


def _measured(progress: Progress) -> dict[str, list[Point]]:
    found = {}
    for name in CURVES:
        progress(f"growth: {name}")
        found[name] = growth_curves.read(_alone("growth_curves", name))
    return found


def _memory(progress: Progress) -> list[Mapping[str, Any]]:
    if not Path("/proc/self/status").exists():
        return []
    progress("growth: users")
    with ThreadPoolExecutor() as side_by_side:  # it is no time that is measured
        return [json.loads(text) for text in side_by_side.map(partial(_alone, "growth_memory"), map(str, USERS))]


def _alone(module: str, argument: str) -> str:
    command = [sys.executable, "-m", f"benchmarks.{module}", argument]
    environment = {**os.environ, **_ONE_THREAD}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603  our own
    return done.stdout


def _report(curves: Mapping[str, Sequence[Point]], memory: Sequence[Mapping[str, Any]]) -> Report:
    first, *others = (_table(name, points) for name, points in curves.items())
    tables = [*others, *([_users(memory)] if memory else [])]
    remarks = "\n".join([_REMARKS, *map(str, tables)])
    return Report(first.title, first.head, first.rows, remarks, _ratios(curves))


def _table(name: str, points: Sequence[Point]) -> Report:
    return Report(_TITLES[name], _HEAD, [_row(point) for point in points], "")


def _row(point: Point) -> list[str]:
    score, reward = point.score, point.reward
    event = score.logs["the event"].size
    sizes = (f"{reward.item_bytes:,}", f"{score.read_units:g}", f"{reward.read_units:g}", str(reward.write_units))
    dollars = (f"{each:.2f}" for each in point.dollars())
    return [f"{point.x:,}", f"{score.cpu_us:,.0f}", f"{reward.cpu_us:,.0f}", *sizes, f"{event:,}", *dollars]


def _users(memory: Sequence[Mapping[str, Any]]) -> Report:
    rows = [[f"{each['users']:,}", *(f"{size / _MB:.1f}" for size in each["resident_bytes"])] for each in memory]
    head = ["users", *(f"after {count:,}" for count in LOOKED_AT)]
    return Report("Growth: users that a function has served", head, rows, _ABOUT_USERS)


def _ratios(curves: Mapping[str, Sequence[Point]]) -> dict[str, float]:
    """Return how much longer a call takes at the end of a curve than at its beginning."""
    ends = {name: (points[0], points[-1]) for name, points in curves.items()}
    return {
        f"/{what}, {name} {last.x:,} / {first.x:,}": getattr(last, what).cpu_us / getattr(first, what).cpu_us
        for name, (first, last) in ends.items()
        for what in ("score", "reward")
    }


def main() -> None:
    """Write the page's tables and pictures."""
    parser = argparse.ArgumentParser(prog="benchmarks.growth", description=__doc__)
    parser.add_argument("--into", type=Path, required=True, metavar="PAGE", help="its block `growth` is written anew")
    into = parser.parse_args().into
    curves = _measured(_say)
    for name, points in curves.items():
        growth_plots.draw(name, points, into.parent)
    page.put(into, "growth", str(_report(curves, _memory(_say))))


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")


if __name__ == "__main__":
    main()
