"""Trying again: full jitter, inside a deadline."""

from collections.abc import Iterator
from typing import Final

from tipbandit.ports import Clock

FIRST_PAUSE_S: Final = 0.01
LONGEST_PAUSE_S: Final = 0.32


def attempts(clock: Clock, within_s: float) -> Iterator[int]:
    """Yield 0, 1, 2 ... until ``within_s`` seconds have passed, pausing in between; at least once.

    The pause before attempt k is uniform in [0, min(longest, first * 2^k)], so that writers that met once do not meet
    again (Brooker: Exponential backoff and jitter, AWS Architecture Blog, 2015).
    """
    ends = clock.monotonic() + within_s
    attempt = 0
    while True:
        yield attempt
        attempt += 1
        chance = int.from_bytes(clock.entropy(4), "big") / 2**32
        pause = chance * min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**attempt)
        if clock.monotonic() + pause >= ends:
            return
        clock.sleep(pause)
