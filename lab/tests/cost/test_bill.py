"""The bill: every figure here was computed by hand from the prices and the rules of the services."""

import math
from dataclasses import replace

import pytest

from tipbandit_lab.cost.bill import Line, Standing, of_a_million, of_a_month, total
from tipbandit_lab.cost.comparison import Service, break_even, container_lines, month, tasks_for
from tipbandit_lab.cost.pricing import Prices
from tipbandit_lab.cost.usage import Call, Deployment, Log

GIB = 1_073_741_824
LOGS = {"the event": Log(1, 974), "metrics": Log(1, 474)}
SCORE = Call(cpu_us=578.9, store_calls=1, item_bytes=1173, consistent=False, answer_bytes=1000, logs=LOGS)
REWARD = Call(
    cpu_us=578.9, store_calls=2, item_bytes=1173, consistent=True, written_bytes=1189, answer_bytes=50, logs=LOGS
)
USUAL = Deployment()


def dollars(lines: tuple[Line, ...], beginning: str) -> float:
    (line,) = (each for each in lines if each.what.startswith(beginning))
    return line.dollars


def test_a_million_decisions() -> None:
    """0.5789 ms / (1024/1769) = 1.0001 ms and 4 ms of waiting: 6 ms billed, at 1 GB 6,000 GB-s a million."""
    lines = of_a_million(SCORE, USUAL, Prices())
    assert dollars(lines, "DynamoDB reads") == pytest.approx(0.5 * 0.125)
    assert dollars(lines, "API Gateway") == pytest.approx(1.0)
    assert dollars(lines, "Lambda requests") == pytest.approx(0.20)
    assert dollars(lines, "Lambda, 6 ms at 1,024 MB") == pytest.approx(6_000 * 0.0000133334)
    assert dollars(lines, "cold starts") == pytest.approx(10_000 * 0.5 * 0.0000133334)
    assert dollars(lines, "answers") == pytest.approx(1e9 / GIB * 0.09)
    assert dollars(lines, "log: the event") == pytest.approx(1e9 / GIB * 0.50)
    assert dollars(lines, "log: metrics") == pytest.approx(0.5e9 / GIB * 0.50)
    assert dollars(lines, "logs kept") == pytest.approx(1.5e9 / GIB * 0.15 * 0.03)
    assert dollars(lines, "signing keys") == pytest.approx(1e6 / 300 / 10_000 * 0.05)
    by_hand = 0.0625 + 1 + 0.2 + 0.0800004 + 0.066667 + 0.0838190 + 0.4656613 + 0.2328306 + 0.0062864 + 0.0166667
    assert total(lines) == pytest.approx(by_hand, rel=1e-6)


def test_a_million_rewards() -> None:
    """A consistent read is a whole unit, 1,189 bytes are two units of writing, and there are two calls to wait for."""
    lines = of_a_million(REWARD, USUAL, Prices())
    assert dollars(lines, "DynamoDB reads") == pytest.approx(0.125)
    assert dollars(lines, "DynamoDB writes") == pytest.approx(2 * 0.625)
    assert dollars(lines, "Lambda, 10 ms") == pytest.approx(10_000 * 0.0000133334)


def test_nothing_is_written_for_a_decision() -> None:
    assert not [line for line in of_a_million(SCORE, USUAL, Prices()) if "writes" in line.what]


def test_parts_add_up_to_the_whole() -> None:
    lines = of_a_million(REWARD, USUAL, Prices())
    parts = sum(total(lines, part) for part in ("compute", "state", "logs", "answers", "keys", "watching"))
    assert parts == pytest.approx(total(lines))


@pytest.mark.parametrize(
    ("size", "late", "consistent", "written"),
    [(0, 0.5, 1, 0), (1, 0.5, 1, 1), (1024, 0.5, 1, 1), (1025, 0.5, 1, 2), (4096, 0.5, 1, 4), (4097, 1, 2, 5)],
)
def test_units_step_at_one_and_four_kilobytes(size: int, late: float, consistent: float, written: int) -> None:
    call = replace(REWARD, item_bytes=size, written_bytes=size)
    assert (call.read_units, call.write_units) == (consistent, written)
    assert replace(call, consistent=False).read_units == late


@pytest.mark.parametrize(
    ("memory", "billed"),
    [(512, 11), (1024, 8), (1769, 6), (3538, 6)],
)
def test_less_memory_is_less_of_a_vcpu_but_no_more_than_one(memory: int, billed: int) -> None:
    """2 ms of CPU: 6.91 ms at 512 MB, 3.46 at 1,024, 2 from 1,769 on; and 4 ms of waiting. Rounded up."""
    assert Deployment(memory_mb=memory).billed_ms(replace(SCORE, cpu_us=2000)) == billed


def test_an_answer_beyond_512_kb_is_two_calls() -> None:
    assert [replace(SCORE, answer_bytes=size).api_calls for size in (0, 524_288, 524_289)] == [1, 1, 2]


def test_a_month_without_a_call() -> None:
    standing = Standing(metrics=11, filters=12, routes=2, alarms=30, users=1_000_000, item_bytes=1173)
    stored = 1173e6 / GIB
    by_hand = (11 + 12 + 2 * 6) * 0.30 + 30 * 0.10 + 3.00 + 0.40 + stored * (0.25 + 0.20)
    assert total(of_a_month(standing, Prices())) == pytest.approx(by_hand)


def test_unfit_deployments_are_refused_with_all_that_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"memory must be .*; the architecture must be .*; the wait must be 0 ms"):
        Deployment(memory_mb=64, architecture="sparc", wait_ms=math.nan)


SERVICE = Service(SCORE, REWARD, Deployment(rewarded=0.5), Prices(), ())


def test_the_smallest_containers_for_a_month() -> None:
    """2 x 0.25 vCPU and 2 x 0.5 GB on arm64, a load balancer with one capacity unit, four addresses, 730 hours."""
    by_hand = 730 * (0.5 * 0.03238 + 1 * 0.00356 + 0.0225 + 0.008 + 4 * 0.005)
    assert total(container_lines(2, "arm64", Prices())) == pytest.approx(by_hand)


def test_at_the_break_even_a_month_costs_the_same_both_ways() -> None:
    costs = month(break_even(SERVICE), SERVICE)
    assert costs.tasks == 2
    assert costs.here == pytest.approx(costs.containers)
    assert month(break_even(SERVICE) * 1.01, SERVICE).containers < month(break_even(SERVICE) * 1.01, SERVICE).here


def test_containers_are_as_many_as_the_peak_needs() -> None:
    """1e9 decisions are 380.5 a second, at the peak 1,522, of 0.868 ms with half a reward: 1.32 vCPU of 0.15 each."""
    assert tasks_for(1e9, SERVICE) == math.ceil(1e9 / 2_628_000 * 4 * 578.9e-6 * 1.5 / 0.15) == 9


def test_the_managed_service_begins_after_its_free_decisions() -> None:
    assert month(50_000, SERVICE).managed == 0
    assert month(1_050_000, SERVICE).managed == pytest.approx(1000.0)
