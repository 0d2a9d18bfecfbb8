"""What a Lambda environment says of itself, and lean clients as they are made in one."""

from typing import Final

from tipbandit.adapters.lean import LeanClient
from tipbandit.adapters.timeouts import Timeouts

TIMEOUTS: Final = Timeouts(connect_ms=2000, read_ms=2000)
IMPATIENT: Final = Timeouts(connect_ms=100, read_ms=100)
LAMBDA: Final = {
    "AWS_LAMBDA_FUNCTION_NAME": "score",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "access",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
}
KEY: Final = {"user_id": {"S": "ann"}, "kind": {"S": "state#linucb/v1"}}


def made(service: str, url: str, *, timeouts: Timeouts = TIMEOUTS, attempts: int = 1, keeps: bool = True) -> LeanClient:
    """A client of a service behind ``url``."""
    return LeanClient(
        service, timeouts, {**LAMBDA, "AWS_ENDPOINT_URL": url}, attempts=attempts, keeps_connections=keeps
    )
