"""Run under the functions' own Python and layers: what one /score spends its CPU on, stage by stage.

``python -m benchmarks.warm_stages K POLICY CALLS``: prints a JSON object of lists, microseconds by stage and call.
"""

import json
import sys
import time
from collections import defaultdict
from typing import Final

from pydantic import BaseModel

from benchmarks.invocations import Call, Invocations, in_lambda
from benchmarks.stages import Place, Tally
from tipbandit import codec
from tipbandit.contracts.inputs import CandidateColumns
from tipbandit.policies.registry import POLICIES
from tipbandit.runtime import endpoint, http, telemetry
from tipbandit.usecases import score

STAGES: Final = ("validation", "encoding", "arithmetic", "answer", "logging", "rest")
WHOLE: Final = "all of it"
_WARM_UPS: Final = 200
_PLACES: Final[tuple[Place, ...]] = (
    *(("validation", http.Request, name) for name in ("named_policy", "json")),
    ("encoding", CandidateColumns, "of"),
    ("encoding", score, "encode_columns"),
    ("arithmetic", codec, "decode"),
    ("arithmetic", score, "choose"),
    *(("answer", score, name) for name in ("uuid7", "to_token", "_answer")),
    ("answer", BaseModel, "model_dump_json"),
    ("logging", score, "_event"),
    *(("logging", telemetry.LambdaTelemetry, name) for name in ("event", "count", "flush")),
    ("rest", endpoint, "_respond"),
)


def measured(call: Call, calls: int) -> dict[str, list[float]]:
    """Return microseconds by stage, and of calls that nobody watched; the two take turns."""
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(_WARM_UPS):
        call()
    for _ in range(calls):
        taken[WHOLE].append(_timed(call) / 1000)
        tally = Tally()
        with tally.watching(_PLACES):
            whole = _timed(call)
        # Outside of what is watched there is Powertools' logging context alone.
        tally.taken["logging"] += whole - sum(tally.taken.values())
        for stage in STAGES:
            taken[stage].append(tally.taken[stage] / 1000)
    return taken


def _timed(call: Call) -> int:
    started = time.thread_time_ns()
    call()
    return time.thread_time_ns() - started


def main() -> None:
    """Measure and print."""
    arms, policy, calls = sys.argv[1:]
    with in_lambda():
        taken = measured(Invocations(POLICIES[policy]).score(int(arms)), int(calls))
    sys.stdout.write(json.dumps(taken))


if __name__ == "__main__":
    main()
