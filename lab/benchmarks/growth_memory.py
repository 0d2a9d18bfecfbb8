"""What a function keeps of its users: nothing. ``python -m benchmarks.growth_memory USERS`` prints one JSON object.

However many users there are, as many decisions are made and rewarded, so that only the users differ. The state is
whatever the table says, and the table is elsewhere: here it says the same of everyone.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from benchmarks.cost_calls import REWARDS, deployed, learned
from benchmarks.invocations import Invocations
from tipbandit.adapters.memory import MemoryStateStore
from tipbandit.contracts.reward import RewardRequest
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import Meanwhile, Record, nothing
from tipbandit.runtime.endpoint import endpoint
from tipbandit.runtime.http import Request
from tipbandit.usecases.learning import Learner
from tipbandit.usecases.reward import Reward

LOOKED_AT: Final = (1_000, 10_000, 20_000, 30_000)
"""Decisions after which memory is looked at."""
POLICY: Final = POLICIES["egreedy/v2"]
_CANDIDATES: Final = 10
_WINDOW_MS: Final = 7 * 86_400_000
_STATUS: Final = Path("/proc/self/status")


class _Elsewhere(MemoryStateStore):
    """A table that says the same of every user, and keeps nothing here."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record

    def read(self, user_id: str, policy: str, *, consistent: bool, meanwhile: Meanwhile = nothing) -> Record:  # noqa: ARG002  whoever it is
        return self.record

    def replace(self, user_id: str, policy: str, *, old: Record, new: Record) -> None:
        """Take it, and keep nothing."""


def run(users: int) -> dict[str, Any]:
    """Serve so many users by turns; return the bytes resident at each look."""
    prepared = Invocations(POLICY, store=_Elsewhere(learned(POLICY, REWARDS, 20)))
    score = prepared.score(_CANDIDATES)
    if not isinstance(score, partial):
        raise TypeError("an invocation has no event to change")
    event, context = score.args
    reward = _rewarding(prepared)
    resident = []
    for number in range(max(LOOKED_AT)):
        body = {**json.loads(event["body"]), "user_id": f"00000000-0000-0000-0000-{number % users:012}"}
        answer = json.loads(score.func({**event, "body": json.dumps(body)}, context)["body"])
        taught = reward({**event, "body": json.dumps({"decision": answer["decision"], "reward": 1.0})}, context)
        if not json.loads(taught["body"])["applied"]:
            raise RuntimeError(f"/reward answers {taught}")
        if number + 1 in LOOKED_AT:
            resident.append(_resident_bytes())
    return {"users": users, "resident_bytes": resident}


def _rewarding(prepared: Invocations) -> Callable[..., Any]:
    learner = Learner(prepared.store, prepared.clock, _WINDOW_MS)
    reward = Reward(learner, prepared.keys, prepared.clock, prepared.telemetry)

    @endpoint(prepared.telemetry)
    def handler(request: Request) -> BaseModel:
        return reward(None, request.json(RewardRequest), within_s=1.0)

    return handler


def _resident_bytes() -> float:
    line = next(line for line in _STATUS.read_text("utf-8").splitlines() if line.startswith("VmRSS:"))
    return float(line.split()[1]) * 1024


if __name__ == "__main__":
    with deployed("score"):
        measured = run(int(sys.argv[1]))
    sys.stdout.write(json.dumps(measured))
