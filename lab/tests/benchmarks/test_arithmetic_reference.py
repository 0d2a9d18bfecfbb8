"""What stands as numpy by hand in the races answers what the package answers."""

import zlib
from dataclasses import replace
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import reference
from tipbandit import codec
from tipbandit.errors import StateDamagedError
from tipbandit.features.schema import BASE_PROFILE
from tipbandit.policies.policy import Policy, choose, learn
from tipbandit.policies.ridge import State, cold

_POLICY = Policy(key="by-hand/v1", feature_set=BASE_PROFILE, alpha=0.5, epsilon=0.1)
_KEYS = st.binary(min_size=16, max_size=16)
_PRINT = BASE_PROFILE.fingerprint()


def _taught(seed: int, rewards: int = 40) -> State:
    draw = np.random.default_rng(seed)
    return reduce(
        lambda state, x: learn(_POLICY, state, x, float(draw.uniform(-1, 1))),
        draw.uniform(-1, 1, (rewards, 12)),
        cold(12),
    )


def _sums(state: State) -> reference.State:
    return state.gram, state.b, state.n, state.reward_sum


@given(st.integers(0, 2**32), st.integers(1, 200), st.none() | st.floats(0, 3), st.floats(0, 1), _KEYS)
def test_scores_and_propensities_are_those_of_the_package(
    seed: int, count: int, alpha: float | None, epsilon: float, key: bytes
) -> None:
    """And the tip is one that can be shown; drawn another way, so it is another one."""
    policy, state = replace(_POLICY, alpha=alpha, epsilon=epsilon), _taught(seed)
    x = np.random.default_rng(seed).uniform(-1, 1, (count, 12))
    x[-1] = x[0]
    place, scores, found = reference.choose(state.gram, state.b, x, key, (np.eye(12), alpha, epsilon))
    expected = choose(policy, state, x, key)
    np.testing.assert_allclose(scores, expected.scores, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found, expected.propensities, rtol=1e-12, atol=1e-15)
    assert found[place] > 0


def test_a_tip_by_hand_is_shown_as_often_as_its_propensity_says() -> None:
    """20,000 keys, three best of eight: within 5 standard errors."""
    scores = np.array([0.5, 0.1, 0.5, -0.2, 0.0, 0.5, 0.3, 0.2])
    keys = [number.to_bytes(16, "big") for number in range(20_000)]
    shown = np.bincount([reference.shown(scores, 0.2, key)[0] for key in keys], minlength=8)
    wanted = reference.shown(scores, 0.2, keys[0])[1:][1] * len(keys)
    assert (np.abs(shown - wanted) < 5 * np.sqrt(wanted)).all()


def test_it_learns_the_same_to_the_last_bit() -> None:
    state, x = _taught(1), np.linspace(-1, 1, 12)
    gram, b, n, reward_sum = reference.learn(_sums(state), x, 0.3)
    after = learn(_POLICY, state, x, 0.3)
    assert (gram.tobytes(), b.tobytes(), n, reward_sum) == (
        after.gram.tobytes(), after.b.tobytes(), after.n, after.reward_sum,
    )  # fmt: skip


def test_it_keeps_the_bytes_that_the_codec_keeps() -> None:
    state = _taught(2)
    blob = reference.dump(_sums(state), _PRINT)
    assert blob == codec.encode(codec.Snapshot(state), BASE_PROFILE)
    gram, b, n, reward_sum = reference.load(blob, 12, _PRINT)
    assert (gram.tobytes(), b.tobytes(), n, reward_sum) == (
        state.gram.tobytes(), state.b.tobytes(), state.n, state.reward_sum,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (State(-np.eye(12), np.zeros(12), 5, 0.0), np.linalg.LinAlgError),
        (State(np.eye(12), np.full(12, 6.0), 5, 0.0), ValueError),
        (State(np.eye(12), np.full(12, np.nan), 5, 0.0), ValueError),
        (State(np.eye(12), np.zeros(12), 5, 5.5), ValueError),
    ],
)
def test_it_checks_what_the_codec_checks(state: State, error: type[Exception]) -> None:
    """Otherwise it would be a race of different jobs."""
    blob = codec.encode(codec.Snapshot(state), BASE_PROFILE)
    with pytest.raises(StateDamagedError):
        codec.decode(blob, BASE_PROFILE)
    with pytest.raises(error):
        reference.load(blob, 12, _PRINT)


def test_a_flipped_bit_is_found_by_hand_too() -> None:
    blob = bytearray(reference.dump(_sums(_taught(3)), _PRINT))
    blob[100] ^= 1
    with pytest.raises(ValueError, match="not a state of this kind"):
        reference.load(bytes(blob), 12, _PRINT)
    body = bytes([1, *b"else", *blob[5:-4]])
    with pytest.raises(ValueError, match="not a state of this kind"):
        reference.load(body + zlib.crc32(body).to_bytes(4, "little"), 12, _PRINT)


@pytest.mark.parametrize("shape", [(1, 1), (10, 12), (200, 7)])
def test_lists_become_the_array_that_numpy_makes_of_them(shape: tuple[int, int]) -> None:
    x = np.random.default_rng(5).normal(size=shape)
    assert reference.matrix(x.tolist()).tolist() == x.tolist()
    assert reference.matrix([[1, 2], [3, 4]]).tolist() == [[1.0, 2.0], [3.0, 4.0]]
