"""Schedules drawn from a seed: at each turn one of the steps that are possible."""

from collections.abc import Iterator
from random import Random
from typing import Final

from tests.interleaving.environments import Environment
from tests.interleaving.stage import POLICY_KEYS, Stage
from tests.interleaving.stepping import Sleep

_STEPS: Final = 26
_MOST_DECISIONS: Final = 5
_REWARDS: Final = ("-1", "-0.25", "0.5", "1")
_LIKELY: Final = 6.0
_FAULTS: Final = (0.0, 0.1, 0.3, 0.6)
"""How likely a call goes wrong: some schedules are calm, others are not."""
_HOW_LIKELY: Final = {"late": 4.0, "lost": 2.0, "stale": 4.0, "crash": 0.5}
"""Beside 1 of the others."""
_DUE: Final = ("b score d0 linucb/v1", "b ok", "c reset", "c ok", "c ok", "age tombstone 0")
_LEARNED: Final = ("a score d0 linucb/v1", "a ok", "b reward d0 1", "b ok", "b ok")
_PRELUDES: Final[tuple[tuple[str, ...], ...]] = (
    (),
    (),
    _DUE,
    (
        *(*_DUE, "a score d1 linucb/v1", "a ok", "b score d2 linucb/v1", "b ok"),
        *("c reward d1 1", "c ok", "expire", "b reward d2 -1", "b ok"),
    ),
    (*_LEARNED, "age d0 0", "c score d1 linucb/v1", "c ok"),
    (*_LEARNED, "age d0 60000", "c score d1 linucb/v1", "c ok"),
)
"""What has happened before, so that edges seven days away are tried often.

Nothing; a reset whose tombstones are due, by the clocks that leave least room; such tombstones, gone under a reward
that has read one, and another under way that has not; a reward whose window ends now by one clock, has ended by
another, and by the third has not; and one whose window has ended by all of them.
"""


def steps(seed: int, stage: Stage) -> Iterator[str]:
    """Yield steps; each is drawn after the one before it was performed."""
    chance = Random(f"interleaving/{seed}")  # noqa: S311  nothing secret
    faults = chance.choice(_FAULTS)
    yield from chance.choice(_PRELUDES)
    for _ in range(_STEPS):
        options = [option for who in stage.environments.values() for option in _acts(who, stage, chance, faults)]
        options += _happenings(stage, chance)
        yield chance.choices([step for step, _ in options], [weight for _, weight in options])[0]


def _acts(environment: Environment, stage: Stage, chance: Random, faults: float) -> Iterator[tuple[str, float]]:
    who = environment.name
    if environment.at is None:
        yield from ((f"{who} {act}", weight) for act, weight in _requests(stage, chance))
        return
    good = "wake" if isinstance(environment.at, Sleep) else "ok"
    yield f"{who} {good}", _LIKELY * (1 - faults)
    if good == "wake":
        yield f"{who} crash", _LIKELY * faults / 10
        return
    bad = {word: _HOW_LIKELY.get(word, 1.0) for word in environment.words() if word != good}
    for word, weight in bad.items():
        yield f"{who} {word}", _LIKELY * faults * weight / sum(bad.values())


def _requests(stage: Stage, chance: Random) -> Iterator[tuple[str, float]]:
    known = list(stage.decisions)
    if len(known) < _MOST_DECISIONS:
        taken = {request.about for request in stage.history.requests if request.kind == "score"}
        yield f"score d{len(taken)} {chance.choice(POLICY_KEYS)}", 1.0 if known else _LIKELY
    if known:
        # The latest are those that are contended.
        name = known[-1 - min(int(chance.expovariate(0.8)), len(known) - 1)]
        how = " parts" if chance.random() < 0.2 else ""
        yield f"reward {name} {chance.choice(_REWARDS)}{how}", 2.5
        yield "reset", 0.3


def _happenings(stage: Stage, chance: Random) -> Iterator[tuple[str, float]]:
    if stage.wire.late:
        yield "land", 1.0
    due = any(expiry <= stage.clock.ms for expiry in stage.table.expiries_ms())
    if due:
        yield "expire", 1.5
    yield f"pass {chance.choice((1, 300, 3000))}", 0.2
    if stage.is_calm() and stage.decisions:
        yield f"age {chance.choice(list(stage.decisions))} {chance.choice((-1, 0, 1, 60_000))}", 0.3
        yield f"age tombstone {chance.choice((-1, 0, 1))}", 0.3
