"""Trying again: full jitter, inside a deadline, until what was written is known."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from tipbandit.errors import ConflictError, OutcomeUnknownError, StoreUnavailableError
from tipbandit.ports import Clock

FIRST_PAUSE_S: Final = 0.02
LONGEST_PAUSE_S: Final = 0.32
"""Measured against others (docs/reliability.md, Contention): the third of 60 rules, 1 % above the cheapest; the two
before it would ask a store that refuses 1.7 times as often."""

_MOST_DOUBLINGS: Final = 64
"""Far beyond the longest pause; without an end to them very many short pauses in a row would overflow."""

T = TypeVar("T")


def attempts(
    clock: Clock, within_s: float, *, first_pause_s: float = FIRST_PAUSE_S, longest_pause_s: float = LONGEST_PAUSE_S
) -> Iterator[int]:
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
        pause = chance * min(longest_pause_s, first_pause_s * 2.0 ** min(attempt, _MOST_DOUBLINGS))
        if clock.monotonic() + pause >= ends:
            return
        clock.sleep(pause)


@dataclass(slots=True)
class Tries:
    """What became of the tries so far: writes lost to somebody else, and whether one may have been committed."""

    conflicts: int = 0
    maybe_committed: bool = False


def settled(clock: Clock, within_s: float, once: Callable[[Tries], T]) -> T:
    """Return what ``once``, a read and a conditional write, returns; it is tried again until the deadline.

    Raises:
        OutcomeUnknownError: if the store failed to the end and one of the writes may have been committed.
        StoreUnavailableError: if it failed, or was contended, to the end, and nothing was changed.
    """
    tries = Tries()
    failure: Exception = ConflictError("no attempt was made")
    for _ in attempts(clock, within_s):
        try:
            return once(tries)
        except ConflictError as error:
            tries.conflicts, failure = tries.conflicts + 1, error
        except StoreUnavailableError as error:
            tries.maybe_committed, failure = tries.maybe_committed or error.maybe_committed, error
    if tries.maybe_committed:
        raise OutcomeUnknownError("the store did not say whether the change was written") from failure
    raise StoreUnavailableError("the store failed, or was contended, until the deadline") from failure
