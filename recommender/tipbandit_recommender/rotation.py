"""Prompt rotation: which prompt version a user's tips are generated with today.

`TIP_PROMPT_VERSION` holds one version or several, separated by commas. Of several each user has one for a whole day,
drawn by a hash of user and day: evenly over users and over days, the same wherever and however often it is asked, with
nothing to store. The day is the unit of comparison (docs/prompts.md). There are no weights: a version that shall be
used less is a version to compare against fewer others. Another list is another draw for everybody.

The hash is SHA-256 of ``"<user id> <day>"`` in UTF-8, its first 8 bytes read as one big-endian number, modulo the
number of versions. `shared/contracts/recommender.ts` and docs/prompts.md do the same.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final, Self

from tipbandit.contracts.tip import PROMPT_VERSION_PATTERN

VARIABLE: Final = "TIP_PROMPT_VERSION"
HASHED_BYTES: Final = 8

_DATE_CHARS: Final = len("2026-11-23")


@dataclass(frozen=True, slots=True)
class PromptRotation:
    """The prompt versions in rotation; without any, the service's default is what everybody gets."""

    versions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value of `TIP_PROMPT_VERSION`; blank is no version.

        Raises:
            ValueError: if a name is none of a prompt version, or stands there twice; all of them are named.
        """
        return cls(comma_separated(VARIABLE, text, what="name of a prompt version", valid=_is_version))

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the environment.

        Raises:
            ValueError: see ``parse``.
        """
        return cls.parse(environ.get(VARIABLE, ""))

    def version(self, user_id: str, day: date) -> str | None:
        """Return the user's version of a day; None asks /generate for the service's default.

        Args:
            user_id: the caller's id of the user.
            day: the user's local day, so that it changes while the user sleeps.
        """
        if not self.versions:
            return None
        digest = sha256(f"{user_id} {day.isoformat()[:_DATE_CHARS]}".encode()).digest()  # a datetime is a date too
        return self.versions[int.from_bytes(digest[:HASHED_BYTES], "big") % len(self.versions)]


def comma_separated(variable: str, text: str, *, what: str, valid: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the names that the value of an environment variable lists, in its order; none if it is blank.

    Raises:
        ValueError: if a name is not valid, or stands there twice; all of them are named.
    """
    names = tuple(name.strip() for name in text.split(",")) if text.strip() else ()
    counts = Counter(names)
    wrong = [f"{name!r} is no {what}" for name in counts if not valid(name)]
    wrong += [f"{name!r} stands there {count} times" for name, count in counts.items() if count > 1]
    if wrong:
        raise ValueError(f"{variable}: {'; '.join(wrong)}")
    return names


def _is_version(name: str) -> bool:
    return re.fullmatch(PROMPT_VERSION_PATTERN, name) is not None
