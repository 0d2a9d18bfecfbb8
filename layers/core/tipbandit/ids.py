"""Identifiers: the alphabet of the caller's, and UUIDv7 for decisions.

A decision id carries the time it was made, so that its age is known without a look-up
(RFC 9562, section 5.7: 48 bits of Unix milliseconds, then 74 random bits). The standard library makes these from
Python 3.14 on; here time and entropy are arguments, so that the function stays pure.
"""

from typing import Final
from uuid import UUID

IDENTIFIER_PATTERN: Final = r"^[A-Za-z0-9._~:@|+=-]{1,128}$"
TENANT_PATTERN: Final = r"^[A-Za-z0-9._~:@|+=-]{1,64}$"
USER_KEY_PATTERN: Final = r"^([A-Za-z0-9._~:@|+=-]{1,64}/)?[A-Za-z0-9._~:@|+=-]{1,128}$"
"""A user's identifier, behind that of a tenant and a slash where there are tenants."""
ENTROPY_BYTES: Final = 10

_VERSION_7: Final = 7
_VARIANT_RFC: Final = 0b10


def uuid7(unix_ms: int, entropy: bytes) -> UUID:
    """Return the UUIDv7 of a moment.

    Args:
        unix_ms: milliseconds since 1970, 48 bits.
        entropy: ``ENTROPY_BYTES`` random bytes, of which 74 bits are used.

    Raises:
        ValueError: if either is out of range.
    """
    if len(entropy) != ENTROPY_BYTES or not 0 <= unix_ms < 1 << 48:
        raise ValueError(f"a UUIDv7 takes 48 bits of milliseconds and {ENTROPY_BYTES} random bytes")
    random = int.from_bytes(entropy, "big")
    rand_a, rand_b = random >> 68, random & ((1 << 62) - 1)
    return UUID(int=unix_ms << 80 | _VERSION_7 << 76 | rand_a << 64 | _VARIANT_RFC << 62 | rand_b)


def unix_ms_of(decision_id: UUID) -> int:
    """Return the Unix milliseconds a UUIDv7 was made at."""
    return decision_id.int >> 80


def is_uuid7(value: UUID) -> bool:
    """Tell whether an id is a UUIDv7, and so carries its time."""
    return value.version == _VERSION_7
