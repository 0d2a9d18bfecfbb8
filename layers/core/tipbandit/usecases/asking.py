"""Ask a language model within a user's daily ceiling of tokens and a deadline.

Before a call the most it can use is reserved, by one conditional write; after it what was not used is given back. So
the ceiling holds however many callers ask at once, and a process that dies in between has counted too much, never too
little.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from tipbandit.context.budget import estimated_tokens
from tipbandit.errors import ModelUnavailableError, StoreUnavailableError, TokenCeilingError
from tipbandit.ports import Clock, Counter, Telemetry
from tipbandit.ports.generation import Ask, Completion, LanguageModel, TokenLedger
from tipbandit.usecases.attempts import attempts

MOST_CALLS: Final = 3
"""Attempts at one question: more would add to the load that made the first ones fail."""
FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 4.0
SHORTEST_CALL_S: Final = 0.5
"""No call is begun that would have less time than this."""
_NO_TIME: Final = "there is no time left to ask the model"
_TURN_TOKENS: Final = 8
"""What the chat format takes around one message."""
_KEPT_DAYS: Final = 2


@dataclass(slots=True)
class Spent:
    """What the calls for one request have used so far; it is added to as they are made, also by those that fail."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None

    def add(self, completion: Completion) -> None:
        """Add one answer."""
        self.input_tokens += completion.input_tokens
        self.output_tokens += completion.output_tokens
        if completion.cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + completion.cost_usd


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one model on behalf of users.

    Attributes:
        model: who is asked.
        ledger: what each user has used.
        ceiling: tokens a user may use in a day (UTC).
        call_s: the longest a single call may take, in seconds.
    """

    model: LanguageModel
    ledger: TokenLedger
    clock: Clock
    telemetry: Telemetry
    ceiling: int
    call_s: float

    def ask(self, user_id: str, ask: Ask, *, about: str, ends: float, spent: Spent) -> Completion:
        """Return the model's answer, and add what it took to ``spent``.

        Throttling, time-outs and faults of the server are tried again, with jitter, while ``ends`` (monotonic seconds)
        is ahead; any other failure is final.

        Raises:
            ModelUnavailableError: if there is no answer.
            TokenCeilingError: if the user's tokens of the day do not suffice for the first call.
            StoreUnavailableError: if the ledger fails, without which nothing is asked.
        """
        failure: Exception | None = None
        for _ in self._tries(ends):
            try:
                completion = self._metered(user_id, ask, ends, spent)
            except TokenCeilingError as error:
                self.telemetry.count(Counter.CEILING, about)
                failure = failure or error  # that the model had failed before says more
                break
            except ModelUnavailableError as error:
                self._report(error, about)
                failure = error
                if not error.passing:
                    break
            else:
                self._count(completion, about)
                spent.add(completion)
                return completion
        raise failure or ModelUnavailableError(_NO_TIME)

    def _tries(self, ends: float) -> Iterator[int]:
        """Yield while another call has time enough, with pauses in between, and ``MOST_CALLS`` times at most."""
        room_s = ends - self.clock.monotonic() - SHORTEST_CALL_S
        tries = attempts(self.clock, room_s, first_pause_s=FIRST_PAUSE_S, longest_pause_s=LONGEST_PAUSE_S)
        for attempt in itertools.islice(tries, MOST_CALLS):
            if ends - self.clock.monotonic() < SHORTEST_CALL_S:
                return
            yield attempt

    def _report(self, error: ModelUnavailableError, about: str) -> None:
        self.telemetry.count(Counter.MODEL_FAILED, about)
        self.telemetry.warn("model_unavailable", error, [about])

    def _count(self, completion: Completion, about: str) -> None:
        """Count tokens and cost as they are spent, whatever becomes of the answer."""
        self.telemetry.count(Counter.INPUT_TOKENS, about, completion.input_tokens)
        self.telemetry.count(Counter.OUTPUT_TOKENS, about, completion.output_tokens)
        self.telemetry.count(Counter.COST_USD, about, completion.cost_usd or 0.0)

    def _metered(self, user_id: str, ask: Ask, ends: float, spent: Spent) -> Completion:
        """Make one call, with what it can use reserved before and what it used settled after."""
        if not self.model.metered:
            return self._call(ask, ends, spent)
        reserved = most_tokens(ask)
        day = self._reserve(user_id, reserved)
        try:
            completion = self._call(ask, ends, spent)
        except ModelUnavailableError as error:
            if not error.maybe_charged:
                self._settle(user_id, day, -reserved)
            raise
        completion = _with_tokens(ask, completion)
        self._settle(user_id, day, completion.input_tokens + completion.output_tokens - reserved)
        return completion

    def _call(self, ask: Ask, ends: float, spent: Spent) -> Completion:
        """Make one call in the time that is left, of which the ledger may have taken some."""
        within_s = min(self.call_s, ends - self.clock.monotonic())
        if within_s < SHORTEST_CALL_S:
            raise ModelUnavailableError(_NO_TIME)
        spent.calls += 1
        return self.model.complete(ask, within_s=within_s)

    def _reserve(self, user_id: str, tokens: int) -> str:
        """Reserve tokens of today and return the day."""
        now = datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        day = f"{now:%Y-%m-%d}"
        expires_at = midnight + timedelta(days=_KEPT_DAYS)
        if not self.ledger.reserve(
            user_id, day, tokens, ceiling=self.ceiling, expires_at_ms=int(expires_at.timestamp() * 1000)
        ):
            seconds = int((midnight - now).total_seconds()) + 1
            raise TokenCeilingError("the user's tokens of the day are used up", retry_after_s=seconds)
        return day

    def _settle(self, user_id: str, day: str, difference: int) -> None:
        """Give back what was not used; where that fails too much stays counted, which no caller is told."""
        try:
            self.ledger.settle(user_id, day, difference)
        except StoreUnavailableError as error:
            self.telemetry.warn("tokens_not_settled", error, [])


def most_tokens(ask: Ask) -> int:
    """Return the most tokens a question can use: its texts by the estimate, and all the answer may have."""
    return _read_tokens(ask) + ask.sampling.max_tokens


def _read_tokens(ask: Ask) -> int:
    texts = [ask.system, json.dumps(ask.json_schema()), *(turn.text for turn in ask.turns)]
    return sum(estimated_tokens(text) + _TURN_TOKENS for text in texts)


def _with_tokens(ask: Ask, completion: Completion) -> Completion:
    """Return a completion whose tokens are the estimate where the back end did not count them."""
    if completion.input_tokens + completion.output_tokens > 0:
        return completion
    return replace(completion, input_tokens=_read_tokens(ask), output_tokens=estimated_tokens(completion.text))
