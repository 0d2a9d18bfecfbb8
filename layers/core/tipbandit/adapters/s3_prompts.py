"""The prompt registry on S3: objects ``prompts/<version>.yaml``, published once and never changed.

What was read is kept in the environment. After a while it is asked for again, unless it still is the same: that moves
no content, and finds a version that was retired. While S3 fails, what is kept is served.
"""

import contextlib
import hashlib
from dataclasses import dataclass, replace
from typing import Any, Final

from botocore.exceptions import IncompleteReadError

from tipbandit.adapters.aws import Timeouts, client
from tipbandit.adapters.faults import named
from tipbandit.adapters.s3_versions import FAULTS, S3Versions, key_of, unavailable
from tipbandit.errors import InvalidPromptError, PromptsUnavailableError, UnknownPromptError
from tipbandit.ports import Clock, Telemetry
from tipbandit.prompts.prompt import Prompt, load
from tipbandit.prompts.template import MAX_BYTES

TIMEOUTS: Final = Timeouts(connect_ms=500, read_ms=1000)
"""Read by a cold start and then once a minute, before a model is asked that takes seconds."""
FRESH_S: Final = 60.0
"""After this many seconds a version is asked for again."""
RETRY_S: Final = 5.0
"""While S3 fails, what is kept is asked for at most this often: no time-out for every request."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """A version as it was last read: its prompt, or else what is wrong with it.

    Attributes:
        due: when to ask for it again, in monotonic seconds.
    """

    prompt: Prompt | None
    problems: tuple[str, ...]
    etag: str
    due: float


class S3Prompts:
    """``ports.generation.Prompts`` on one bucket, cached in the environment."""

    def __init__(self, bucket: str, s3: Any, clock: Clock, telemetry: Telemetry) -> None:  # noqa: ANN401  see adapters.aws
        """Use ``bucket`` through the client ``s3``; nothing is read yet."""
        self._bucket = bucket
        self._s3 = s3
        self._clock = clock
        self._telemetry = telemetry
        self._versions = S3Versions(bucket, s3, clock)
        self._copies: dict[str, _Copy] = {}
        self._retry_at = float("-inf")

    @classmethod
    def connect(cls, bucket: str, clock: Clock, telemetry: Telemetry) -> "S3Prompts":
        """Return a registry with a client of its own."""
        return cls(bucket, client("s3", TIMEOUTS, attempts=2), clock, telemetry)

    def get(self, version: str) -> Prompt:
        """See ``ports.generation.Prompts.get``.

        A version may be up to ``FRESH_S`` retired, or ``s3_versions.FRESH_S`` published, before that is noticed.
        """
        copy = self._copies.get(version)
        if copy is None or self._clock.monotonic() >= max(copy.due, self._retry_at):
            copy = self._copies[version] = self._asked(version, copy)
        if copy.prompt is None:
            raise InvalidPromptError(version, copy.problems)
        return copy.prompt

    def _asked(self, version: str, copy: _Copy | None) -> _Copy:
        """Ask for a version, and return the copy to serve from now on."""
        if copy is None and self._versions.surely_lack(version):
            raise self._unknown(version)
        try:
            return self._read(version, copy)
        except PromptsUnavailableError as error:
            if copy is None or version not in self._copies:  # it is retired, and only the list of the others missing
                raise
            self._retry_at = self._clock.monotonic() + RETRY_S
            self._telemetry.warn("prompts_unavailable", error, [version])
            return copy

    def _read(self, version: str, copy: _Copy | None) -> _Copy:
        unless = {} if copy is None else {"IfNoneMatch": copy.etag}
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=key_of(version), **unless)
            raw = _content(answer)
        except FAULTS as error:
            match named(error):
                case "304" if copy is not None:
                    return replace(copy, due=self._clock.monotonic() + FRESH_S)
                case "NoSuchKey":
                    self._copies.pop(version, None)
                    raise self._unknown(version) from None
                case _:
                    raise unavailable(error) from error
        return self._renewed(version, copy, raw, answer["ETag"])

    def _renewed(self, version: str, copy: _Copy | None, raw: bytes, etag: str) -> _Copy:
        """Return the copy of what is published, or the one there is if that is no longer what was published first."""
        due = self._clock.monotonic() + FRESH_S
        if copy is not None and copy.prompt is not None and copy.prompt.digest != hashlib.sha256(raw).hexdigest():
            changed = InvalidPromptError(version, ["it was changed after it was published"])
            self._telemetry.warn("prompt_changed", changed, [version])
            return replace(copy, due=due)
        try:
            return _Copy(load(version, raw), (), etag, due)
        except InvalidPromptError as error:
            return _Copy(None, error.problems, etag, due)

    def _unknown(self, version: str) -> UnknownPromptError:
        return UnknownPromptError(f"no such prompt version; {self._versions.told(without=version)}")


def _content(answer: Any) -> bytes:  # noqa: ANN401  see adapters.aws
    """Return an object's content, whole; of one that is too large, the first ``MAX_BYTES + 1``."""
    with contextlib.closing(answer["Body"]) as body:
        raw: bytes = body.read(MAX_BYTES + 1)
        if len(raw) <= MAX_BYTES:
            body.read(1)  # the SDK compares the checksum when it is asked for more than there is
    expected = min(answer.get("ContentLength", -1), MAX_BYTES + 1)
    if len(raw) != expected:
        raise IncompleteReadError(actual_bytes=len(raw), expected_bytes=expected)
    return raw
