"""Identifiers and UUIDv7."""

from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipbandit.ids import ENTROPY_BYTES, is_uuid7, unix_ms_of, uuid7

_MOMENTS = st.integers(0, 2**48 - 1)
_ENTROPY = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)


def test_the_layout_is_that_of_the_example_in_rfc_9562() -> None:
    """Appendix A.6: 0x017F22E279B0 ms, rand_a 0xCC3, rand_b 0b01 then 0x8C4DC0C0C07398F.

    2022-02-22 14:22:22 UTC-5 is 1,645,557,742,000 ms after 1970. Of 80 random bits the first 12 are rand_a and the
    last 62 rand_b.
    """
    rand_a, rand_b = 0xCC3, 0x18C4DC0C0C07398F
    entropy = (rand_a << 68 | rand_b).to_bytes(ENTROPY_BYTES, "big")
    assert uuid7(1_645_557_742_000, entropy) == UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")


@given(_MOMENTS, _ENTROPY)
def test_an_id_is_a_uuid7_of_the_rfc_and_carries_its_time(unix_ms: int, entropy: bytes) -> None:
    made = uuid7(unix_ms, entropy)
    assert (made.version, made.variant, unix_ms_of(made)) == (7, RFC_4122, unix_ms)
    assert is_uuid7(made)


@given(_MOMENTS, _MOMENTS, _ENTROPY, _ENTROPY)
def test_ids_sort_by_their_time(earlier: int, later: int, one: bytes, other: bytes) -> None:
    if earlier > later:
        earlier, later = later, earlier
    assert earlier == later or uuid7(earlier, one) < uuid7(later, other)


@pytest.mark.parametrize("bit", [*range(62), *range(68, 80)])
def test_each_of_the_74_random_bits_reaches_the_id(bit: int) -> None:
    nothing = bytes(ENTROPY_BYTES)
    one_bit = (1 << bit).to_bytes(ENTROPY_BYTES, "big")
    assert (uuid7(0, nothing).int ^ uuid7(0, one_bit).int).bit_count() == 1


@pytest.mark.parametrize(
    ("unix_ms", "entropy"), [(-1, bytes(10)), (1 << 48, bytes(10)), (0, bytes(9)), (0, bytes(11)), (0, b"")]
)
def test_a_moment_or_entropy_out_of_range_is_refused(unix_ms: int, entropy: bytes) -> None:
    with pytest.raises(ValueError, match="48 bits of milliseconds and 10 random bytes"):
        uuid7(unix_ms, entropy)


@pytest.mark.parametrize(
    "text",
    [
        "919108f7-52d1-4320-9bac-f847db4148a8",  # version 4
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "017F22E2-79B0-7CC3-18C4-DC0C0C07398F",  # the version of a UUIDv7 in another variant
    ],
)
def test_other_uuids_are_no_uuid7(text: str) -> None:
    assert not is_uuid7(UUID(text))
