"""State <-> bytes."""

import struct
import zlib
from typing import Final
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import snapshots
from tipbandit.codec import DECODERS, VERSION, Remembered, Snapshot, decode, empty, encode
from tipbandit.errors import StateCorruptError
from tipbandit.features.schema import BASE, BASE_PROFILE, FEATURE_SETS, FeatureSet
from tipbandit.ids import unix_ms_of, uuid7
from tipbandit.policies.ridge import Array, cold, update

_SETS = pytest.mark.parametrize("feature_set", FEATURE_SETS.values(), ids=FEATURE_SETS)
_HEADER_BYTES: Final = 26


def _bits(snapshot: Snapshot) -> tuple[object, ...]:
    state = snapshot.state
    return (
        state.gram.tobytes(),
        state.b.tobytes(),
        state.n,
        struct.pack("<d", state.reward_sum),
        state.gram.shape,
        state.b.shape,
        snapshot.rewarded,
    )


def _learned(dim: int, ids: int = 3) -> Snapshot:
    state = cold(dim)
    for step in range(1, 4):
        state = update(state, np.sin(np.arange(dim) * step + 1.0), 1.0 / step)
    return Snapshot(state, tuple(uuid7(1_790_000_000_000 + index, bytes([index % 256] * 10)) for index in range(ids)))


def _sealed(body: bytes) -> bytes:
    return body + zlib.crc32(body).to_bytes(4, "little")


def test_the_empty_snapshot_knows_nothing() -> None:
    snapshot = empty(BASE_PROFILE)
    assert (snapshot.state.n, snapshot.state.gram.shape, snapshot.rewarded) == (0, (12, 12), ())


@_SETS
@given(data=st.data())
def test_what_is_read_is_what_was_written_to_the_last_bit(feature_set: FeatureSet, data: st.DataObject) -> None:
    snapshot = data.draw(snapshots(feature_set.dim))
    assert _bits(decode(encode(snapshot, feature_set), feature_set)) == _bits(snapshot)


@_SETS
def test_the_bytes_lie_where_the_docstring_says(feature_set: FeatureSet) -> None:
    dim, snapshot = feature_set.dim, _learned(feature_set.dim, ids=2)
    blob = encode(snapshot, feature_set)
    triangle = dim * (dim + 1) // 2
    assert (blob[0], blob[1:5], blob[5]) == (1, feature_set.fingerprint(), dim)
    assert struct.unpack_from("<QdI", blob, 6) == (snapshot.state.n, snapshot.state.reward_sum, 2)
    by_rows = [snapshot.state.gram[row, column].item() for row in range(dim) for column in range(row, dim)]
    assert list(struct.unpack_from(f"<{triangle}d", blob, 26)) == by_rows
    assert list(struct.unpack_from(f"<{dim}d", blob, 26 + 8 * triangle)) == snapshot.state.b.tolist()
    ids_at = 26 + 8 * (triangle + dim)
    assert blob[ids_at:-4] == snapshot.rewarded[0].bytes + snapshot.rewarded[1].bytes
    assert blob[-4:] == zlib.crc32(blob[:-4]).to_bytes(4, "little")


@_SETS
def test_a_state_that_was_read_can_be_taught(feature_set: FeatureSet) -> None:
    """Its arrays are its own, ordered and writable, not windows into the blob."""
    state = decode(encode(_learned(feature_set.dim), feature_set), feature_set).state
    x: Array = np.ones(feature_set.dim)
    taught = update(state, x, 1.0)
    assert taught.n == state.n + 1
    assert all(array.flags.c_contiguous and array.flags.writeable for array in (state.gram, state.b))


@_SETS
def test_every_flipped_bit_is_found(feature_set: FeatureSet) -> None:
    blob = encode(_learned(feature_set.dim), feature_set)
    for bit in range(8 * len(blob)):
        damaged = bytearray(blob)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(StateCorruptError, match="fails its check"):
            decode(bytes(damaged), feature_set)


@_SETS
def test_every_truncation_is_found(feature_set: FeatureSet) -> None:
    blob = encode(_learned(feature_set.dim), feature_set)
    for length in range(len(blob)):
        with pytest.raises(StateCorruptError, match="fails its check"):
            decode(blob[:length], feature_set)


@given(st.binary(max_size=64))
def test_whatever_is_appended_is_found(tail: bytes) -> None:
    blob = encode(_learned(7), BASE)
    assert not tail or _is_refused(blob + tail)


@given(st.binary(max_size=2_000))
def test_bytes_that_are_no_state_are_reported_and_nothing_else_happens(blob: bytes) -> None:
    assert _is_refused(blob)


@given(st.binary(max_size=2_000))
def test_bytes_that_are_no_state_are_reported_even_where_their_check_fits(body: bytes) -> None:
    """A writer with a bug, not a broken disk."""
    assert _is_refused(_sealed(body))
    assert _is_refused(_sealed(bytes([VERSION]) + body))


@pytest.mark.parametrize("version", [0, 2, 255])
def test_an_unknown_version_is_reported_by_its_number(version: int) -> None:
    body = bytes([version]) + encode(_learned(7), BASE)[1:-4]
    with pytest.raises(StateCorruptError, match=rf"codec version {version}; known: \[1\]"):
        decode(_sealed(body), BASE)


def test_the_newest_version_is_among_those_that_are_read() -> None:
    assert max(DECODERS) == VERSION


def test_a_state_of_another_feature_set_is_reported() -> None:
    with pytest.raises(StateCorruptError, match=r"another feature set than base\+profile"):
        decode(encode(_learned(7), BASE), BASE_PROFILE)
    with pytest.raises(StateCorruptError, match="another feature set than base"):
        decode(encode(_learned(12), BASE_PROFILE), BASE)


def test_a_state_of_the_same_size_but_other_meaning_is_reported() -> None:
    renamed = FeatureSet("base", (*BASE.features[:6], BASE_PROFILE.features[7]))
    assert renamed.dim == BASE.dim
    with pytest.raises(StateCorruptError, match="another feature set"):
        decode(encode(_learned(7), BASE), renamed)


@pytest.mark.parametrize("remembered", [2, 4, 2**32 - 1])
def test_a_count_of_ids_that_does_not_fit_the_length_is_reported(remembered: int) -> None:
    body = bytearray(encode(_learned(7, ids=3), BASE)[:-4])
    struct.pack_into("<I", body, _HEADER_BYTES - 4, remembered)
    with pytest.raises(StateCorruptError, match="wrong length"):
        decode(_sealed(bytes(body)), BASE)


@_SETS
def test_the_size_by_hand(feature_set: FeatureSet) -> None:
    """26 + 8*(D(D + 1)/2 + D) + 4: 310 at D = 7, 550 at 10, 750 at 12, 862 at 13; 16 more for each id."""
    size = {7: 310, 10: 550, 12: 750, 13: 862}[feature_set.dim]
    assert len(encode(_learned(feature_set.dim, ids=0), feature_set)) == size
    assert len(encode(_learned(feature_set.dim, ids=10), feature_set)) == size + 160


def test_an_item_of_twelve_dimensions_costs_one_write_unit() -> None:
    """One unit is 1,024 bytes of attribute names and values.

    Names: user_id 7, kind 4, blob 4, ver 3, epoch 5, updated_at 10 = 33. Values: a user id of 128 and the kind
    state#egreedy/v2 of 16 characters, the blob of 750, and three numbers of at most 21 bytes: 957. Sum 990.
    """
    names = sum(len(name) for name in ("user_id", "kind", "blob", "ver", "epoch", "updated_at"))
    values = 128 + len("state#egreedy/v2") + len(encode(_learned(12, ids=0), BASE_PROFILE)) + 3 * 21
    assert names + values == 990
    assert names + values <= 1_024


@_SETS
def test_an_item_of_every_feature_set_costs_one_write_unit_where_user_ids_are_uuids(feature_set: FeatureSet) -> None:
    """As before with a user id of 36: 33 + 36 + 16 + 862 + 63 = 1,010 at D = 13. At D = 14 the blob alone has 982."""
    blob = encode(_learned(feature_set.dim, ids=0), feature_set)
    assert 33 + 36 + len("state#egreedy/v2") + len(blob) + 3 * 21 <= 1_024


def test_a_week_of_the_most_rewards_a_state_remembers_fits_an_item() -> None:
    """4,096 ids of 16 bytes and 750 bytes of state: 66,286 of the 409,600 bytes an item may have."""
    assert len(encode(_learned(12, ids=4_096), BASE_PROFILE)) == 66_286


def test_the_ids_keep_their_order() -> None:
    ids = (UUID(int=3), UUID(int=1), UUID(int=2))
    assert decode(encode(Snapshot(_learned(7).state, ids), BASE), BASE).rewarded == ids


def _is_refused(blob: bytes) -> bool:
    try:
        decode(blob, BASE)
    except StateCorruptError:
        return True
    return False


@given(st.lists(st.uuids(), max_size=6), st.uuids(), st.data())
def test_remembered_ids_are_the_tuple_of_them(ids: list[UUID], other: UUID, data: st.DataObject) -> None:
    raw = b"".join(each.bytes for each in ids)
    remembered = Remembered(raw)
    assert (list(remembered), len(remembered)) == (ids, len(ids))
    assert remembered == tuple(ids)
    assert hash(remembered) == hash(tuple(ids))
    assert remembered != (*ids, other)
    place = data.draw(st.slices(6))
    assert remembered[place] == tuple(ids)[place]
    assert all(remembered[at] == each for at, each in enumerate(ids))
    assert all(each in remembered for each in ids)
    assert (other in remembered) == (other in ids)


_MOMENTS = st.integers(1_790_000_000_000, 1_790_000_000_004)


@given(st.lists(st.builds(uuid7, _MOMENTS, st.binary(min_size=10, max_size=10)), max_size=8), _MOMENTS)
def test_ids_are_forgotten_by_their_own_time_and_keep_their_order(ids: list[UUID], since_ms: int) -> None:
    remembered = Remembered.of(ids)
    assert tuple(remembered.since(since_ms)) == tuple(each for each in ids if unix_ms_of(each) >= since_ms)
    assert tuple(remembered.since(-1)) == tuple(ids)
    assert tuple(remembered.and_then(UUID(int=7))) == (*ids, UUID(int=7))
    assert Remembered.of(remembered) is remembered


def test_an_id_that_lies_across_two_is_none_of_them() -> None:
    first, second = UUID(int=1 << 60), UUID(int=1 << 120)
    across = UUID(bytes=(first.bytes + second.bytes)[8:24])
    assert across not in Remembered(first.bytes + second.bytes)
    assert across in Remembered(first.bytes + second.bytes + across.bytes)
