"""When a call is made again, and when that would do harm.

==========  =====================================  ==================================================================
route       made again after                       because
==========  =====================================  ==================================================================
score       every passing fault                    it writes nothing: an answer that is lost leaves nothing behind
stats       every passing fault                    it only reads
reward      every passing fault                    it is applied once, however often it is sent
reset       what surely was not carried out        a second reset would also forget what was learned after the first
generate    what surely was not carried out, and   a model that may have been at work has to be paid, and an answer
            with ``fallback=False`` no 503 either  of the service's own: then it has asked the model all it will
==========  =====================================  ==================================================================

Passing are: no answer at all, 503, and what a front door says without a code (429, 500, 502, 503, 504). A 429 with a
code is a ceiling, and stays one. The loop is twenty lines of our own, as retry libraries sleep by their own clock and
know nothing of a pause the other side asks for.
"""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from tipbandit_recommender.errors import RefusedError, TipbanditClientError, UnavailableError

T = TypeVar("T")
Rule = Callable[[TipbanditClientError], bool]
"""Whether a call that failed like this may be made again."""


def whenever_passing(error: TipbanditClientError) -> bool:
    """Tell whether to repeat a call that does no harm twice."""
    return error.is_passing


def unless_carried_out(error: TipbanditClientError) -> bool:
    """Tell whether to repeat a call that must not happen twice."""
    return error.is_passing and not error.maybe_carried_out


def unless_paid_for(error: TipbanditClientError) -> bool:
    """Tell whether to repeat a call whose 503 may have cost a model's tokens already."""
    return unless_carried_out(error) and not isinstance(error, UnavailableError)


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a caller waits.

    Attributes:
        attempt_s: for one answer, in seconds.
        call_s: for all attempts and the pauses between them; an attempt that may not end in time is not begun.
    """

    attempt_s: float
    call_s: float

    def __post_init__(self) -> None:
        if not 0 < self.attempt_s <= self.call_s:
            raise ValueError("a call takes at least one attempt, and an attempt takes some time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait for a connection, in seconds, and for the answer of each route.

    Scoring stands between a user and a tip: a caller without an answer shows what it likes. A model takes its time.
    Connecting, sending and the wait for an answer to begin may each take as long as an attempt; the first is shorter.
    """

    connect_s: float = 1.0
    score: Limit = field(default_factory=lambda: Limit(1.0, 2.5))
    reward: Limit = field(default_factory=lambda: Limit(5.0, 20.0))
    stats: Limit = field(default_factory=lambda: Limit(5.0, 12.0))
    reset: Limit = field(default_factory=lambda: Limit(5.0, 12.0))
    generate: Limit = field(default_factory=lambda: Limit(30.0, 65.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How a call is repeated, and with whose clock.

    Attributes:
        attempts: the most of one call; 1 repeats nothing.
        first_pause_s: the first pause is at most as long as this, in seconds.
        longest_pause_s: no pause of our own choosing is longer.
        longest_wait_s: a ``Retry-After`` beyond this is left to the caller.
        clock: seconds, from anywhere, that never run backwards.
        sleep: waits some seconds.
        random: uniform in [0, 1).
    """

    attempts: int = 4
    first_pause_s: float = 0.1
    longest_pause_s: float = 2.0
    longest_wait_s: float = 10.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random

    def run(self, attempt: Callable[[], T], limit: Limit, may_repeat: Rule) -> T:
        """Return what ``attempt`` returns, the first time that it does.

        Raises:
            TipbanditClientError: the last attempt's, where ``may_repeat`` or the limit allows no other;
                ``maybe_carried_out`` speaks for all of them.
        """
        last_begin = self.clock() + limit.call_s - limit.attempt_s
        made, maybe_carried_out = 1, False
        while True:
            try:
                return attempt()
            except TipbanditClientError as error:
                error.maybe_carried_out = maybe_carried_out = maybe_carried_out or error.maybe_carried_out
                pause = self._pause(made, error)
                is_last = made >= self.attempts or self.clock() + pause > last_begin
                if is_last or not may_repeat(error):
                    raise
            self.sleep(pause)
            made += 1

    def _pause(self, made: int, error: TipbanditClientError) -> float:
        """Return the pause after so many attempts, in seconds; infinite where too long a one is asked for.

        Uniform in [0, min(longest, first * 2^(made - 1))] (Brooker: Exponential backoff and jitter, AWS Architecture
        Blog, 2015), on top of what was asked for, so that those who were sent away together do not return together.
        """
        asked = (error.retry_after_s or 0.0) if isinstance(error, RefusedError) else 0.0
        if asked > self.longest_wait_s:
            return math.inf
        return asked + self.random() * min(self.longest_pause_s, self.first_pause_s * 2.0 ** (made - 1))


TIMEOUTS: Final = Timeouts()
RETRIES: Final = Retries()
