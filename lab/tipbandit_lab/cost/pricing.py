"""What the cloud asks for a unit of each thing: parameters, with the list prices of one region."""

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

REGION: Final = "us-east-1"
AS_OF: Final = "November 2026"
ARCHITECTURES: Final = ("arm64", "x86_64")


@dataclass(frozen=True, slots=True)
class Prices:
    """List prices in US dollars, first tier, without free allowances, taxes and discounts.

    Attributes:
        read_units: DynamoDB on demand, a million read request units.
        write_units: the same for write request units.
        table_gb_month: DynamoDB, a GB stored for a month.
        recovery_gb_month: point-in-time recovery of it.
        requests: Lambda, a million invocations.
        gb_seconds_arm64: Lambda, a million GB-seconds.
        gb_seconds_x86_64: the same on the other processor.
        api_calls: API Gateway, HTTP API, a million calls of up to 512 KB.
        transfer_gb: a GB out to the Internet.
        log_gb: CloudWatch Logs, a GB taken in.
        log_gb_month: a GB of compressed log kept for a month.
        metric_month: a custom metric, CloudWatch.
        alarm_month: an alarm on one metric.
        dashboard_month: a dashboard.
        secret_month: Secrets Manager, a secret.
        secret_calls: ten thousand calls.
        vcpu_hour_arm64: Fargate, a vCPU.
        vcpu_hour_x86_64: the same on the other processor.
        memory_gb_hour_arm64: Fargate, a GB of memory.
        memory_gb_hour_x86_64: the same on the other processor.
        balancer_hour: an application load balancer.
        balancer_unit_hour: one of its capacity units.
        address_hour: a public IPv4 address.
        managed_calls: what the retired managed service asked for a thousand decisions.
        managed_free: decisions a month it asked nothing for.
    """

    read_units: float = 0.125
    write_units: float = 0.625
    table_gb_month: float = 0.25
    recovery_gb_month: float = 0.20
    requests: float = 0.20
    gb_seconds_arm64: float = 13.3334
    gb_seconds_x86_64: float = 16.6667
    api_calls: float = 1.00
    transfer_gb: float = 0.09
    log_gb: float = 0.50
    log_gb_month: float = 0.03
    metric_month: float = 0.30
    alarm_month: float = 0.10
    dashboard_month: float = 3.00
    secret_month: float = 0.40
    secret_calls: float = 0.05
    vcpu_hour_arm64: float = 0.03238
    vcpu_hour_x86_64: float = 0.04048
    memory_gb_hour_arm64: float = 0.00356
    memory_gb_hour_x86_64: float = 0.004445
    balancer_hour: float = 0.0225
    balancer_unit_hour: float = 0.008
    address_hour: float = 0.005
    managed_calls: float = 1.00
    managed_free: float = 50_000

    def of(self, name: str, architecture: str) -> float:
        """Return the price ``name`` has on a processor."""
        return float(getattr(self, f"{name}_{architecture}"))


SOURCES: Final[Mapping[str, str]] = MappingProxyType({
    "DynamoDB": "aws.amazon.com/dynamodb/pricing/on-demand (halved in November 2024)",
    "Lambda": "aws.amazon.com/lambda/pricing (a start's init is billed since August 2025)",
    "API Gateway": "aws.amazon.com/api-gateway/pricing, HTTP APIs",
    "CloudWatch": "aws.amazon.com/cloudwatch/pricing (Lambda's logs get cheaper from 10 TB a month)",
    "Secrets Manager": "aws.amazon.com/secrets-manager/pricing",
    "Fargate": "aws.amazon.com/fargate/pricing, Linux",
    "ELB, IPv4": "aws.amazon.com/elasticloadbalancing/pricing, aws.amazon.com/vpc/pricing",
})  # fmt: skip


def load(path: Path) -> Prices:
    """Return the prices, those that a TOML or JSON file of names and numbers gives instead of the usual ones.

    Raises:
        ValueError: if the file is neither, or a name is unknown, or a price is no number from 0 on; all are named.
        OSError: if it cannot be read.
    """
    given = _parsed(path)
    known = {each.name for each in fields(Prices)}
    wrong = [f"there is no price {name}" for name in given if name not in known]
    wrong += [f"{name} must be a number from 0 on" for name, price in given.items() if not _is_price(price)]
    if wrong:
        raise ValueError(f"{path}: {'; '.join(wrong)}")
    return replace(Prices(), **{name: float(price) for name, price in given.items()})


def _parsed(path: Path) -> Mapping[str, Any]:
    text = path.read_text("utf-8")
    try:
        given = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise ValueError(f"{path} is not {'JSON' if path.suffix == '.json' else 'TOML'}: {error}") from None
    if not isinstance(given, dict):
        raise ValueError(f"{path} must hold names and prices")  # noqa: TRY004  of the file, not of the program
    return given


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
