"""One initialised process, frozen and thawed twice: two forks decide, each twenty times, and print what they drew."""

import json
import os
import sys
from collections.abc import Iterator

from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.memory import FixedKeys, MemoryStateStore, MemoryTelemetry
from tipbandit.contracts.score import ScoreRequest
from tipbandit.decisions import KeyRing
from tipbandit.policies.registry import resolve
from tipbandit.usecases.score import Score


def drawn(score: Score, request: ScoreRequest) -> Iterator[tuple[str, str]]:
    """Decide twenty times: the decision id and the tip of each."""
    for _ in range(20):
        answer = score(resolve(), request)
        yield str(answer.decision_id), answer.tip_id


def main() -> None:
    """Decide once, as an environment does before it is frozen, then fork."""
    keys = FixedKeys(KeyRing("k1", {"k1": "x" * 32}))
    score = Score(store=MemoryStateStore(), keys=keys, clock=SystemClock(), telemetry=MemoryTelemetry())
    tips = [{"tip_id": str(index)} for index in range(40)]
    request = ScoreRequest.model_validate({"user_id": "u", "context": {"hour": 8, "weekday": 0}, "candidates": tips})
    score(resolve(), request)
    pipes = []
    for _ in range(2):
        reads, writes = os.pipe()
        if os.fork() == 0:
            os.write(writes, json.dumps(list(drawn(score, request))).encode())
            os._exit(0)
        os.close(writes)
        pipes.append(reads)
    json.dump([json.load(os.fdopen(each)) for each in pipes], sys.stdout)


if __name__ == "__main__":
    main()
