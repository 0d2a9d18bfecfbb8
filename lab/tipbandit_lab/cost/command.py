"""``python -m tipbandit_lab cost``: what a million decisions and a million rewards cost, with the arithmetic."""

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from tipbandit.contracts.fields import MAX_CANDIDATES
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.cost import page
from tipbandit_lab.cost.bill import Standing, of_a_month
from tipbandit_lab.cost.comparison import Service
from tipbandit_lab.cost.pricing import Prices, load
from tipbandit_lab.cost.usage import Deployment

_USUAL: Final = Deployment()
_POLICY: Final = "egreedy/v2"
_MOST_REMEMBERED: Final = 4095
"""One more is what the reward that is measured adds."""

Memory = Annotated[int, typer.Option("--memory", metavar="MB", help="Of each function.")]
Architecture = Annotated[str, typer.Option(help="arm64 or x86_64.")]
Rewarded = Annotated[float, typer.Option(help="Share of decisions that get a reward.")]
Wait = Annotated[float, typer.Option("--wait-ms", help="For one call of DynamoDB.")]
Cold = Annotated[float, typer.Option(help="Share of calls that start an environment.")]
Init = Annotated[float, typer.Option("--init-ms", help="What such a start is billed beside the call.")]
Busy = Annotated[float, typer.Option(help="Calls a second that a warm environment answers.")]
Days = Annotated[int, typer.Option(help="Logs are kept.")]
Peak = Annotated[float, typer.Option(help="The busiest moment's rate over the mean.")]
Cpu = Annotated[float | None, typer.Option(min=0.001, help="CPU microseconds of one call; measured if not given.")]
Given = Annotated[Path | None, typer.Option("--prices", metavar="FILE", help="TOML or JSON: other prices, by name.")]
Into = Annotated[Path | None, typer.Option(metavar="PAGE", help="Write the tables into its block `cost`.")]


def command(  # noqa: PLR0913 - a command's options
    *,
    policy: Annotated[str, typer.Option(help="Whose features and state.")] = _POLICY,
    candidates: Annotated[int, typer.Option(min=1, max=MAX_CANDIDATES, help="K, tips to choose from.")] = 10,
    remembered: Annotated[int, typer.Option(min=0, max=_MOST_REMEMBERED, help="Decisions a state remembers.")] = 20,
    memory_mb: Memory = _USUAL.memory_mb,
    architecture: Architecture = _USUAL.architecture,
    rewarded: Rewarded = _USUAL.rewarded,
    wait_ms: Wait = _USUAL.wait_ms,
    cold: Cold = _USUAL.cold,
    init_ms: Init = _USUAL.init_ms,
    busy: Busy = _USUAL.busy,
    days: Days = _USUAL.days,
    peak: Peak = _USUAL.peak,
    users: Annotated[int, typer.Option(min=0, help="Whose state is stored.")] = 10_000,
    routes: Annotated[int, typer.Option(min=0, help="Of the API that are called.")] = 2,
    score_us: Cpu = None,
    reward_us: Cpu = None,
    prices: Given = None,
    into: Into = None,
) -> None:
    """Say what a million decisions and a million rewards cost, line by line, and what they would elsewhere."""
    if policy not in POLICIES:
        raise ValueError(f"no such policy: {policy}; there are {', '.join(POLICIES)}")
    deployment = Deployment(
        memory_mb=memory_mb, architecture=architecture, rewarded=rewarded, wait_ms=wait_ms, cold=cold,
        init_ms=init_ms, busy=busy, days=days, peak=peak,
    )  # fmt: skip
    usual = load(prices) if prices else Prices()
    cpu = {"score_us": score_us, "reward_us": reward_us}
    text = _text(policy, candidates, remembered, deployment, usual, users=users, routes=routes, cpu=cpu)
    if into is not None:
        page.put(into, "cost", text)
    else:
        sys.stdout.write(text)


def _text(  # noqa: PLR0913 - what the command was given
    policy: str,
    candidates: int,
    remembered: int,
    deployment: Deployment,
    prices: Prices,
    *,
    users: int,
    routes: int,
    cpu: dict[str, Any],
) -> str:
    from benchmarks import cost_calls, cost_platform, cost_report  # noqa: PLC0415 - they load the functions

    chosen = POLICIES[policy]
    measured = cost_calls.measured(chosen, candidates, remembered, **cpu)
    standing = Standing(
        metrics=measured.decision.metrics + measured.taught.metrics,
        filters=cost_platform.filters(),
        routes=routes,
        alarms=cost_platform.alarms(),
        users=users,
        item_bytes=measured.score.item_bytes,
    )
    monthly = of_a_month(standing, prices)
    service = Service(measured.score, measured.reward, deployment, prices, monthly)
    case = cost_report.Case(policy, chosen.feature_set.dim, candidates, remembered)
    return "\n".join(map(str, cost_report.reports(case, measured, service)))
