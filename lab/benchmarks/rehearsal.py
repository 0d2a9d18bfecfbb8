"""One race of the simulation for real: the learner, the adapter and the emulator's process, in slow motion.

The emulator answers one call after the other, in milliseconds. With every time stretched, calls, pauses and deadline
alike, its own share disappears and what is left is what was simulated.
"""

import contextlib
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import boto3
import numpy as np
from botocore.config import Config

from benchmarks.hot_user import DEADLINE_S, LATENCY, Race, race
from benchmarks.tables import Report
from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.decisions import Decision
from tipbandit.errors import StoreUnavailableError
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import Meanwhile, Record, nothing
from tipbandit.usecases.learning import Learner

SLOWER: Final = 20
"""How many times slower than life."""
WRITERS: Final = 16
TIMES: Final = 8
SIMULATED: Final = 400
_POLICY: Final = POLICIES["linucb/v1"]
_WINDOW_MS: Final = 7 * 86_400_000
_PATIENCE_MS: Final = 60_000

Progress = Callable[[str], None]


class StretchedClock(SystemClock):
    """The system's clock, on which everything takes ``SLOWER`` times as long."""

    def monotonic(self) -> float:
        """See ``ports.Clock.monotonic``."""
        return super().monotonic() / SLOWER

    def sleep(self, seconds: float) -> None:
        """See ``ports.Clock.sleep``."""
        super().sleep(seconds * SLOWER)


class DistantStore(DynamoStateStore):
    """A table that is as far away as DynamoDB, stretched; it counts the writes. For one thread."""

    def __init__(self, table: str, dynamodb: Any, seed: int) -> None:  # noqa: ANN401  as in adapters.aws
        super().__init__(table, dynamodb)
        self._rng = random.Random(seed)  # noqa: S311  a simulation
        self.writes = 0

    def read(self, user_id: str, policy: str, *, consistent: bool, meanwhile: Meanwhile = nothing) -> Record:
        """See ``ports.StateStore.read``."""
        with self._far_away():
            return super().read(user_id, policy, consistent=consistent, meanwhile=meanwhile)

    def replace(self, user_id: str, policy: str, *, old: Record, new: Record) -> None:
        """See ``ports.StateStore.replace``."""
        self.writes += 1
        with self._far_away():
            super().replace(user_id, policy, old=old, new=new)

    @contextlib.contextmanager
    def _far_away(self) -> Iterator[None]:
        """Have a call take as long as is drawn, and happen at a uniform moment of it."""
        begun = time.monotonic()
        takes = SLOWER * LATENCY.draw(self._rng)
        time.sleep(self._rng.random() * takes)
        try:
            yield
        finally:
            time.sleep(max(0.0, begun + takes - time.monotonic()))


def report(progress: Progress) -> Report:
    """Race for real and in simulation."""
    rng, simulated = random.Random(1), Race()  # noqa: S311  a simulation
    for _ in range(SIMULATED):
        simulated += race([0.0] * WRITERS, rng)
    rows = [_row("simulated", simulated), _row("real", _raced(progress))]
    head = ["", "rewards", "in 3 s", "writes", "p50 ms", "p99 ms"]
    title = f"Contention: {WRITERS} writers at once, simulated and on the real adapter, {SLOWER} times slower"
    return Report(title, head, rows, "- Seconds of the real race are divided by what it was slowed down.\n")


def _row(name: str, outcome: Race) -> list[str]:
    times = (f"{1000 * outcome.quantile(share):.0f}" for share in (0.5, 0.99))
    return [name, str(outcome.writers), f"{outcome.succeeded:.1%}", f"{outcome.writes_each:.2f}", *times]


def _raced(progress: Progress) -> Race:
    """Run the real races, one after the other, each at a user of its own."""
    from local.options import Options  # noqa: PLC0415  of the repository, not of this project
    from local.service import running  # noqa: PLC0415

    outcome = Race()
    with (
        tempfile.TemporaryDirectory(prefix="tipbandit-") as directory,
        running(Options(state=Path(directory))) as stack,
    ):
        stores = [DistantStore(*_table(stack.endpoint), seed) for seed in range(WRITERS)]
        for number in range(TIMES):
            progress(f"contention: for real, {number + 1} of {TIMES}")
            outcome += _race_once(f"user-{number}", stores)
    return outcome


def _table(endpoint: str) -> tuple[str, Any]:
    """Return the name of the stack's state table and a client of one's own for it."""
    config = Config(read_timeout=60, retries={"total_max_attempts": 1})
    dynamodb = boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name="us-east-1").client(  # noqa: S106
        "dynamodb", endpoint_url=endpoint, config=config
    )
    (table,) = (name for name in dynamodb.list_tables()["TableNames"] if "State" in name)
    return table, dynamodb


def _race_once(user_id: str, stores: Sequence[DistantStore]) -> Race:
    """Let all begin at the same moment; what the table holds in the end must be what they were told."""
    start, before = threading.Barrier(len(stores)), sum(store.writes for store in stores)

    def seconds(store: DistantStore) -> float | None:
        clock = StretchedClock()
        decision = _decision(user_id, clock)
        start.wait()
        begun = clock.monotonic()
        try:
            Learner(store, clock, _WINDOW_MS).apply(_POLICY, decision, 1.0, within_s=DEADLINE_S)
        except StoreUnavailableError:
            return None
        return clock.monotonic() - begun

    with ThreadPoolExecutor(len(stores)) as pool:
        times = [each for each in pool.map(seconds, stores) if each is not None]
    if stores[0].read(user_id, _POLICY.key, consistent=True).ver != len(times):
        raise RuntimeError("the table holds another number of rewards than were applied")
    return Race(writers=len(stores), writes=sum(store.writes for store in stores) - before, seconds=times)


def _decision(user_id: str, clock: SystemClock) -> Decision:
    return Decision(
        decision_id=uuid7(clock.now_ms(), clock.entropy(ENTROPY_BYTES)),
        user_id=user_id,
        policy=_POLICY.key,
        epoch=0,
        tip_id="tip",
        prompt_version=None,
        propensity=1.0,
        x=np.ones(_POLICY.feature_set.dim),
    )
