"""The SDK's errors at DynamoDB as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from tipbandit.adapters.faults import may_be_done, named
from tipbandit.errors import ConflictError, StoreUnavailableError

CONDITION_FAILED: Final = "ConditionalCheckFailedException"
_CONFLICTS: Final = frozenset({CONDITION_FAILED, "TransactionConflictException", "TransactionInProgressException"})
_CANCELLED_BY_CONFLICT: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


@contextmanager
def translated(*, writing: bool) -> Iterator[None]:
    """Turn the SDK's errors into ours, and say of a failed write whether it may have been committed."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        if named(error) in _CONFLICTS or _is_cancelled_by_conflict(error):
            raise ConflictError("the stored state is not the one that was read") from error
        raise unavailable(error, writing=writing) from error


def unavailable(error: Exception, *, writing: bool) -> StoreUnavailableError:
    """Return ours for a call that failed."""
    return StoreUnavailableError(f"DynamoDB: {named(error)}", maybe_committed=writing and may_be_done(error))


def _is_cancelled_by_conflict(error: Exception) -> bool:
    if not isinstance(error, ClientError):
        return False
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
    return bool(reasons & _CANCELLED_BY_CONFLICT)
