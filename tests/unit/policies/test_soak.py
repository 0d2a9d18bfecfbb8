"""A state that learns for years: its numbers stay finite, symmetric, positive definite and close to the exact sums."""

from collections.abc import Iterator
from itertools import cycle, islice
from typing import Final

import numpy as np
import pytest

from tests.unit.wire import score_body
from tipbandit import codec
from tipbandit.codec import Snapshot
from tipbandit.contracts.score import ScoreRequest
from tipbandit.features.encode import encode
from tipbandit.policies import ridge
from tipbandit.policies.policy import Policy, choose, learn
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Array

SOAKS: Final = pytest.mark.parametrize(
    "updates", [20_000, pytest.param(1_000_000, marks=pytest.mark.deep)], ids=["short", "a-million"]
)
EACH_POLICY: Final = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
EXTREMES: Final = {
    "priority": [0.0, 1.0, 5e-324, 1.0 - 2.0**-53, None],
    "due_in_hours": [0.0, -87_600.0, 87_600.0, 1e-300, None],
    "age_hours": [0.0, 87_600.0, 5e-324, 72.0, None],
}
PROFILES: Final = (
    None,
    {"completion_rate": 1, "dismiss_rate": 0, "mean_dwell_s": 86_400, "preferred_hour": 0, "tips_30d": 1_000_000},
    {"completion_rate": 5e-324, "dismiss_rate": 1, "mean_dwell_s": 0, "preferred_hour": 23.999999999999996},
)
MOMENTS: Final = ({"hour": 0, "weekday": 0}, {"hour": 23.999999999999996, "weekday": 6}, {"hour": 5e-324, "weekday": 4})
SLOWEST: Final = 1e-10
"""Relative: a million roundings of 1.1e-16 each, if all went the same way."""


def extreme_rows(policy: Policy) -> Array:
    """The x of candidates at the ends of every range, in every context, shape (rows, D)."""
    values = zip(*EXTREMES.values(), strict=True)
    tips = [{"tip_id": str(n), **dict(zip(EXTREMES, each, strict=True))} for n, each in enumerate(values)]
    bodies = (score_body(context=when, candidates=tips, profile_features=who) for when in MOMENTS for who in PROFILES)
    requests = (ScoreRequest.model_validate(body) for body in bodies)
    return np.concatenate(
        [encode(policy.feature_set, each.context, each.candidates, each.profile_features) for each in requests]
    )


def rewarded(rows: Array, updates: int) -> Iterator[tuple[Array, float]]:
    """Rows in turns, with rewards that come and go with another period, so that they do not cancel out."""
    return zip(islice(cycle(rows), updates), cycle([1.0, -1.0, 1.0, -0.25, 5e-324, 0.0, 1.0]), strict=False)


def exact(history: list[tuple[Array, float]], dim: int) -> tuple[Array, Array]:
    """G and b in extended precision, equal pairs multiplied by how often they come."""
    counted: dict[tuple[bytes, float], int] = {}
    for x, r in history:
        pair = x.tobytes(), r
        counted[pair] = counted.get(pair, 0) + 1
    gram, b = np.zeros((dim, dim), np.longdouble), np.zeros(dim, np.longdouble)
    for (row, r), times in counted.items():
        x = np.frombuffer(row).astype(np.longdouble)
        gram += times * np.outer(x, x)
        b += times * np.longdouble(r) * x
    return gram.astype(np.float64), b.astype(np.float64)


@SOAKS
@EACH_POLICY
def test_extreme_inputs_leave_a_state_that_is_close_to_the_exact_sums(policy: Policy, updates: int) -> None:
    rows = extreme_rows(policy)
    history = list(rewarded(rows, updates))
    state = ridge.cold(policy.feature_set.dim)
    for x, r in history:
        state = learn(policy, state, x, r)
    gram, b = exact(history, len(state.b))

    assert np.isfinite(state.gram).all()
    assert (state.gram == state.gram.T).all()
    assert np.linalg.eigvalsh(state.gram + policy.ridge_lambda * np.eye(len(b))).min() > 0
    np.testing.assert_allclose(state.gram, gram, rtol=SLOWEST, atol=SLOWEST * updates)
    np.testing.assert_allclose(state.b, b, rtol=SLOWEST, atol=SLOWEST * updates)
    solved = np.linalg.solve(gram + policy.ridge_lambda * np.eye(len(b)), b)
    np.testing.assert_allclose(ridge.estimate(state, policy.ridge_lambda).theta, solved, rtol=0, atol=1e-9)
    assert codec.decode(codec.encode(Snapshot(state), policy.feature_set), policy.feature_set).state.n == updates


@SOAKS
@EACH_POLICY
def test_the_same_decision_for_ever_still_gives_true_propensities(policy: Policy, updates: int) -> None:
    """G is nearly singular then: one large eigenvalue beside lambda in every other direction."""
    rows = extreme_rows(policy)
    state = ridge.cold(policy.feature_set.dim)
    for _ in range(updates):
        state = learn(policy, state, rows[1], 1.0)
    choice = choose(policy, state, rows, b"for ever")

    assert np.isfinite(choice.scores).all()
    assert choice.propensities.sum() == pytest.approx(1.0, abs=1e-12)
    assert choice.propensities.min() >= policy.epsilon / len(rows)
    assert rows[1] @ ridge.estimate(state, policy.ridge_lambda).theta == pytest.approx(1.0, abs=1e-3)
