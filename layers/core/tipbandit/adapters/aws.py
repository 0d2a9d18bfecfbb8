"""Clients of AWS services: lean ones where those will do, the SDK's where not."""

import os
from typing import Any

from tipbandit.adapters import lean
from tipbandit.adapters.timeouts import Timeouts

__all__ = ["Timeouts", "client"]


def client(service: str, timeouts: Timeouts, *, attempts: int = 1, keeps_connections: bool = True) -> Any:  # noqa: ANN401  boto3 makes it at run time
    """Return a client that sends each call at most ``attempts`` times.

    Without ``keeps_connections`` every call has one of its own. One that is kept while the environment is frozen may be
    dead, and then nobody can tell whether a call on it was carried out: for calls that must not be made twice, and have
    the milliseconds to connect. Endpoint, region and credentials come from the environment as always.
    """
    if lean.fits(service, os.environ):
        return lean.LeanClient(service, timeouts, os.environ, attempts=attempts, keeps_connections=keeps_connections)
    from tipbandit.adapters import sdk  # noqa: PLC0415  its import is most of a cold start

    return sdk.client(service, timeouts, attempts=attempts, keeps_connections=keeps_connections)
