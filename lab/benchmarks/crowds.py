"""Many users, run in an interpreter of its own: ``python -m benchmarks.crowds USERS`` prints one JSON object.

Alone in its interpreter, so that its memory is not that of anything else.
"""

import json
import resource
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from tipbandit.features.schema import BASE_PROFILE
from tipbandit.policies.registry import POLICIES
from tipbandit_lab import fast
from tipbandit_lab.arrays import Floats
from tipbandit_lab.batch import BatchPolicy
from tipbandit_lab.personas import personas
from tipbandit_lab.players import Choices, Seen
from tipbandit_lab.world import Cohort, Setting

POLICY: Final = POLICIES["egreedy/v1"]
CANDIDATES: Final = 10
BLOCK: Final = 1_000
_FEWEST_DAYS: Final = 2
_MOST_DAYS: Final = 30
_STATUS: Final = Path("/proc/self/status")


def cohort(users: int, block: int, days: int = _FEWEST_DAYS) -> Cohort:
    """Return users without a past, so that only what counts is run."""
    return Cohort(personas()["newcomer"], 1, Setting(users=users, days=days, candidates=CANDIDATES), block)


def run(users: int) -> dict[str, float]:
    """Let so many users live for some days, block after block; return CPU seconds, decisions and bytes."""
    imported = _peak_bytes()
    block = min(users, BLOCK)
    days = min(_MOST_DAYS, max(_FEWEST_DAYS, 100 * BLOCK // users))
    spent: list[float] = []
    started = time.process_time()
    for number in range(users // block):
        fast.play(cohort(block, number, days), {"policy": partial(_Timed, spent)})
    return {
        "blocks": users // block,
        "decisions": block * len(spent) // 2,
        "seconds": time.process_time() - started,
        "deciding_seconds": sum(spent),
        "imported_bytes": imported,
        "peak_bytes": _peak_bytes(),
        "state_bytes": BatchPolicy(POLICY, 1).nbytes,
        "profile_state_bytes": BatchPolicy(replace(POLICY, feature_set=BASE_PROFILE), 1).nbytes,
    }


class _Timed(BatchPolicy):
    """The policy, and how long it takes: a number for every choice and one for every reward."""

    def __init__(self, spent: list[float], users: int) -> None:
        super().__init__(POLICY, users)
        self._spent = spent

    def choose(self, seen: Seen) -> Choices:
        started = time.process_time()
        choices = super().choose(seen)
        self._spent.append(time.process_time() - started)
        return choices

    def learn(self, reward: Floats) -> None:
        started = time.process_time()
        super().learn(reward)
        self._spent.append(time.process_time() - started)


def _peak_bytes() -> int:
    if _STATUS.exists():  # what the system answers counts in the process that started this one
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(int(sys.argv[1]))))
