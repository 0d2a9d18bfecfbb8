"""The baselines, on requests whose right answer is seen by looking, and what holds of them all."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.crowds import Request, asked, crowd

from tipbandit.contracts.inputs import Candidate, Context
from tipbandit_lab.arrays import Floats
from tipbandit_lab.baselines import Baseline, OraclePlayer, PopularPlayer, RandomPlayer, UrgentPlayer
from tipbandit_lab.personas import KINDS
from tipbandit_lab.players import Seen

_POPULAR = partial(PopularPlayer, {kind: float(-place) for place, kind in enumerate(KINDS)})
"""The earlier a kind is in the list, the better it is liked."""
_ALL = {"random": RandomPlayer, "urgent": UrgentPlayer, "popular": _POPULAR, "oracle": OraclePlayer}
_EVERY = pytest.mark.parametrize("factory", _ALL.values(), ids=_ALL)


def chances(factory: Callable[[int], Baseline], seen: Seen) -> list[float]:
    """Return the stated propensities for the only user."""
    propensities: list[float] = factory(1).choose(seen).propensities[:, 0].tolist()
    return propensities


def urgencies(*tips: tuple[float | None, float | None]) -> Seen:
    """Return one user's choice between tips of a due time and a priority."""
    candidates = [Candidate(tip_id="t", due_in_hours=due, priority=priority) for due, priority in tips]
    return asked([Request(Context(hour=8.0, weekday=1), candidates, None)])


def kinds(*names: str) -> Seen:
    """Return one user's choice between tips of some kinds."""
    seen = urgencies(*[(None, None)] * len(names))
    seen.moment.tips.kind[:, 0] = [KINDS.index(name) for name in names]
    return seen


@_EVERY
@given(seed=st.integers(0, 2**32 - 1))
def test_propensities_are_probabilities_and_what_is_shown_has_one(
    factory: Callable[[int], Baseline], seed: int
) -> None:
    draw = np.random.default_rng(seed)
    seen = asked(crowd(draw, users=5, candidates=4), draw.bytes(80))
    seen.appeal[:] = draw.integers(0, 3, seen.appeal.shape)
    seen.moment.tips.kind[:] = draw.integers(0, 3, seen.appeal.shape)
    choices = factory(5).choose(seen)
    np.testing.assert_allclose(choices.propensities.sum(axis=0), 1.0, rtol=1e-15)
    assert (choices.propensities[choices.shown, np.arange(5)] > 0).all()
    assert not choices.explored.any()


@_EVERY
def test_shown_tips_are_as_frequent_as_stated(factory: Callable[[int], Baseline]) -> None:
    """4000 users with the same two best of three: chi square with 1 degree of freedom, below 15 but once in 10^4."""
    users, draw = 4_000, np.random.default_rng(17)
    tip, other = (Candidate(tip_id="t", due_in_hours=due) for due in (1.0, 9.0))
    seen = asked([Request(Context(hour=8.0, weekday=1), [tip, other, tip], None)] * users, draw.bytes(16 * users))
    seen.appeal[:] = [[1.0], [0.0], [1.0]]
    seen.moment.tips.kind[:] = [[0], [1], [0]]
    choices = factory(users).choose(seen)
    expected = choices.propensities.sum(axis=1)
    counted = np.bincount(choices.shown, minlength=3)
    some = expected > 0
    assert counted[~some].sum() == 0
    assert ((counted - expected)[some] ** 2 / expected[some]).sum() < 15


def test_random_shows_any() -> None:
    assert chances(RandomPlayer, urgencies((1.0, 0.2), (2.0, 0.9), (None, None), (3.0, 0.1))) == [0.25] * 4


@pytest.mark.parametrize(
    ("tips", "expected"),
    [
        ([(5.0, 0.1), (2.0, 0.1), (None, 1.0)], [0, 1, 0]),
        ([(5.0, 0.1), (-2.0, 0.1), (-30.0, 0.0)], [0, 0, 1]),
        ([(5.0, 0.1), (5.0, 0.7), (9.0, 1.0)], [0, 1, 0]),
        ([(5.0, None), (5.0, 0.49), (9.0, 1.0)], [1, 0, 0]),
        ([(5.0, None), (5.0, 0.51), (9.0, 1.0)], [0, 1, 0]),
        ([(5.0, None), (5.0, 0.5), (9.0, 1.0)], [0.5, 0.5, 0]),
        ([(None, 0.1), (None, 0.7), (None, 0.7)], [0, 0.5, 0.5]),
        ([(0.0, 0.1), (None, 0.7)], [1, 0]),
    ],
    ids=[
        "soonest", "longest overdue", "priority", "absent priority is more than less", "and less than more",
        "and one half", "nothing is due", "due now",
    ],
)  # fmt: skip
def test_urgent_shows_what_is_due_first(tips: list[tuple[float | None, float | None]], expected: list[float]) -> None:
    assert chances(UrgentPlayer, urgencies(*tips)) == expected


def test_popular_shows_the_kind_that_earns_most() -> None:
    first, second, third, *_ = KINDS
    assert chances(_POPULAR, kinds(third, second, third)) == [0, 1, 0]
    assert chances(_POPULAR, kinds(third, first, second, first)) == [0, 0.5, 0, 0.5]


def test_popular_names_every_kind_it_knows_nothing_of() -> None:
    with pytest.raises(ValueError, match=f"no mean reward of {KINDS[1]}, {KINDS[2]}"):
        PopularPlayer({kind: 0.0 for kind in KINDS if kind not in KINDS[1:3]}, users=1)


def test_the_oracle_shows_what_appeals_most() -> None:
    seen = urgencies(*[(None, None)] * 4)
    for appeal, expected in (([0.1, -2.0, 0.3, 0.2], [0, 0, 1, 0]), ([-1.0, -1.0, -3.0, -2.0], [0.5, 0.5, 0, 0])):
        seen.appeal[:, 0] = appeal
        assert chances(OraclePlayer, seen) == expected


@_EVERY
def test_a_baseline_learns_nothing(factory: Callable[[int], Baseline]) -> None:
    seen = urgencies((1.0, 0.2), (1.0, 0.2), (2.0, 0.9))
    player = factory(1)
    before: Floats = player.choose(seen).propensities
    player.learn(np.array([math.nan]))
    np.testing.assert_array_equal(player.choose(seen).propensities, before)
    assert (player.weights(), player.unsound().tolist(), player.uses_profile) == ({}, [False], False)
