"""The same decisions elsewhere: on the smallest containers that are always on, and at the retired managed service."""

import math
from dataclasses import dataclass
from typing import Final

from tipbandit_lab.cost.bill import MILLION, Line, of_a_million, total
from tipbandit_lab.cost.pricing import Prices
from tipbandit_lab.cost.usage import Call, Deployment

HOURS: Final = 730
"""Of a month, as AWS counts it."""
TASK_VCPU: Final = 0.25
TASK_GB: Final = 0.5
FEWEST_TASKS: Final = 2
"""Of the smallest size there is, in two zones: one may fail."""
BALANCER_ADDRESSES: Final = 2
FILLED: Final = 0.6
"""How much of its CPU a container may use at the peak; beyond, answers wait for each other."""


@dataclass(frozen=True, slots=True)
class Service:
    """The two calls as measured, how they run, and what a month costs beside them."""

    score: Call
    reward: Call
    deployment: Deployment
    prices: Prices
    monthly: tuple[Line, ...]

    @property
    def decision(self) -> tuple[Line, ...]:
        """The bill of a million decisions."""
        return of_a_million(self.score, self.deployment, self.prices)

    @property
    def taught(self) -> tuple[Line, ...]:
        """The bill of a million rewards."""
        return of_a_million(self.reward, self.deployment, self.prices)

    @property
    def compute(self) -> float:
        """Dollars for what a container would do instead, a million decisions with their rewards."""
        return total(self.decision, "compute") + self.deployment.rewarded * total(self.taught, "compute")

    @property
    def whole(self) -> float:
        """Dollars of a million decisions with their rewards."""
        return total(self.decision) + self.deployment.rewarded * total(self.taught)


@dataclass(frozen=True, slots=True)
class Month:
    """Dollars of a month with so many ``decisions``, three ways; ``tasks`` is how many containers they take."""

    decisions: float
    here: float
    containers: float
    managed: float
    tasks: int


def container_lines(tasks: int, architecture: str, prices: Prices) -> tuple[Line, ...]:
    """Return the bill of a month of containers, with the load balancer in front of them and no NAT gateway."""
    vcpu, memory = (prices.of(name, architecture) for name in ("vcpu_hour", "memory_gb_hour"))
    addresses = tasks + BALANCER_ADDRESSES
    return (
        Line("compute", f"{tasks} containers, {TASK_VCPU:g} vCPU", tasks * TASK_VCPU * HOURS, "vCPU-h", vcpu),
        Line("compute", f"their memory, {TASK_GB:g} GB", tasks * TASK_GB * HOURS, "GB-h", memory),
        Line("compute", "load balancer", HOURS, "h", prices.balancer_hour),
        Line("compute", "one capacity unit of it", HOURS, "h", prices.balancer_unit_hour),
        Line("compute", "public addresses", addresses * HOURS, "h", prices.address_hour),
    )


def tasks_for(decisions: float, service: Service) -> int:
    """Return how many containers carry so many decisions a month, and their rewards, at the peak."""
    deployment = service.deployment
    cpu_s = (service.score.cpu_us + deployment.rewarded * service.reward.cpu_us) / MILLION
    busiest = decisions / (HOURS * 3600) * deployment.peak * cpu_s
    return max(FEWEST_TASKS, math.ceil(busiest / (TASK_VCPU * FILLED)))


def month(decisions: float, service: Service) -> Month:
    """Return what a month costs here, on containers with the same state and logs, and at the managed service."""
    tasks = tasks_for(decisions, service)
    standing, millions = total(service.monthly), decisions / MILLION
    containers = total(container_lines(tasks, service.deployment.architecture, service.prices))
    prices = service.prices
    return Month(
        decisions=decisions,
        here=standing + millions * service.whole,
        containers=standing + millions * (service.whole - service.compute) + containers,
        managed=max(0.0, decisions - prices.managed_free) / 1000 * prices.managed_calls,
        tasks=tasks,
    )


def break_even(service: Service) -> float:
    """Return the decisions a month from which the fewest containers cost less than functions.

    It holds where the fewest suffice, which ``tasks_for`` tells; infinite if functions cost nothing.
    """
    fixed = total(container_lines(FEWEST_TASKS, service.deployment.architecture, service.prices))
    return fixed / service.compute * MILLION if service.compute else math.inf
