"""The environment variables, read once."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tipbandit.adapters.aws import Timeouts
from tipbandit.errors import SettingsError
from tipbandit.policies.prior import VERSION_PATTERN
from tipbandit.policies.registry import POLICIES

_DAY_MS = 86_400_000

T = TypeVar("T", bound=str)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a function is told by its environment.

    Attributes:
        state_table: name of the DynamoDB table (STATE_TABLE).
        token_secret_id: name or ARN of the secret with the token keys (TOKEN_SECRET_ID); empty where none is needed.
        window_ms: for how long a decision can be rewarded (REWARD_WINDOW_DAYS, default 7).
        timeouts: of one SDK call (STORE_CONNECT_TIMEOUT_MS, STORE_READ_TIMEOUT_MS, default 500 each).
        deadline_s: for how long a use case may go on trying (DEADLINE_MS, default 3000).
        prior_bucket: name of the bucket with the priors (PRIOR_BUCKET); empty where there are none.
        priors: version that new users start from, by policy key (PRIORS, such as "linucb/v1=2026-11 egreedy/v2=a").
    """

    state_table: str
    token_secret_id: str
    window_ms: int
    timeouts: Timeouts
    deadline_s: float
    prior_bucket: str = ""
    priors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_env(cls, *, needs_keys: bool, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings.

        Args:
            needs_keys: whether the function signs or verifies tokens.
            env: where to read.

        Raises:
            SettingsError: naming every variable that is missing or wrong.
        """
        reading = Reading(env)
        settings = cls(
            state_table=reading.text("STATE_TABLE"),
            token_secret_id=reading.text("TOKEN_SECRET_ID") if needs_keys else "",
            window_ms=reading.positive("REWARD_WINDOW_DAYS", 7) * _DAY_MS,
            timeouts=reading.timeouts(),
            deadline_s=reading.positive("DEADLINE_MS", 3000) / 1000,
            prior_bucket=env.get("PRIOR_BUCKET", ""),
            priors=reading.priors(),
        )
        reading.check()
        return settings


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads variables, and remembers in ``wrong`` what is wrong with each."""

    env: Mapping[str, str]
    wrong: list[str] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        """Return a text; one that has neither value nor default is wrong."""
        value = self.env.get(name) or default
        if not value:
            self.wrong.append(f"{name} is not set")
        return value

    def positive(self, name: str, default: int) -> int:
        """Return a positive whole number."""
        text = self.env.get(name) or str(default)
        if not text.isdecimal() or int(text) == 0:
            self.wrong.append(f"{name} must be a positive whole number")
            return default
        return int(text)

    def one_of(self, name: str, allowed: Sequence[T], default: T) -> T | None:
        """Return one of the texts that are allowed; None where it is wrong."""
        value = self.env.get(name) or default
        for each in allowed:
            if each == value:
                return each
        self.wrong.append(f"{name} must be one of {', '.join(allowed)}")
        return None

    def priors(self) -> Mapping[str, str]:
        """Return the versions of the priors by policy key."""
        pairs = [pair.partition("=") for pair in self.env.get("PRIORS", "").replace(",", " ").split()]
        found = {key: version for key, _, version in pairs}
        if len(found) < len(pairs) or not all(
            key in POLICIES and re.fullmatch(VERSION_PATTERN, version) for key, version in found.items()
        ):
            self.wrong.append(
                "PRIORS must be pairs such as linucb/v1=2026-11 of a policy of this service and a version"
            )
        elif found and not self.env.get("PRIOR_BUCKET"):
            self.wrong.append("PRIOR_BUCKET must be set where PRIORS is")
        return found

    def timeouts(self) -> Timeouts:
        """Return the time-outs of one call to the table."""
        return Timeouts(
            connect_ms=self.positive("STORE_CONNECT_TIMEOUT_MS", 500),
            read_ms=self.positive("STORE_READ_TIMEOUT_MS", 500),
        )

    def check(self) -> None:
        """Refuse what was wrong.

        Raises:
            SettingsError: naming every variable that is missing or wrong.
        """
        if self.wrong:
            raise SettingsError("; ".join(self.wrong))
