"""One Lambda environment: reads a state, makes decisions with the machine's own clock and entropy, prints them."""

import json
import sys
from pathlib import Path

from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.memory import FixedKeys, MemoryStateStore, MemoryTelemetry
from tipbandit.contracts.inputs import Candidate, Context
from tipbandit.contracts.score import ScoreRequest
from tipbandit.decisions import KeyRing
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import Record
from tipbandit.usecases.score import Score


def main(state: Path, count: int) -> None:
    """Decide ``count`` times between 40 equal tips, for a user of egreedy/v2 with the stored ``state``."""
    store = MemoryStateStore({("user-1", "egreedy/v2"): Record(blob=state.read_bytes(), ver=1)})
    score = Score(
        store=store,
        keys=FixedKeys(KeyRing("k1", {"k1": "x" * 32})),
        clock=SystemClock(),
        telemetry=MemoryTelemetry(),
    )
    request = ScoreRequest(
        user_id="user-1",
        context=Context(hour=8.5, weekday=0),
        candidates=[Candidate(tip_id=str(index)) for index in range(40)],
    )
    decided = [score(POLICIES["egreedy/v2"], request) for _ in range(count)]
    json.dump([[str(each.decision_id), each.tip_id, each.propensity] for each in decided], sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
