"""Fill a lake by simulation: whole, or not at all."""

from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tipbandit.policies.registry import POLICIES
from tipbandit_lab.code_version import digest
from tipbandit_lab.configuration import described, fingerprint
from tipbandit_lab.lake.arriving import deliver
from tipbandit_lab.lake.crowd import Block
from tipbandit_lab.lake.errors import LakeError
from tipbandit_lab.lake.publishing import Claim, compact
from tipbandit_lab.personas import personas
from tipbandit_lab.processes import Call, spread
from tipbandit_lab.progress import Progress, Silent
from tipbandit_lab.world import Setting

_BLOCK: Final = 16
"""Users of one block at most."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What a lake is filled with.

    Attributes:
        users: how many, spread evenly over the main personas.
        days: that they live, from Monday, 5 January 2026 on.
        moments: there are for a user each day; about two thirds of them become decisions.
        candidates: tips for each decision.
        policy: key of the policy that serves.
        seed: which world.

    Raises:
        ValueError: if a number is below 1, or there is no such policy; everything that is wrong is named.
    """

    users: int = 200
    days: int = 30
    moments: int = 4
    candidates: int = 10
    policy: str = "linucb/v1"
    seed: int = 0

    def __post_init__(self) -> None:
        counts = {name: getattr(self, name) for name in ("users", "days", "moments", "candidates")}
        wrong = [f"{name} must be at least 1" for name, count in counts.items() if count < 1]
        if self.policy not in POLICIES:
            wrong.append(f"no such policy: {self.policy}; there are {', '.join(POLICIES)}")
        if not 0 <= self.seed < 1 << 31:
            wrong.append("seed must lie in [0, 2^31)")
        if wrong:
            raise ValueError(f"a lake cannot be filled: {'; '.join(wrong)}")

    def blocks(self) -> list[Block]:
        """Return the users in blocks, the personas in turn: a lake of few users has some of each."""
        names = sorted(personas())
        counts = {name: len(range(place, self.users, len(names))) for place, name in enumerate(names)}
        sizes = {
            name: [min(_BLOCK, count - first) for first in range(0, count, _BLOCK)] for name, count in counts.items()
        }
        return [
            Block(
                persona=name,
                number=number,
                seed=self.seed,
                setting=Setting(size, self.days, self.moments, self.candidates),
                policy=self.policy,
            )
            for name, each in sizes.items()
            for number, size in enumerate(each)
        ]

    def configuration(self) -> dict[str, Any]:
        """Return all that decides what is filled, as JSON."""
        policy = described(POLICIES[self.policy])
        world = fingerprint({name: described(each) for name, each in personas().items()})
        return {**asdict(self), "parameters": policy, "personas": world, "code_version": digest()}


def fill(
    filling: Filling, out: Path, *, workers: int = 1, progress: Progress | None = None, fresh: bool = False
) -> bool:
    """Fill a lake, and say whether anything was to be done: a lake that was filled with the same stays as it is.

    Args:
        filling: with what.
        out: the directory; what is above it is created.
        workers: processes.
        progress: who is told.
        fresh: whether to replace what another filling wrote there, and to remove what a killed one left beside it.

    Raises:
        LakeError: if something else lies there, or the work fails. Nothing has changed then.
        KeyboardInterrupt: likewise.
    """
    claim = Claim(out.absolute(), filling.configuration())
    if not fresh and claim.is_filled():
        return False
    blocks = filling.blocks()
    rounds = filling.users * filling.days * filling.moments // len(blocks)
    with claim.staged(fresh=fresh) as staging, progress or Silent() as told:
        told.start(total=len(blocks), done=0, user_rounds=rounds)
        parts, lake = staging / "parts", staging / "lake"
        for _ in _delivered([(block, parts) for block in blocks], workers):
            told.advance()
        claim.publish(lake, compact(parts, lake))
    return True


def _delivered(calls: Sequence[Call], workers: int) -> Iterator[object]:
    """Deliver block after block, here or in several processes."""
    if workers == 1 or len(calls) == 1:
        yield from (deliver(*call) for call in calls)
        return
    try:
        with closing(spread(deliver, calls, workers)) as done:
            yield from done
    except BrokenProcessPool:
        raise LakeError("a worker process died (out of memory?)") from None
