"""Environments interleaved call by call, and things going wrong at any of them: the laws hold."""

import time
from collections import Counter
from typing import Final

import pytest

from tests.interleaving.exploring import explore, report
from tests.interleaving.fleet import Fleet
from tests.interleaving.wire import EFFECTS

QUICK_SEEDS: Final = 80
SEEDS: Final = 200
DEEP_SEEDS: Final = 10_000
BLOCK: Final = 200
ENDS: Final = time.monotonic() + 20 * 60
"""When the deep hunt has gone on long enough."""


def _keep_the_laws(fleet: Fleet, seeds: range, ends: float = float("inf")) -> Counter[str]:
    tally: Counter[str] = Counter()
    for seed in seeds:
        if time.monotonic() > ends:
            break
        run = explore(fleet, seed)
        if run.breaches:
            pytest.fail(report(fleet, seed, run), pytrace=False)
        tally += run.tally
    return tally


@pytest.mark.parametrize(
    "seeds",
    [range(QUICK_SEEDS), pytest.param(range(QUICK_SEEDS, SEEDS), marks=pytest.mark.slow)],
    ids=["some", "others"],
)
def test_every_interleaving_keeps_the_laws(fleet: Fleet, seeds: range) -> None:
    """And everything that can go wrong did: the schedules reach what they are about."""
    tally = _keep_the_laws(fleet, seeds)
    assert {what for what in (*EFFECTS, "conflicts", "crashes", "resets") if not tally[what]} == set()


@pytest.mark.deep
@pytest.mark.parametrize("first", range(SEEDS, DEEP_SEEDS, BLOCK))
def test_every_interleaving_of_very_many_keeps_the_laws(fleet: Fleet, first: int) -> None:
    _keep_the_laws(fleet, range(first, first + BLOCK), ENDS)


def test_a_seed_is_the_same_schedule_every_time(fleet: Fleet) -> None:
    first, second = explore(fleet, 3), explore(fleet, 3)
    assert first == second
    assert len(first.schedule) > 20
