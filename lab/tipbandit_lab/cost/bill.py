"""From units to dollars, line by line, so that every figure can be checked by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tipbandit_lab.cost.pricing import Prices
from tipbandit_lab.cost.usage import Call, Deployment

MILLION: Final = 1_000_000
GB: Final = 2**30
SECRET_FRESH_S: Final = 300
"""How old an environment lets its copy of the signing keys get (``tipbandit.adapters.cached_secret``)."""
ROUTE_METRICS: Final = 6
"""What API Gateway reports of each route that is called, where detailed metrics are on."""
_MONTH_DAYS: Final = 30

Part = Literal["compute", "state", "logs", "answers", "keys", "watching"]
"""What a line is paid for; an always-on container replaces *compute*."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill: ``quantity`` units at ``price`` dollars for each ``per`` of them."""

    part: Part
    what: str
    quantity: float
    unit: str
    price: float
    per: float = 1.0

    @property
    def dollars(self) -> float:
        """What it comes to."""
        return self.quantity / self.per * self.price


def total(lines: Sequence[Line], *parts: Part) -> float:
    """Return the dollars of all lines, or of those of some parts."""
    return sum(line.dollars for line in lines if not parts or line.part in parts)


def of_a_million(call: Call, deployment: Deployment, prices: Prices) -> tuple[Line, ...]:
    """Return the bill of a million warm calls of one kind, with the cold starts among them."""
    return (
        *_state(call, prices),
        *_compute(call, deployment, prices),
        Line("answers", "answers to the Internet", MILLION * call.answer_bytes / GB, "GB", prices.transfer_gb),
        *_logs(call, deployment, prices),
        Line(
            "keys", f"signing keys read, every {SECRET_FRESH_S} s", MILLION / deployment.busy / SECRET_FRESH_S,
            "calls", prices.secret_calls, 10_000,
        ),
    )  # fmt: skip


def _state(call: Call, prices: Prices) -> Iterator[Line]:
    yield Line(
        "state", f"DynamoDB reads, {call.read_units:g} each", MILLION * call.read_units, "units",
        prices.read_units, MILLION,
    )  # fmt: skip
    if call.write_units:
        yield Line(
            "state", f"DynamoDB writes, {call.write_units} each", MILLION * call.write_units, "units",
            prices.write_units, MILLION,
        )  # fmt: skip


def _compute(call: Call, deployment: Deployment, prices: Prices) -> Iterator[Line]:
    per_gb_second = prices.of("gb_seconds", deployment.architecture)
    billed = deployment.billed_ms(call)
    warm = MILLION * billed / 1000 * deployment.gb
    cold = MILLION * deployment.cold * deployment.init_ms / 1000 * deployment.gb
    size = f"{deployment.memory_mb:,} MB"
    yield Line("compute", "API Gateway calls", MILLION * call.api_calls, "calls", prices.api_calls, MILLION)
    yield Line("compute", "Lambda requests", MILLION, "requests", prices.requests, MILLION)
    yield Line("compute", f"Lambda, {billed} ms at {size}", warm, "GB-s", per_gb_second, MILLION)
    yield Line(
        "compute", f"cold starts, {deployment.cold:.1%} of {deployment.init_ms:g} ms", cold, "GB-s",
        per_gb_second, MILLION,
    )  # fmt: skip


def _logs(call: Call, deployment: Deployment, prices: Prices) -> Iterator[Line]:
    for kind, log in call.logs.items():
        size = MILLION * log.billed_bytes / GB
        yield Line("logs", f"log: {kind}, {log.billed_bytes:,} bytes", size, "GB", prices.log_gb)
    taken_in = MILLION * sum(log.billed_bytes for log in call.logs.values()) / GB
    kept = taken_in * deployment.stored * deployment.days / _MONTH_DAYS
    yield Line("logs", f"logs kept {deployment.days} days, compressed", kept, "GB-months", prices.log_gb_month)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is paid for by the month, however few the calls.

    Attributes:
        metrics: custom metrics that the functions write.
        filters: metrics that are made from their logs.
        routes: of the API that are called, each with ``ROUTE_METRICS`` of its own.
        alarms: there are.
        users: whose state is stored.
        item_bytes: of each user's state.
    """

    metrics: int
    filters: int
    routes: int
    alarms: int
    users: int
    item_bytes: int


def of_a_month(standing: Standing, prices: Prices) -> tuple[Line, ...]:
    """Return the bill of a month without a call."""
    stored = standing.users * standing.item_bytes / GB
    return (
        Line("watching", "metrics the functions write", standing.metrics, "metrics", prices.metric_month),
        Line("watching", "metrics made from logs", standing.filters, "metrics", prices.metric_month),
        Line(
            "watching", f"API metrics of {standing.routes} routes", standing.routes * ROUTE_METRICS, "metrics",
            prices.metric_month,
        ),
        Line("watching", "alarms", standing.alarms, "alarms", prices.alarm_month),
        Line("watching", "dashboard", 1, "dashboard", prices.dashboard_month),
        Line("keys", "signing keys", 1, "secret", prices.secret_month),
        Line("state", f"state of {standing.users:,} users", stored, "GB-months", prices.table_gb_month),
        Line("state", "its recovery to any moment", stored, "GB-months", prices.recovery_gb_month),
    )  # fmt: skip
