"""One step of the load: what was offered, what came of it, and what it took of the machine."""

import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.offered_arrivals import Arrival
from benchmarks.offered_generator import OK, Answered
from benchmarks.offered_ping import pinging
from benchmarks.offered_processes import MACHINE, busy, by_role, running
from benchmarks.warm_latency import quantile
from benchmarks.warm_loop import ROOT
from benchmarks.warm_stack import Table
from local.child import Child

LATE_MS: Final = 1000.0
KEEPS_UP: Final = 0.95
WRONG: Final = 0.01
_SPARE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """What came of one rate.

    Attributes:
        rate: requests a second that were to arrive on average.
        offered: those that did arrive, a second, as they were drawn.
        answered: all that was sent.
        window_s: from the first moment to the last one at which a request could arrive.
        cores: processors in use meanwhile, by role, and of the whole machine.
        reads: milliseconds of reads of the table by somebody else meanwhile.
    """

    rate: float
    offered: float
    answered: Sequence[Answered]
    window_s: float
    cores: Mapping[str, float]
    reads: Sequence[float]

    @property
    def achieved(self) -> float:
        """Requests a second that were answered well, while more could arrive or the last were still on their way."""
        good = [each for each in self.answered if each.came == OK]
        return len(good) / self.window_s

    @property
    def wrong(self) -> Counter[str]:
        """What else came, and how often."""
        came = Counter(each.came for each in self.answered if each.came != OK)
        degraded = sum(each.degraded for each in self.answered)
        return came + Counter({"degraded": degraded})

    def latency(self, kind: str, share: float) -> float:
        """Return the milliseconds within which a share of the requests of a kind was answered, or given up."""
        return quantile((each.ms for each in self.answered if each.kind == kind), share)

    @property
    def lag(self) -> float:
        """By how many milliseconds the generator was late itself, at the 99th percentile."""
        return quantile((each.lag_ms for each in self.answered), 0.99)

    @property
    def is_saturated(self) -> bool:
        """Tell whether more was offered than was answered well and in time."""
        late = quantile((each.ms for each in self.answered), 0.99) > LATE_MS
        return late or self.achieved < KEEPS_UP * self.offered or self.wrong.total() > WRONG * len(self.answered)


class Load:
    """The generator's process, aimed at one address, whose functions read and write ``table``."""

    def __init__(self, url: str, table: Table, log: Path, *, arms: int, patience_s: float) -> None:
        """Start it."""
        self._table, self._client = table.name, table.client()
        self._told: dict[str, Any] = {"url": url, "arms": arms, "patience_s": patience_s}
        self._child = Child(
            ["-m", "benchmarks.offered_generator"],
            directory=ROOT,
            log=log,
            variables={"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "lab")])},
        )

    def send(self, arrivals: Sequence[Arrival], rate: float) -> Step:
        """Send what arrives, and wait for all of it to be answered."""
        last_s = arrivals[-1].at_s
        order = {**self._told, "arrivals": [asdict(each) for each in arrivals]}
        before, busy_before, began = by_role(running(), os.getpid()), busy(), time.monotonic()
        with pinging(self._client, self._table) as reads:
            done = self._child.ask(order, last_s + self._told["patience_s"] + _SPARE_S)
        machine = (busy() - busy_before) / (time.monotonic() - began)
        window_s = max(last_s, done["seconds"])
        after = by_role(running(), os.getpid())
        cores = {role: (seconds - before.get(role, 0.0)) / window_s for role, seconds in after.items()}
        answered = [Answered(**each) for each in done["answered"]]
        offered = len(arrivals) / last_s if last_s else 0.0
        return Step(rate, offered, answered, window_s, {**cores, MACHINE: machine}, reads)

    def close(self) -> None:
        """End it."""
        self._child.close()
