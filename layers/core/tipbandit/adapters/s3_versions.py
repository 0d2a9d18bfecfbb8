"""Which prompt versions a bucket holds: the keys of their objects, and a list of them that is kept for a moment."""

import re
from typing import Any, Final

from urllib3.exceptions import HTTPError

from tipbandit.adapters import faults
from tipbandit.adapters.faults import named
from tipbandit.errors import PromptsUnavailableError
from tipbandit.ports import Clock

FAULTS: Final = (*faults.FAULTS, HTTPError)
"""What a call raises that fails, also while the body of its answer is read."""
FRESH_S: Final = 10.0
"""For this long the list is believed: a flood of made-up names must not become a flood of calls."""
MOST_TOLD: Final = 50
_PREFIX: Final = "prompts/"
_SUFFIX: Final = ".yaml"


class S3Versions:
    """The versions in one bucket."""

    def __init__(self, bucket: str, s3: Any, clock: Clock) -> None:  # noqa: ANN401  see adapters.aws
        """Use ``bucket`` through the client ``s3``; nothing is read yet."""
        self._bucket = bucket
        self._s3 = s3
        self._clock = clock
        self._listed: frozenset[str] = frozenset()
        self._due = float("-inf")

    def surely_lack(self, version: str) -> bool:
        """Tell whether the list is fresh and the version is not in it."""
        return self._clock.monotonic() < self._due and version not in self._listed

    def told(self, *, without: str) -> str:
        """Say which versions there are; a list that is old, or still has the one they are without, is read again.

        Raises:
            PromptsUnavailableError: if it cannot be read.
        """
        if not self.surely_lack(without):
            self._list()
        names = sorted(self._listed, key=_natural)
        if not names:
            return "there are none"
        more = f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
        return f"there are {', '.join(names[:MOST_TOLD])}{more}"

    def _list(self) -> None:
        try:
            pages = list(self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=_PREFIX))
        except FAULTS as error:
            raise unavailable(error) from error
        names = (_version_of(each["Key"]) for page in pages for each in page.get("Contents", ()))
        self._listed = frozenset(name for name in names if name)
        self._due = self._clock.monotonic() + FRESH_S


def key_of(version: str) -> str:
    """Return the key of a version's object."""
    return f"{_PREFIX}{version}{_SUFFIX}"


def unavailable(error: Exception) -> PromptsUnavailableError:
    """Return ours for a call that failed."""
    return PromptsUnavailableError(f"S3: {named(error)}")


def _version_of(key: str) -> str | None:
    """Return the version an object is, None if it is something else."""
    name = key.removeprefix(_PREFIX).removesuffix(_SUFFIX)
    return name if key == key_of(name) and "/" not in name else None


def _natural(name: str) -> list[str | int]:
    """A key to sort by that puts v10 after v9: text and numbers in turn."""
    parts: list[str | int] = list(re.split(r"([0-9]+)", name))
    parts[1::2] = [int(part) for part in parts[1::2]]
    return parts
