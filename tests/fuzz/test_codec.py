"""Stored bytes that no sound writer left: refused as corrupt, or else read, used, and written back to the last bit."""

import math
import struct
import tracemalloc
import zlib
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.strategies import snapshots
from tipbandit.codec import DECODERS, Snapshot, decode, encode
from tipbandit.errors import StateCorruptError, StateDamagedError
from tipbandit.features.schema import BASE, FEATURE_SETS, FeatureSet
from tipbandit.policies.policy import Policy, choose, learn
from tipbandit.policies.registry import POLICIES

EXAMPLES: Final = max(200, settings().max_examples)
DIM: Final = BASE.dim
TRIANGLE: Final = DIM * (DIM + 1) // 2
DIAGONAL: Final = [row * DIM - row * (row - 1) // 2 for row in range(DIM)]
"""Where G's diagonal stands among the packed numbers; b comes after the triangle."""
MOST_BYTES: Final = 1 << 20
ANY_DOUBLE: Final = st.floats() | st.sampled_from([math.nan, math.inf, -math.inf, 1.7976931348623157e308, 5e-324, -0.0])
ANY_POLICY: Final = tuple(POLICIES.values())


def sealed(body: bytes) -> bytes:
    return body + zlib.crc32(body).to_bytes(4, "little")


def written(  # noqa: PLR0913  one for each field of the layout
    numbers: Sequence[float],
    *,
    n: int = 3,
    reward_sum: float = 0.0,
    ids: Sequence[UUID] = (),
    remembered: int | None = None,
    feature_set: FeatureSet = BASE,
) -> bytes:
    """Bytes laid out as the codec's docstring says, with a check that fits, whatever they say."""
    count = len(ids) if remembered is None else remembered
    header = struct.pack("<B4sBQdI", 1, feature_set.fingerprint(), feature_set.dim, n, reward_sum, count)
    return sealed(header + struct.pack(f"<{len(numbers)}d", *numbers) + b"".join(each.bytes for each in ids))


def numbers(**changed: float) -> list[float]:
    """The numbers of G = 2*I and b = 0, some changed: ``g0`` is the first of the triangle, ``b0`` of b."""
    made = [2.0 if place in DIAGONAL else 0.0 for place in range(TRIANGLE)] + [0.0] * DIM
    for name, value in changed.items():
        made[int(name[1:]) + (TRIANGLE if name[0] == "b" else 0)] = value
    return made


def assert_refused_or_whole(blob: bytes, feature_set: FeatureSet = BASE) -> bool:
    """Hold what is read against what the service does with it, and return whether it was read."""
    try:
        snapshot = decode(blob, feature_set)
    except StateCorruptError:
        return False
    assert encode(snapshot, feature_set) == blob
    for policy in ANY_POLICY:
        if policy.feature_set == feature_set:
            assert_usable(policy, snapshot)
    return True


def assert_usable(policy: Policy, snapshot: Snapshot) -> None:
    """A decision is made of numbers, and one more reward can be learned and stored."""
    dim = policy.feature_set.dim
    choice = choose(policy, snapshot.state, np.stack([np.ones(dim), np.linspace(-1, 1, dim), np.zeros(dim)]), b"key")
    assert np.isfinite(choice.scores).all()
    assert choice.propensities.sum() == pytest.approx(1)
    assert choice.propensities.min() >= 0
    encode(Snapshot(learn(policy, snapshot.state, np.ones(dim), 1.0), snapshot.rewarded), policy.feature_set)


@settings(max_examples=EXAMPLES)
@given(data=st.data(), feature_set=st.sampled_from([policy.feature_set for policy in ANY_POLICY]))
def test_whatever_the_service_may_have_stored_is_used_and_written_back(
    data: st.DataObject, feature_set: FeatureSet
) -> None:
    assert assert_refused_or_whole(encode(data.draw(snapshots(feature_set.dim)), feature_set), feature_set)


@settings(max_examples=EXAMPLES)
@given(
    places=st.dictionaries(st.integers(0, TRIANGLE + DIM - 1), ANY_DOUBLE, max_size=6),
    n=st.integers(0, 10) | st.integers(0, 2**64 - 1),
    reward_sum=ANY_DOUBLE,
    ids=st.lists(st.uuids() | st.just(UUID(int=0)), max_size=4),
)
def test_any_numbers_under_a_check_that_fits_are_refused_or_usable(
    places: dict[int, float], n: int, reward_sum: float, ids: list[UUID]
) -> None:
    made = numbers()
    for place, value in places.items():
        made[place] = value
    assert_refused_or_whole(written(made, n=n, reward_sum=reward_sum, ids=ids))


@settings(max_examples=EXAMPLES)
@given(raw=st.binary(min_size=8 * (TRIANGLE + DIM), max_size=8 * (TRIANGLE + DIM)), n=st.integers(0, 2**64 - 1))
def test_random_bits_for_numbers_are_refused_or_usable(raw: bytes, n: int) -> None:
    assert_refused_or_whole(written(struct.unpack(f"<{TRIANGLE + DIM}d", raw), n=n))


@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_any_edit_is_refused_or_was_none_also_where_the_check_is_made_to_fit(data: st.DataObject) -> None:
    """Flips, cuts, insertions and appendices, by a broken disk and by a broken writer."""
    blob = encode(data.draw(snapshots(DIM)), BASE)
    start = data.draw(st.integers(0, len(blob)))
    end = data.draw(st.integers(start, min(len(blob), start + 40)))
    edited = blob[:start] + data.draw(st.binary(max_size=40)) + blob[end:]
    assert assert_refused_or_whole(edited) == (edited == blob)
    assert_refused_or_whole(sealed(edited[:-4]))


@settings(max_examples=EXAMPLES)
@given(raw=st.binary(max_size=4096), feature_set=st.sampled_from(list(FEATURE_SETS.values())))
def test_any_bytes_at_all_are_refused_or_whole(raw: bytes, feature_set: FeatureSet) -> None:
    assert_refused_or_whole(raw, feature_set)
    assert_refused_or_whole(sealed(raw), feature_set)
    head = b"\x01" + feature_set.fingerprint() + bytes([feature_set.dim])
    assert_refused_or_whole(sealed(head + raw), feature_set)


IMPOSSIBLE: Final[dict[str, dict[str, Any]]] = {
    "G has NaN": {"numbers": numbers(g1=math.nan)},
    "G has infinity": {"numbers": numbers(g0=math.inf)},
    "G has minus infinity": {"numbers": numbers(g1=-math.inf)},
    "b has NaN": {"numbers": numbers(b0=math.nan)},
    "b has infinity": {"numbers": numbers(b6=math.inf)},
    "b is more than n rewards": {"numbers": numbers(b0=3.5)},
    "G is more than n rewards": {"numbers": numbers(g0=3.5)},
    "a variance is negative": {"numbers": numbers(g0=-1.0)},
    "a variance makes A singular": {"numbers": numbers(g0=-1.0, g7=-1.0)},
    "a variance is a little negative": {"numbers": numbers(g0=-1e-6)},
    "a covariance is beyond its variances": {"numbers": numbers(g1=2.5)},
    "covariances contradict each other": {"numbers": numbers(g1=1.5, g2=1.5, g8=-1.5)},
    "something was learned from nothing": {"numbers": numbers(), "n": 0},
    "n is beyond what a double counts": {"numbers": numbers(), "n": 2**53 + 1},
    "n is as if it were -1": {"numbers": numbers(), "n": 2**64 - 1},
    "the rewards' sum is NaN": {"numbers": numbers(), "reward_sum": math.nan},
    "the rewards' sum is infinite": {"numbers": numbers(), "reward_sum": math.inf},
    "the rewards' sum is beyond n": {"numbers": numbers(), "reward_sum": -3.5},
    "ids are missing": {"numbers": numbers(), "remembered": 1},
    "ids are missing by the billion": {"numbers": numbers(), "remembered": 2**32 - 1},
    "numbers are missing": {"numbers": numbers()[:-1]},
    "there are numbers too many": {"numbers": [*numbers(), 0.0]},
}


@pytest.mark.parametrize("said", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_no_rewards_can_have_taught_is_damaged_although_its_check_fits(said: dict[str, Any]) -> None:
    """No version can use it: it may be set aside."""
    with pytest.raises(StateDamagedError):
        decode(written(**said), BASE)


def test_the_numbers_that_those_were_made_from_are_sound() -> None:
    assert assert_refused_or_whole(written(numbers(g1=2.0), n=3, reward_sum=-3.0))


@pytest.mark.parametrize(
    "ids", [[UUID(int=7)] * 3, [UUID(int=0), UUID(int=2**128 - 1)], [UUID("6f1ed002-ab5e-4f7f-8d36-0123456789ab")]]
)
def test_ids_that_no_decision_has_are_harmless_and_kept(ids: list[UUID]) -> None:
    """They are only looked for: one that is there twice, or is no UUIDv7, can refuse no other decision."""
    assert decode(written(numbers(), ids=ids), BASE).rewarded == tuple(ids)


@pytest.mark.parametrize("body", [b"", bytes(400)], ids=["short", "long"])
def test_another_version_is_never_called_damaged(body: bytes) -> None:
    """A newer one may have written it, and must find it again."""
    for version in set(range(256)) - set(DECODERS):
        with pytest.raises(StateCorruptError) as refusal:
            decode(sealed(bytes([version]) + body), BASE)
        assert not isinstance(refusal.value, StateDamagedError)


@pytest.mark.parametrize("dim", [0, 1, 6, 8, 13, 255])
def test_another_dimension_is_never_called_damaged(dim: int) -> None:
    blob = bytearray(written(numbers())[:-4])
    blob[5] = dim
    with pytest.raises(StateCorruptError) as refusal:
        decode(sealed(bytes(blob)), BASE)
    assert not isinstance(refusal.value, StateDamagedError)


@pytest.mark.parametrize("remembered", [2**16, 2**31, 2**32 - 1])
def test_a_count_that_promises_gigabytes_makes_nobody_fetch_them(remembered: int) -> None:
    blob = written(numbers(), remembered=remembered)
    tracemalloc.start()
    try:
        with pytest.raises(StateDamagedError):
            decode(blob, BASE)
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()
