"""What the SDK's errors mean: their names, and whether the call may have been carried out all the same."""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

FAULTS: Final = (BotoCoreError, ClientError)
"""What a call raises that is refused, lost or cut off."""
_SERVER_FAULT: Final = 500


def named(error: Exception) -> str:
    """Return the service's code of a refusal, its status if it has none, and of any other error its type."""
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"] or error.response["ResponseMetadata"]["HTTPStatusCode"])
    return type(error).__name__


def may_be_done(error: Exception) -> bool:
    """Tell whether a call that failed so may have been carried out: it arrived, and was not refused."""
    if isinstance(error, ClientError):
        return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_FAULT)
    return not isinstance(error, ConnectTimeoutError | EndpointConnectionError)
