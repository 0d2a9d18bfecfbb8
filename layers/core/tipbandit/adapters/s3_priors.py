"""The priors on S3: objects ``priors/<version>.json``, published once and never changed.

What was read is kept for as long as the environment lives. What could not be read, or is none, is asked for again after
a while: no time-out for every request.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from tipbandit.adapters import lean_s3
from tipbandit.adapters.faults import FAULTS, named
from tipbandit.adapters.timeouts import Timeouts
from tipbandit.errors import PriorsUnavailableError, PriorUnusableError, TipbanditError
from tipbandit.policies.policy import Policy
from tipbandit.policies.prior import Prior, loads
from tipbandit.ports import Clock

TIMEOUTS: Final = Timeouts(connect_ms=250, read_ms=250)
"""Read by the first request of an environment that meets a version; without it there still is an answer."""
ATTEMPTS: Final = 2
RETRY_S: Final = 30.0
"""A version that could not be had is asked for at most this often."""

Read = Callable[[str], bytes]


class S3Priors:
    """``ports.Priors`` on one bucket."""

    def __init__(self, read: Read, versions: Mapping[str, str], clock: Clock) -> None:
        """Read objects by key through ``read``; ``versions`` is the current one by policy key."""
        self._read = read
        self._versions = versions
        self._clock = clock
        self._kept: dict[tuple[str, str], Prior] = {}
        self._failed: dict[tuple[str, str], tuple[float, TipbanditError]] = {}

    @classmethod
    def connect(cls, bucket: str, versions: Mapping[str, str], clock: Clock) -> "S3Priors":
        """Return the priors of a bucket, with a client of its own; nothing is read yet."""
        return cls(_reader(bucket), versions, clock)

    def current(self, policy: Policy) -> str | None:
        """See ``ports.Priors.current``."""
        return self._versions.get(policy.key)

    def get(self, policy: Policy, version: str) -> Prior:
        """See ``ports.Priors.get``."""
        wanted = (policy.key, version)
        if (kept := self._kept.get(wanted)) is not None:
            return kept
        until, error = self._failed.get(wanted, (0.0, None))
        if error is not None and self._clock.monotonic() < until:
            raise error
        try:
            prior = loads(self._document(version), policy, version)
        except (PriorUnusableError, PriorsUnavailableError) as failure:
            self._failed[wanted] = (self._clock.monotonic() + RETRY_S, failure)
            raise
        self._failed.pop(wanted, None)
        self._kept[wanted] = prior
        return prior

    def _document(self, version: str) -> bytes:
        try:
            return self._read(key_of(version))
        except FAULTS as error:
            if named(error) in {"NoSuchKey", "404"}:
                raise PriorUnusableError(version, ["there is none of that name"]) from error
            raise PriorsUnavailableError(f"S3: {named(error)}") from error


def key_of(version: str) -> str:
    """Return the key of a version's object."""
    return f"priors/{version}.json"


def _reader(bucket: str) -> Read:
    if lean_s3.fits(os.environ):
        return lean_s3.LeanBucket(bucket, TIMEOUTS, os.environ, attempts=ATTEMPTS).read
    client: Any = None

    def read(key: str) -> bytes:
        nonlocal client
        if client is None:
            from tipbandit.adapters import sdk  # noqa: PLC0415  its import is most of a cold start

            client = sdk.client("s3", TIMEOUTS, attempts=ATTEMPTS, keeps_connections=False)
        return bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read())

    return read
