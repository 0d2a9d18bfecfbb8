"""Delete a user for good, and make the resets again that a restored table does not know of.

Both are a reset first, which no decision made before can get past; only then does anything disappear.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from operations.archive import Progress
from operations.errors import OperationsError
from operations.inspection import is_record, is_tombstone
from operations.table import STATE, Table, kind_of
from tipbandit.adapters.aws import Timeouts
from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.adapters.memory import MemoryTelemetry
from tipbandit.callers import Caller
from tipbandit.contracts.events import ResetEvent
from tipbandit.contracts.reset import ResetRequest
from tipbandit.usecases.reset import Reset

_TIMEOUTS: Final = Timeouts(connect_ms=5_000, read_ms=10_000)
_WITHIN_S: Final = 60.0
_DAY_MS: Final = 86_400_000


def resetting(table: str, window_days: int) -> Reset:
    """Return what POST /reset does, on ``table``, with the reward window of the deployment."""
    return Reset(
        store=DynamoStateStore.connect(table, _TIMEOUTS),
        clock=SystemClock(),
        telemetry=MemoryTelemetry(),
        window_ms=window_days * _DAY_MS,
    )


def forget(user_key: str, table: Table, reset: Reset) -> list[dict[str, Any]]:
    """Delete all that is stored about a user but the tombstones, and return those.

    Raises:
        OperationsError: if somebody taught the user's states meanwhile.
        TipbanditError: what a reset raises; what was not deleted by then can be, by the same call.
    """
    for item in table.of_user(user_key):
        # What is no record would stop the reset, and nothing can be learned from it.
        if kind_of(item).startswith(STATE) and not is_record(item):
            table.delete(item)
    _reset(user_key, reset)
    for item in table.of_user(user_key):
        if not kind_of(item).startswith(STATE):
            table.delete(item)
    left = table.of_user(user_key)
    if not all(map(is_tombstone, left)):
        raise OperationsError("the user was active meanwhile: something new is stored; stop that and forget again")
    return left


def resets_in(log: Path) -> dict[str, int]:
    """Return, by user key, the last epoch of every user whose reset is in a log: lines that end in a line of ours.

    Raises:
        OperationsError: if there is none.
    """
    epochs: dict[str, int] = {}
    for event in _events(log):
        epochs[event.user_id] = max(event.epoch, epochs.get(event.user_id, 0))
    if not epochs:
        raise OperationsError(f"{log} holds no reset: it must have log lines of the reset function")
    return epochs


def _events(log: Path) -> Iterator[ResetEvent]:
    for number, line in enumerate(log.read_text("utf-8").splitlines(), 1):
        try:
            logged = json.loads(line[line.find("{") :])
            if logged["message"] == "reset":
                yield ResetEvent.model_validate_json(json.dumps(logged["data"]))
        except ValidationError as error:
            raise OperationsError(f"{log}, line {number}: a reset that this version cannot read") from error
        except (ValueError, LookupError, TypeError):
            continue  # what else a log holds


def reset_again(epochs: dict[str, int], reset: Reset, progress: Progress) -> int:
    """Reset the users whose states are from before their last reset, and return how many those were."""
    done = 0
    for user_key, epoch in epochs.items():
        records = reset.store.read_all(user_key)
        if not records or any(record.epoch < epoch for record in records.values()):
            _reset(user_key, reset)
            done += 1
        progress()
    return done


def _reset(user_key: str, reset: Reset) -> None:
    """Reset a user as somebody would who may speak for all users of the tenant."""
    tenant, _, user_id = user_key.rpartition("/")
    reset(ResetRequest(user_id=user_id), caller=Caller(tenant=tenant or None), within_s=_WITHIN_S)
