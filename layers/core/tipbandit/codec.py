"""State <-> bytes: packed, versioned, checked.

Version 1, little-endian::

    offset  type          what
    0       u8            codec version
    1       4 bytes       fingerprint of the feature set
    5       u8            D
    6       u64           n, rewards learned
    14      f64           their sum
    22      u32           m, decision ids remembered
    26      f64 x D(D+1)/2  G, upper triangle by rows
    ...     f64 x D       b
    ...     16 bytes x m  ids of recently rewarded decisions
    last 4  u32           CRC-32 of everything before

The first byte stays the version and the last four the check in every version to come; an old version is read by its
own decoder and written back as the newest.

A check that fits says that the bytes are those that were written, not that a sound state was. So the numbers of every
version are held against what n rewards can have taught: with any others a decision might fail, or be no number.
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple, overload
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from tipbandit.errors import StateCorruptError, StateDamagedError
from tipbandit.features.schema import FeatureSet
from tipbandit.policies.ridge import State, cold

VERSION: Final = 1
_HEADER: Final = struct.Struct("<B4sBQdI")
_CHECK: Final = struct.Struct("<I")
_ID_BYTES: Final = 16
_DOUBLE: Final = np.dtype("<f8")
_BIG_ENDIAN: Final = np.dtype(">u8")
_BELOW_MS: Final = 16
"""Bits of an id's first half below its milliseconds."""
_MOST_REWARDS: Final = 2**53
"""A double counts no further."""
_ROUNDING: Final = 1e-9
"""By how much, for each reward, rounding may have pushed an eigenvalue of G below zero: far less than a lambda."""


class Remembered(Sequence[UUID]):
    """Decision ids as they are stored: most who read a state, /score among them, never ask for one."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        """Take ``raw``, 16 bytes an id."""
        self.raw = raw

    @classmethod
    def of(cls, ids: Sequence[UUID]) -> "Remembered":
        """Return ids as they are stored."""
        return ids if isinstance(ids, cls) else cls(b"".join([each.bytes for each in ids]))

    def since(self, unix_ms: int) -> "Remembered":
        """Return the ids that were made at a moment or later, in their order; UUIDv7 begin with their milliseconds."""
        made_ms = np.frombuffer(self.raw, _BIG_ENDIAN)[::2] >> _BELOW_MS
        kept = made_ms >= max(unix_ms, 0)
        if kept.all():
            return self
        return Remembered(np.frombuffer(self.raw, np.uint8).reshape(-1, _ID_BYTES)[kept].tobytes())

    def and_then(self, decision_id: UUID) -> "Remembered":
        """Return these ids and one more."""
        return Remembered(self.raw + decision_id.bytes)

    def __len__(self) -> int:
        return len(self.raw) // _ID_BYTES

    @overload
    def __getitem__(self, index: int) -> UUID: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[UUID, ...]: ...

    def __getitem__(self, index: int | slice) -> UUID | tuple[UUID, ...]:
        places = range(0, len(self.raw), _ID_BYTES)[index]
        if isinstance(places, range):
            return tuple(UUID(bytes=self.raw[at : at + _ID_BYTES]) for at in places)
        return UUID(bytes=self.raw[places : places + _ID_BYTES])

    def __contains__(self, value: object) -> bool:
        return isinstance(value, UUID) and any(at % _ID_BYTES == 0 for at in self._found(value.bytes))

    def _found(self, part: bytes) -> Iterator[int]:
        at = self.raw.find(part)
        while at >= 0:
            yield at
            at = self.raw.find(part, at + 1)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Remembered({tuple(self)!r})"


class Snapshot(NamedTuple):
    """What is stored: the ``state``, and the ids of the decisions ``rewarded`` within the reward window."""

    state: State
    rewarded: Sequence[UUID] = ()


Decoder = Callable[[bytes, FeatureSet], Snapshot]
"""From a version's bytes, without their check, to the snapshot."""


def empty(feature_set: FeatureSet) -> Snapshot:
    """Return the snapshot of a user nothing is known about."""
    return Snapshot(cold(feature_set.dim))


def encode(snapshot: Snapshot, feature_set: FeatureSet) -> bytes:
    """Return the newest version's bytes of a snapshot."""
    state = snapshot.state
    dim = feature_set.dim
    header = _HEADER.pack(VERSION, feature_set.fingerprint(), dim, state.n, state.reward_sum, len(snapshot.rewarded))
    packed = state.gram.take(_upper(dim)).astype(_DOUBLE, copy=False).tobytes()
    ids = Remembered.of(snapshot.rewarded).raw
    body = header + packed + state.b.astype(_DOUBLE, copy=False).tobytes() + ids
    return body + _CHECK.pack(zlib.crc32(body))


def decode(blob: bytes, feature_set: FeatureSet, decoders: Mapping[int, Decoder] | None = None) -> Snapshot:
    """Return the snapshot of bytes written by this or an earlier version.

    Args:
        blob: the bytes.
        feature_set: what the state was learned with.
        decoders: by version; those of this version unless told otherwise.

    Raises:
        StateDamagedError: if the bytes fail their check, or say what no rewards can have taught.
        StateCorruptError: if they are of an unknown version, or were learned with another feature set; the message
            says which.
    """
    body = blob[: -_CHECK.size]
    if not body or zlib.crc32(body) != int.from_bytes(blob[-_CHECK.size :], "little"):
        raise StateDamagedError("the stored state fails its check")
    decoders = DECODERS if decoders is None else decoders
    decoder = decoders.get(blob[0])
    if decoder is None:
        raise StateCorruptError(f"the stored state has codec version {blob[0]}; known: {sorted(decoders)}")
    snapshot = decoder(body, feature_set)
    if not _is_sound(snapshot.state):
        raise StateDamagedError("the stored state says what no rewards can have taught")
    return snapshot


def _decode_v1(body: bytes, feature_set: FeatureSet) -> Snapshot:
    dim = feature_set.dim
    if len(body) < _HEADER.size:
        raise StateDamagedError("the stored state has the wrong length")
    _, fingerprint, stored_dim, n, reward_sum, remembered = _HEADER.unpack_from(body)
    if (fingerprint, stored_dim) != (feature_set.fingerprint(), dim):
        raise StateCorruptError(f"the stored state was learned with another feature set than {feature_set.name}")
    triangle = dim * (dim + 1) // 2
    ids_at = _HEADER.size + 8 * (triangle + dim)
    if len(body) != ids_at + _ID_BYTES * remembered:
        raise StateDamagedError("the stored state has the wrong length")
    numbers = np.frombuffer(body, _DOUBLE, triangle + dim, _HEADER.size)
    state = State(numbers.take(_full(dim)), numbers[triangle:].astype(np.float64), n, reward_sum)
    return Snapshot(state, Remembered(body[ids_at:]))


DECODERS: Final = MappingProxyType[int, Decoder]({1: _decode_v1})


def _is_sound(state: State) -> bool:
    """Tell whether n rewards r in [-1, 1] for features in [-1, 1] can have taught these numbers.

    No sum of n such numbers, or of products of theirs, is beyond n, also as it is rounded. G = sum x x' has no negative
    eigenvalue: then lambda*I + G can be inverted, whatever lambda is.
    """
    n, gram, b = state.n, state.gram, state.b
    within = abs(state.reward_sum) <= n and _largest(gram) <= n and _largest(b) <= n  # NaN is not within either
    if n > _MOST_REWARDS or not within:
        return False
    try:
        np.linalg.cholesky(gram + (n + 1) * _rounding(len(b)))
    except np.linalg.LinAlgError:
        return False
    return True


def _largest(numbers: NDArray[np.float64]) -> float:
    """Return the largest size of a number; NaN if one is: ``max`` of so few takes three times as long."""
    sizes = np.abs(numbers)
    largest: float = sizes.item(sizes.argmax())
    return largest


@cache
def _rounding(dim: int) -> NDArray[np.float64]:
    """Return what rounding may have taken from G with one reward."""
    return _ROUNDING * np.eye(dim)


@cache
def _upper(dim: int) -> NDArray[np.intp]:
    """Where the upper triangle stands in a flat (D, D) matrix, by rows."""
    return np.flatnonzero(np.triu(np.ones((dim, dim))))


@cache
def _full(dim: int) -> NDArray[np.intp]:
    """Where each element of a symmetric (D, D) matrix stands in its packed upper triangle."""
    place = np.zeros((dim, dim), dtype=np.intp)
    place[np.triu_indices(dim)] = np.arange(dim * (dim + 1) // 2)
    return np.maximum(place, place.T)
