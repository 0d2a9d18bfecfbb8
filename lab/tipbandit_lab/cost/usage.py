"""What is used: measured of one call, assumed of how calls come, and both turned into billed units."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tipbandit_lab.cost.pricing import ARCHITECTURES

MEMORIES_MB: Final = (512, 1024, 1769)
VCPU_MB: Final = 1769
"""The memory at which a function has one whole vCPU; below, it has that share of one (AWS Lambda's documentation)."""
WRITE_UNIT_BYTES: Final = 1024
READ_UNIT_BYTES: Final = 4096
CALL_BYTES: Final = 512 * 1024
"""What API Gateway counts as one call of an HTTP API."""
LINE_BYTES: Final = 26
"""What CloudWatch Logs adds to each line it takes in."""


@dataclass(frozen=True, slots=True)
class Log:
    """What one call writes of one kind: so many ``lines``, together so many ``size`` bytes."""

    lines: int
    size: int

    @property
    def billed_bytes(self) -> int:
        """What is counted as taken in."""
        return self.size + self.lines * LINE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One warm call, as measured.

    Attributes:
        cpu_us: CPU microseconds of the function on a whole vCPU.
        store_calls: calls of DynamoDB it waits for.
        item_bytes: of the state it reads.
        consistent: whether that read is strongly consistent.
        written_bytes: of the state it writes; 0 for none.
        answer_bytes: body of the answer.
        logs: what is logged, by kind.
    """

    cpu_us: float
    store_calls: int
    item_bytes: int
    consistent: bool
    written_bytes: int = 0
    answer_bytes: int = 0
    logs: Mapping[str, Log] = field(default_factory=dict)

    @property
    def read_units(self) -> float:
        """DynamoDB's read request units: one for each 4 KB begun, half of that where the read may be a little late."""
        return max(1, math.ceil(self.item_bytes / READ_UNIT_BYTES)) * (1.0 if self.consistent else 0.5)

    @property
    def write_units(self) -> int:
        """DynamoDB's write request units: one for each KB begun."""
        return math.ceil(self.written_bytes / WRITE_UNIT_BYTES)

    @property
    def api_calls(self) -> int:
        """What API Gateway counts it as: one for each 512 KB begun of the answer, which is larger than the question."""
        return max(1, math.ceil(self.answer_bytes / CALL_BYTES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """How it runs and how calls come: what cannot be measured here.

    Attributes:
        memory_mb: of each function.
        architecture: arm64 or x86_64.
        rewarded: the share of decisions that get a reward, in [0, 1].
        wait_ms: how long a function waits for one call of DynamoDB, in milliseconds.
        cold: the share of calls that start an environment, in [0, 1].
        init_ms: what such a start is billed beside the call, in milliseconds, whatever the memory.
        busy: calls a second that one warm environment answers, on average while it lives.
        days: how long logs are kept.
        stored: the share of a log's size that is kept, compressed.
        peak: the busiest moment's rate over the mean, for what has to be there before it is needed.
    """

    memory_mb: int = 1024
    architecture: str = "arm64"
    rewarded: float = 0.5
    wait_ms: float = 4.0
    cold: float = 0.01
    init_ms: float = 500.0
    busy: float = 1.0
    days: int = 30
    stored: float = 0.15
    peak: float = 4.0

    def __post_init__(self) -> None:
        checks = {
            "memory must be 128 to 10240 MB": 128 <= self.memory_mb <= 10240,  # noqa: PLR2004  Lambda's
            f"the architecture must be {' or '.join(ARCHITECTURES)}": self.architecture in ARCHITECTURES,
            "the share of rewarded decisions must lie in [0, 1]": 0 <= self.rewarded <= 1,
            "the wait must be 0 ms or more, and finite": 0 <= self.wait_ms < math.inf,
            "the share of cold starts must lie in [0, 1]": 0 <= self.cold <= 1,
            "a start must take 0 ms or more, and finite": 0 <= self.init_ms < math.inf,
            "calls a second must be positive and finite": 0 < self.busy < math.inf,
            "logs must be kept for a day or longer": self.days >= 1,
            "the share that is stored must lie in [0, 1]": 0 <= self.stored <= 1,
            "the peak must be at least the mean, and finite": 1 <= self.peak < math.inf,
        }
        if wrong := [sentence for sentence, holds in checks.items() if not holds]:
            raise ValueError("; ".join(wrong))

    def billed_ms(self, call: Call) -> int:
        """Return what one warm call is billed: its CPU on the share of a vCPU it has, and its waits, rounded up."""
        share = min(1.0, self.memory_mb / VCPU_MB)
        exact = call.cpu_us / 1000 / share + call.store_calls * self.wait_ms
        return max(1, math.ceil(round(exact, 9)))  # 5.000000000000001 is 5

    @property
    def gb(self) -> float:
        """The memory in GB, as Lambda counts it."""
        return self.memory_mb / 1024
