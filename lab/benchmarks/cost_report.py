"""The bill as tables in which every figure can be followed, and what a decision's log line is made of."""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from benchmarks.cost_calls import Lines, Measured
from benchmarks.tables import Report
from tipbandit_lab.cost.bill import MILLION, Line, total
from tipbandit_lab.cost.comparison import FEWEST_TASKS, HOURS, Service, break_even, container_lines, month, tasks_for
from tipbandit_lab.cost.pricing import AS_OF, REGION, SOURCES
from tipbandit_lab.cost.usage import MEMORIES_MB, VCPU_MB, Deployment

VOLUMES: Final = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
_HEAD: Final = ("", "quantity", "unit", "dollars each", "dollars")


@dataclass(frozen=True, slots=True)
class Case:
    """What was measured: of which policy, with how many candidates and remembered decisions."""

    policy: str
    dim: int
    candidates: int
    remembered: int

    def __str__(self) -> str:
        return f"{self.policy} (D={self.dim}), K={self.candidates}, {self.remembered} decisions remembered"


def reports(case: Case, measured: Measured, service: Service) -> list[Report]:
    """Return all tables of a case."""
    return [
        _bill(f"A million decisions: {case}", service.decision, _about_calls(measured, service.deployment)),
        _bill("A million rewards", service.taught, "- None of them duplicates or meets a conflict.\n"),
        _memories(service),
        _bill("A month without a call", service.monthly, _STANDING),
        _elsewhere(service),
        _log_line(measured.decision, case.candidates, service),
    ]


_STANDING: Final = """\
- Nothing runs. What is paid for is watching: metrics of one policy that decides and is rewarded, and alarms. Metrics
  count by the hours in which they are reported, the API's by route; the first 10 metrics, 10 alarms and 3 dashboards
  of an account, which are free, are not taken off.
"""


def _bill(title: str, lines: Sequence[Line], remarks: str) -> Report:
    rows = [
        [line.what, _number(line.quantity), line.unit, f"{_price(line.price)}{_per(line.per)}", _dollars(line.dollars)]
        for line in lines
    ]
    rows.append(["**together**", "", "", "", f"**{_dollars(total(lines))}**"])
    return Report(title, _HEAD, rows, remarks)


def _about_calls(measured: Measured, deployment: Deployment) -> str:
    score, reward = measured.score, measured.reward
    share = min(1.0, deployment.memory_mb / VCPU_MB)
    figures = [
        f"{name} {call.cpu_us / 1000:.2f} ms of CPU / {share:.2f} vCPU + {call.store_calls} x {deployment.wait_ms:g} ms"
        f" = {deployment.billed_ms(call)} ms"
        for name, call in (("/score", score), ("/reward", reward))
    ]
    prices = "; ".join(f"{name}: {source}" for name, source in SOURCES.items())
    return _remarks(
        f"Billed: {'; '.join(figures)}. The CPU was measured, of the handler and of the client that calls DynamoDB, or "
        "given; it is divided by the share of a vCPU that the function has, which is its memory's share of "
        f"{VCPU_MB:,} MB. The wait for DynamoDB is an assumption.",
        f"An item of {score.item_bytes:,} bytes is read, one of {reward.written_bytes:,} written. A GB is 2^30 bytes.",
        f"Prices: {REGION}, as known in {AS_OF}, first tier, nothing free taken off. Check them before relying on "
        f"them, where they are published. {prices}.",
    )


def _memories(service: Service) -> Report:
    rows = []
    for memory in MEMORIES_MB:
        for architecture in ("arm64", "x86_64"):
            sized = replace(
                service, deployment=replace(service.deployment, memory_mb=memory, architecture=architecture)
            )
            billed = [sized.deployment.billed_ms(call) for call in (sized.score, sized.reward)]
            sums = (total(sized.decision), total(sized.taught), sized.whole)
            rows.append([f"{memory:,} MB, {architecture}", *map(str, billed), *map(_dollars, sums)])
    share = f"{service.deployment.rewarded:.0%}"
    head = ["", "ms /score", "ms /reward", "million decisions", "million rewards", f"decisions, {share} rewarded"]
    remarks = """\
- The same CPU time is assumed of both processors. A function with more memory is faster, and its price grows with the
  memory while its waits do not shrink.
"""
    return Report("By memory and processor, dollars", head, rows, remarks)


def _elsewhere(service: Service) -> Report:
    rows = []
    for volume in VOLUMES:
        costs = month(volume, service)
        dollars = (costs.here, costs.containers, costs.managed)
        rows.append([f"{volume:,}", *(f"{each:,.2f}" for each in dollars), str(costs.tasks)])
    head = ["decisions a month", "here", "containers", "managed service", "containers needed"]
    return Report("A month here and elsewhere, dollars", head, rows, _about_elsewhere(service))


def _about_elsewhere(service: Service) -> str:
    point, prices = break_even(service), service.prices
    fixed = container_lines(FEWEST_TASKS, service.deployment.architecture, prices)
    parts = " + ".join(f"{line.what} {_number(line.quantity)} {line.unit} x {line.price:g}" for line in fixed)
    enough = "suffice" if tasks_for(point, service) == FEWEST_TASKS else f"do not suffice: {tasks_for(point, service)}"
    managed = prices.managed_calls * 1000
    return _remarks(
        f"*Containers*: {parts} = {total(fixed):.2f} dollars, with the same state, logs and alarms beside them. They "
        f"replace the API and the functions, {service.compute:.2f} dollars a million decisions with their rewards: "
        f"from {point:,.0f} decisions a month on ({point / (HOURS * 3600):.1f} a second) they cost less, and the "
        f"fewest {enough}. Their upkeep is not in it.",
        "*Managed service*: Azure AI Personalizer, retired on 1 October 2026 (learn.microsoft.com/azure/ai-services/"
        f"personalizer); {managed:,.0f} dollars a million decisions after {prices.managed_free:,.0f} free ones, "
        "rewards not counted. No copy of its price list was at hand: this is its first paid tier from memory, larger "
        "volumes were cheaper, so take it as an order of magnitude. A tenth of it would still be "
        f"{managed / 10 / service.whole:.0f} times the {service.whole:.2f} dollars here.",
    )


def _log_line(decision: Lines, candidates: int, service: Service) -> Report:
    whole = json.dumps(decision.event, separators=(",", ":"))
    per_gb = service.prices.log_gb
    rows = [
        [name, str(size), f"{size / len(whole):.0%}", _dollars(MILLION * size / 2**30 * per_gb), why]
        for name, size, why in _fields(decision.event)
    ]
    rows.append(["**the line**", str(len(whole)), "100%", _dollars(MILLION * len(whole) / 2**30 * per_gb), ""])
    head = ["", "bytes", "share", "dollars a million", "what for"]
    return Report(f"What a decision logs, K={candidates}", head, rows, _WORTH)


_WHY: Final[Mapping[str, str]] = {
    "candidates": "what there was to choose from: without it no other policy can be tried on this decision",
    "scores": "what the policy thought of each: shows a policy that went wrong, and replays without the state",
    "propensities": "how likely each was shown: what makes evaluation unbiased",
    "profile_features": "one side of the features",
    "context": "the other side",
    "x": "the features it was made with: a changed encoder cannot rewrite the past",
}


def _fields(line: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Yield each part of the line: its bytes, with its name and comma, the largest of the event first."""
    event = line["data"]
    sizes = {name: _size(name, value) for name, value in event.items()}
    rest = sum(size for name, size in sizes.items() if name not in _WHY)
    for name in sorted(_WHY, key=lambda name: -sizes.get(name, 0)):
        yield name, sizes.get(name, 0), _WHY[name]
    yield "the rest of the event", rest, "who, which policy and state, what was shown and how likely: joins and audits"
    around = len(json.dumps(line, separators=(",", ":"))) - sum(sizes.values())
    yield "around the event", around, "time, function, version and request: finds the line, and tells deployments apart"


def _size(name: str, value: object) -> int:
    return len(json.dumps({name: value}, separators=(",", ":"))) - 1


_WORTH: Final = """\
- A decision whose alternatives were not logged can only ever be counted. With them any other policy can be evaluated on
  it, and it can be replayed bit for bit; the log is the only place where it is kept.
- Columns, not an object for each candidate: names are written once. Nothing here is a user's text.
"""


def _remarks(*sentences: str) -> str:
    """Return a list of them, in lines of a page's width."""
    filled = (
        textwrap.fill(
            each, 120, initial_indent="- ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        for each in sentences
    )
    return "\n".join(filled) + "\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"  # noqa: PLR2004  enough digits


def _price(price: float) -> str:
    return f"{price:.6f}".rstrip("0").rstrip(".")


def _per(per: float) -> str:
    return {1.0: "", 10_000.0: " / 10 k", float(MILLION): " / M"}[per]


def _dollars(value: float) -> str:
    return f"{value:,.4f}" if value < 1 else f"{value:,.2f}"
