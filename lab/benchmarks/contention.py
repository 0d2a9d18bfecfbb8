"""How long to pause after a lost write: every rule against every crowd at one user, simulated, and once for real.

What a reward costs is what the owner pays for it: the write units of all its conditional writes, failed ones too, the
units of its reads, and the seconds its function runs. Money weighs them; a rule that is fast and writes often and one
that is slow and writes seldom are compared by it.
"""

import itertools
import math
import random
from collections.abc import Callable, Iterator
from statistics import fmean
from typing import Final, Literal

from benchmarks import rehearsal
from benchmarks.hot_user import LATENCY, Latency, Race, Rule, race
from benchmarks.tables import Report
from tipbandit.ports import Clock
from tipbandit.usecases.attempts import FIRST_PAUSE_S, LONGEST_PAUSE_S, attempts

Form = Literal["full", "equal", "decorrelated", "at once, then full"]
FORMS: Final[tuple[Form, ...]] = ("full", "equal", "decorrelated", "at once, then full")
FIRSTS_S: Final = (0.005, 0.01, 0.02, 0.04, 0.08)
LONGESTS_S: Final = (0.16, 0.32, 0.64)
CROWDS: Final = {1: 500, 2: 400, 4: 200, 16: 60, 64: 16}
"""Writers that begin at the same moment, and how often that is tried."""
SHOWN: Final = (4, 16, 64)
SLOW: Final = Latency(median_s=0.010, sigma=0.5, slow=0.01)
"""A table on a bad day: three times as slow, and one call in a hundred takes 0.1 s."""
ITEMS: Final = {"20 ids, 2 units": 2, "500 ids, 9 units": 9, "4,096 ids, 65 units": 65}
"""What is stored of one user and policy: the ids it remembers make its size (`make bench BENCHMARKS=sizes`)."""
ENOUGH: Final = 0.999
_PRICE_WRITE: Final = 0.625e-6
_PRICE_READ: Final = 0.125e-6
_PRICE_SECOND: Final = 16.67e-6
"""Dollars in us-east-1: a write unit, a read unit, a second of a function of 1 GB. Only their proportions matter."""
_KIB_A_READ_UNIT: Final = 4
_SOME_S: Final = 60.0
_ANSWERS: Final = 3
"""How many of the best rules are listed."""

Progress = Callable[[str], None]
Figures = tuple[Form, float, float]
"""A rule: its form, its first pause and its longest."""
RULES: Final[tuple[Figures, ...]] = tuple(itertools.product(FORMS, FIRSTS_S, LONGESTS_S))


def pauses(form: Form, first_s: float, longest_s: float) -> Rule:
    """Return a rule with pauses of a form; ``full`` is what ships, with other figures."""
    if form == "full":
        return lambda clock, within_s: attempts(clock, within_s, first_pause_s=first_s, longest_pause_s=longest_s)

    def rule(clock: Clock, within_s: float) -> Iterator[int]:
        ends, pause = clock.monotonic() + within_s, first_s
        for attempt in itertools.count():
            yield attempt
            chance = int.from_bytes(clock.entropy(4), "big") / 2**32
            bound = min(longest_s, first_s * 2.0 ** min(attempt + 1, 64))
            if form == "equal":
                pause = (1 + chance) / 2 * bound
            elif form == "decorrelated":
                pause = min(longest_s, first_s + chance * (3 * pause - first_s))
            else:
                pause = 0.0 if attempt == 0 else chance * bound / 2
            if clock.monotonic() + pause >= ends:
                return
            clock.sleep(pause)

    return rule


def crowd(rule: Rule, writers: int, *, units: int, latency: Latency = LATENCY) -> Race:
    """Let so many begin at the same moment, again and again; the same chance for every rule."""
    rng, outcome = random.Random(1), Race()  # noqa: S311  a simulation
    for _ in range(CROWDS[writers]):
        outcome += race([0.0] * writers, rng, units=units, rule=rule, latency=latency)
    return outcome


def price(outcome: Race, units: int) -> float:
    """Return what one applied reward costs, in dollars."""
    each = units * _PRICE_WRITE + math.ceil(units / _KIB_A_READ_UNIT) * _PRICE_READ
    return (outcome.writes_each * each + fmean(outcome.seconds) * _PRICE_SECOND) / outcome.succeeded


def mean_price(rule: Rule) -> float:
    """Return the geometric mean of the price over crowds, sizes and tables, so that none outweighs another."""
    prices = [
        price(crowd(rule, writers, units=units, latency=latency), units)
        for writers in CROWDS
        if writers > 1
        for units in (2, 9)
        for latency in (LATENCY, SLOW)
    ]
    return math.exp(fmean(map(math.log, prices)))


def highest_rate(units: int, *, latency: Latency = LATENCY) -> int:
    """Return how many rewards a second, at random moments, one user can have while ``ENOUGH`` of them succeed."""

    def suffices(rate: int) -> bool:
        rng, moment, begins = random.Random(rate), 0.0, []  # noqa: S311  a simulation
        while (moment := moment + rng.expovariate(rate)) < _SOME_S:
            begins.append(moment)
        return race(begins, rng, units=units, latency=latency).succeeded >= ENOUGH

    low, high = 1, 400
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if suffices(middle) else (low, middle)
    return low


def run(progress: Progress) -> Report:
    """Try every rule, then the one that ships by crowd and size, its highest rates, and once on the real adapter."""
    progress("contention: every rule")
    every = {figures: pauses(*figures) for figures in RULES}
    prices = {figures: mean_price(rule) for figures, rule in every.items()}
    ranked = sorted(prices, key=lambda figures: prices[figures])
    shipped: Figures = ("full", FIRST_PAUSE_S, LONGEST_PAUSE_S)
    listed = dict.fromkeys([*ranked[:_ANSWERS], shipped, *(_best_of(form, ranked) for form in FORMS), ranked[-1]])
    head = ["pauses, ms", "price", *(f"{name}, {n}" for n in SHOWN for name in ("writes", "p50 ms", "p99 ms"))]
    rows = [
        [_name(*figures, ships=figures == shipped), f"{prices[figures] / prices[shipped]:.3f}", *_cells(every[figures])]
        for figures in sorted(listed, key=lambda figures: prices[figures])
    ]
    progress("contention: what ships")
    tables = [_by_size(), _rates(), rehearsal.report(progress)]
    ratios = {"price, ships / best": prices[shipped] / prices[ranked[0]]}
    return Report(
        f"Contention: {len(every)} rules for the pause after a lost write", head, rows, _remarks(tables), ratios
    )


def _best_of(form: Form, ranked: list[Figures]) -> Figures:
    return next(figures for figures in ranked if figures[0] == form)


def _name(form: Form, first_s: float, longest_s: float, *, ships: bool) -> str:
    name = f"{form}, {1000 * first_s:.0f} to {1000 * longest_s:.0f}"
    return f"**{name}**" if ships else name


def _cells(rule: Rule, units: int = 2) -> Iterator[str]:
    for writers in SHOWN:
        outcome = crowd(rule, writers, units=units)
        yield from (f"{outcome.writes_each:.2f}", *_times(outcome))


def _times(outcome: Race) -> Iterator[str]:
    yield from (f"{1000 * outcome.quantile(share):.0f}" for share in (0.5, 0.99))


def _by_size() -> Report:
    rows = []
    for item, units in ITEMS.items():
        for writers in CROWDS:
            outcome = crowd(attempts, writers, units=units)
            refused = outcome.refused / outcome.writers
            rows.append(
                [
                    f"{item}, {writers} at once",
                    f"{outcome.succeeded:.1%}",
                    f"{outcome.writes_each:.2f}",
                    f"{refused:.2f}",
                    *_times(outcome),
                ]
            )
    head = ["", "in 3 s", "writes", "refused", "p50 ms", "p99 ms"]
    return Report("Contention: what ships, by what is stored", head, rows, "")


def _rates() -> Report:
    rows = [
        [item, str(highest_rate(units)), str(highest_rate(units, latency=SLOW)), f"{1000 / units:.0f}"]
        for item, units in ITEMS.items()
    ]
    head = ["", "rewards/s", "slow table", "1,000 / units"]
    return Report(f"Contention: the highest rate for one user with {ENOUGH:.1%} in time", head, rows, "")


def _remarks(tables: list[Report]) -> str:
    explained = f"""\
- *full* pauses uniformly in [0, min(longest, first * 2^k)] after the k-th lost write; *equal* in the upper half of
  that; *decorrelated* in [first, 3 times the last pause]; *at once* has no first pause.
- *price*: of one applied reward, relative to what ships (bold): {_PRICE_WRITE * 1e6:.3f} $ a million write units,
  {_PRICE_READ * 1e6:.3f} $ a million read units, {_PRICE_SECOND * 1e6:.2f} $ a million seconds; geometric mean over
  2, 4, 16 and 64 writers, items of 2 and 9 units, and a table that is fast (95 % of the calls take 2 to 6 ms) or slow.
- *writes*: conditional writes for each reward that was applied; a failed one costs as much. *refused*: writes for each
  reward that the table turned away, as a partition carries 1,000 units a second; they cost nothing.
"""
    return "\n".join([explained, *map(str, tables)])
