"""What the algebra says about user-level features (ADR-0012), statement by statement.

x = (c, u): c is a candidate's own, u is the same for all candidates of a request, and theta = (theta_c, theta_u).
"""

from functools import reduce
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import candidates, contexts, histories, profiles, vectors
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.features.encode import encode
from tipbandit.features.schema import BASE, BASE_PROFILE
from tipbandit.policies.ridge import Array, Estimate, State, cold, estimate, update
from tipbandit.policies.scorers import confidence_width, predicted_reward, upper_confidence

_DIM: Final = BASE_PROFILE.dim
_OF_THE_PROFILE: Final = slice(BASE.dim, _DIM)
_CLEAR: Final = 1e-9
"""Scores further apart than this can not change places by rounding."""

_TIPS = st.lists(candidates(), min_size=2, max_size=6)


def _estimates() -> st.SearchStrategy[Estimate]:
    return histories(_DIM, max_size=20).map(lambda history: estimate(_learned(history), 1.0))


def _learned(history: list[tuple[Array, float]]) -> State:
    return reduce(lambda state, event: update(state, *event), history, cold(history[0][0].size if history else _DIM))


def _in_the_same_order(scores: Array, others: Array) -> bool:
    """Whether each two candidates stand in the same order, save those too close to tell."""
    gaps, other_gaps = np.subtract.outer(scores, scores), np.subtract.outer(others, others)
    return bool((np.sign(gaps) == np.sign(other_gaps))[np.abs(gaps) > _CLEAR].all())


@given(contexts(), _TIPS, profiles(), profiles(), _estimates())
def test_no_profile_changes_the_greedy_order(
    context: Context, tips: list[Candidate], one: ProfileFeatures, other: ProfileFeatures, learned: Estimate
) -> None:
    scores = predicted_reward(encode(BASE_PROFILE, context, tips, one), learned.theta)
    with_other = predicted_reward(encode(BASE_PROFILE, context, tips, other), learned.theta)
    assert _in_the_same_order(scores, with_other)
    assert scores[with_other.argmax()] == pytest.approx(scores.max(), abs=_CLEAR)


@given(contexts(), _TIPS, profiles(), profiles(), _estimates())
def test_a_profile_moves_all_predicted_rewards_by_the_same_number(
    context: Context, tips: list[Candidate], one: ProfileFeatures, other: ProfileFeatures, learned: Estimate
) -> None:
    """The number is (u' - u)'theta_u."""
    x, with_other = (encode(BASE_PROFILE, context, tips, profile) for profile in (one, other))
    moved = predicted_reward(with_other, learned.theta) - predicted_reward(x, learned.theta)
    said = (with_other - x)[0, _OF_THE_PROFILE] @ learned.theta[_OF_THE_PROFILE]
    np.testing.assert_allclose(moved, said, atol=1e-12)


@given(contexts(), st.lists(candidates(), min_size=2, max_size=6), _estimates())
def test_neither_does_the_context_change_the_greedy_order(
    context: Context, tips: list[Candidate], learned: Estimate
) -> None:
    """Hour and weekend are as much the same for all candidates as the profile is."""
    scores = predicted_reward(encode(BASE_PROFILE, context, tips, None), learned.theta)
    opposite = Context(hour=(context.hour + 12) % 24, weekday=6 - context.weekday)
    assert _in_the_same_order(scores, predicted_reward(encode(BASE_PROFILE, opposite, tips, None), learned.theta))


@given(vectors(_DIM), profiles(), histories(_DIM))
def test_the_width_splits_as_the_record_says(
    x: Array, profile: ProfileFeatures, history: list[tuple[Array, float]]
) -> None:
    """The square of the width is x'Px = c'P_cc c + 2 c'P_cu u + u'P_uu u with P = A^-1, split at the profile."""
    u = encode(BASE_PROFILE, Context(hour=9.0, weekday=1), [Candidate(tip_id="t")], profile)[0, _OF_THE_PROFILE]
    c = x[: BASE.dim]
    learned = estimate(_learned(history), 1.0)
    p_cc, p_cu = learned.inverse[: BASE.dim, : BASE.dim], learned.inverse[: BASE.dim, _OF_THE_PROFILE]
    p_uu = learned.inverse[_OF_THE_PROFILE, _OF_THE_PROFILE]
    split = c @ p_cc @ c + 2 * (c @ p_cu @ u) + u @ p_uu @ u
    width = confidence_width(np.concatenate([c, u])[np.newaxis], learned).item()
    assert width**2 == pytest.approx(split, abs=1e-10)


def test_a_profile_can_change_the_order_by_upper_confidence_by_hand() -> None:
    """One candidate dimension c, one of the user's u. Learned: x = (1, 1), r = 0, so theta = 0.

    A = (2 1; 1 2), P = (2 -1; -1 2)/3. For c = 1: x'Px = (2 - 2u + 2u^2)/3; for c = -1: (2 + 2u + 2u^2)/3. With
    u = 1 that is 2/3 against 2, with u = -1 it is 2 against 2/3: the wider one changes, and the greedy tie does not.
    """
    learned = estimate(update(cold(2), np.array([1.0, 1.0]), 0.0), 1.0)
    for u, wider in ((1.0, 1), (-1.0, 0)):
        x = np.array([[1.0, u], [-1.0, u]])
        assert sorted(confidence_width(x, learned) ** 2) == pytest.approx([2 / 3, 2.0])
        assert upper_confidence(x, learned, alpha=1.0).argmax() == wider
        assert predicted_reward(x, learned.theta).tolist() == [0.0, 0.0]


def test_a_profile_number_does_change_what_is_learned_about_the_candidates_by_hand() -> None:
    """Two rewards: c = 1, u = 1, r = 1 and c = 0, u = 1, r = 1: the mood (u) explains it, not the tip (c).

    Without u: A = 1 + 1, b = 1, theta_c = 1/2. With u: A = (2 1; 1 3), det A = 5, b = (1, 2),
    theta = (3*1 - 1*2, 2*2 - 1*1)/5 = (1/5, 3/5): theta_c falls from 0.5 to 0.2.
    """
    without = _learned([(np.array([1.0]), 1.0), (np.array([0.0]), 1.0)])
    with_it = _learned([(np.array([1.0, 1.0]), 1.0), (np.array([0.0, 1.0]), 1.0)])
    assert estimate(without, 1.0).theta.tolist() == pytest.approx([0.5])
    assert estimate(with_it, 1.0).theta.tolist() == pytest.approx([0.2, 0.6])


def test_so_over_time_v2_can_show_another_tip_than_v1() -> None:
    """Within a request the order does not depend on the profile; the weights that make the order do.

    The user completes everything on good days (completion_rate 1) and nothing on bad ones (0). Urgent tips happened
    to come on good days. v1 has only the urgency to explain that with; v2 has the rate, too.
    """
    noon, urgent, calm = Context(hour=12.0, weekday=1), Candidate(tip_id="u", due_in_hours=0.0), Candidate(tip_id="c")
    good, bad = ProfileFeatures(completion_rate=1.0), ProfileFeatures(completion_rate=0.0)
    days = [(urgent, good, 1.0), (urgent, good, 1.0), (calm, bad, -1.0), (calm, bad, -1.0)]
    weight = {}
    for feature_set in (BASE, BASE_PROFILE):
        history = [(encode(feature_set, noon, [tip], profile)[0], r) for tip, profile, r in days]
        weight[feature_set.name] = estimate(_learned(history), 1.0).theta[BASE.names.index("urgency")]
    assert 0 < weight["base+profile"] < 0.7 * weight["base"]


@given(st.floats(0, 24, exclude_max=True), st.floats(0, 24, exclude_max=True))
def test_with_a_constant_preferred_hour_the_alignment_is_a_mix_of_the_hour_s_own_features(
    hour: float, preferred: float
) -> None:
    profile = ProfileFeatures(preferred_hour=preferred)
    row = encode(BASE_PROFILE, Context(hour=hour, weekday=0), [Candidate(tip_id="t")], profile)[0]
    x = dict(zip(BASE_PROFILE.names, row.tolist(), strict=True))
    angle = 2 * np.pi * preferred / 24
    mixed = np.cos(angle) * x["hour_cos"] + np.sin(angle) * x["hour_sin"]
    assert x["preferred_hour_alignment"] == pytest.approx(mixed, abs=1e-12)
