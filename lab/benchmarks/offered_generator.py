"""The load generator, a process of its own: ``python -m benchmarks.offered_generator FD``, as ``local.child`` has it.

Each line of standard input is an order: where to send (``url``), how long to wait for an answer (``patience_s``), how
many candidates a score has (``arms``), and ``arrivals``. Each request is sent when it is due, whatever has become of
those before; its latency counts from the moment at which it was due, not from the one at which it was sent.
"""

import asyncio
import json
import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks.offered_arrivals import REWARD, SCORE, Arrival
from benchmarks.offered_http import Client
from benchmarks.warm_requests import rewarding, scoring

OK: Final = "200"
_LEAD_S: Final = 0.2
"""Between the order and the first moment of the load."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one request.

    Attributes:
        kind: score or reward; what there was no decision for is a score.
        ms: from when it was due to the answer, or to the moment it was given up.
        lag_ms: by how much the generator itself was late to take it up.
        came: the status, or what went wrong.
        degraded: whether the decision was made without the user's state.
    """

    kind: str
    ms: float
    lag_ms: float
    came: str
    degraded: bool


@dataclass
class Generator:
    """Sends what is due; keeps the decisions that nobody has rewarded yet."""

    client: Client
    patience_s: float
    arms: int
    tokens: deque[tuple[str, str]]
    answered: list[Answered] = field(default_factory=list)

    async def send(self, arrivals: Sequence[Arrival]) -> float:
        """Send each when it is due, wait for all; return the seconds that took."""
        began, tasks = time.monotonic() + _LEAD_S, []
        for arrival in arrivals:
            if (early := began + arrival.at_s - time.monotonic()) > 0:
                await asyncio.sleep(early)
            tasks.append(asyncio.create_task(self._one(arrival, began + arrival.at_s)))
        await asyncio.gather(*tasks)
        return time.monotonic() - began

    async def _one(self, arrival: Arrival, due: float) -> None:
        lag = time.monotonic() - due
        kind, path, body = self._request(arrival)
        came, degraded = "timed out", False
        try:
            async with asyncio.timeout(self.patience_s - lag):
                status, raw = await self.client.post(path, body)
            came = str(status)
            degraded = kind == SCORE and came == OK and self._decided(arrival.policy, json.loads(raw))
        except TimeoutError:
            pass
        except (OSError, ValueError) as error:
            came = type(error).__name__
        taken = time.monotonic() - due
        self.answered.append(Answered(kind, taken * 1000, lag * 1000, came, degraded))

    def _request(self, arrival: Arrival) -> tuple[str, str, bytes]:
        if arrival.kind == REWARD and self.tokens:
            policy, token = self.tokens.popleft()
            return REWARD, f"/reward/{policy}", json.dumps(rewarding(token)).encode()
        return SCORE, f"/score/{arrival.policy}", json.dumps(scoring(arrival.user_id, self.arms)).encode()

    def _decided(self, policy: str, answer: dict[str, Any]) -> bool:
        self.tokens.append((policy, answer["decision"]))
        return bool(answer["degraded"])


async def _carried_out(order: dict[str, Any], tokens: deque[tuple[str, str]]) -> dict[str, Any]:
    parts = urlsplit(order["url"])
    generator = Generator(Client(parts.hostname or "", parts.port or 80), order["patience_s"], order["arms"], tokens)
    seconds = await generator.send([Arrival(**each) for each in order["arrivals"]])
    generator.client.close()
    return {"seconds": seconds, "answered": [asdict(each) for each in generator.answered]}


def main() -> None:
    """Carry out orders until the input ends."""
    tokens: deque[tuple[str, str]] = deque(maxlen=10_000)
    with os.fdopen(int(sys.argv[-1]), "wb") as answers:
        for line in sys.stdin:
            done = asyncio.run(_carried_out(json.loads(line), tokens))
            answers.write(json.dumps(done).encode() + b"\n")
            answers.flush()


if __name__ == "__main__":
    main()
