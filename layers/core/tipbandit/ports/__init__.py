"""What the use cases need from the world, as protocols. ``adapters`` fulfils them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from tipbandit.contracts.events import Event
from tipbandit.decisions import KeyRing
from tipbandit.policies.policy import Policy
from tipbandit.policies.prior import Prior


@dataclass(frozen=True, slots=True)
class Record:
    """One stored state as the store sees it.

    Attributes:
        blob: the encoded snapshot; None where there is none (never written, or reset).
        ver: goes up by one with every write; 0 where there is no item.
        epoch: the Unix milliseconds of the last reset; 0 before any.
        updated_at_ms: when it was written, in Unix milliseconds; None where there is no item.
        prior: version of the population prior the user started from; None for the plain ridge, and where there is no
            blob.
    """

    blob: bytes | None = None
    ver: int = 0
    epoch: int = 0
    updated_at_ms: int | None = None
    prior: str | None = None


ABSENT = Record()


Meanwhile = Callable[[], object]
"""Work that can be done at any moment, however often; whoever needs what comes of it calls it too."""


def nothing() -> None:
    """Do nothing meanwhile."""


class StateStore(Protocol):
    """Where states live: one record a user and policy."""

    def read(self, user_id: str, policy: str, *, consistent: bool, meanwhile: Meanwhile = nothing) -> Record:
        """Return the record, ``ABSENT`` if there is none.

        A consistent read sees every write acknowledged before it; the other costs half and may lag by moments. What is
        to be done in any case may be done ``meanwhile``, as the answer is on its way: never, once or more often.

        Raises:
            StoreUnavailableError: if the store fails or times out.
            StateCorruptError: if what is stored is no record at all.
        """
        ...

    def read_all(self, user_id: str) -> Mapping[str, Record]:
        """Return all records of a user by policy key, consistently.

        Raises:
            StoreUnavailableError: if the store fails or times out.
            StateCorruptError: if something stored is no record at all.
        """
        ...

    def replace(self, user_id: str, policy: str, *, old: Record, new: Record) -> None:
        """Write ``new`` if the stored record still is ``old``; one conditional write.

        Raises:
            ConflictError: if it is not: nothing was written.
            StoreUnavailableError: if the store fails or times out; ``maybe_committed`` says if it may have written.
        """
        ...

    def bury(self, user_id: str, tombstones: Mapping[str, tuple[Record, Record]], *, expires_at_ms: int) -> None:
        """Replace several records, each ``(old, new)``, by tombstones in one transaction: all or none.

        Tombstones vanish by themselves some time after ``expires_at_ms``.

        Raises:
            ConflictError: if one of the stored records is no longer the old one: nothing was written.
            StoreUnavailableError: as for ``replace``.
        """
        ...

    def set_aside(  # noqa: PLR0913  two records, each with its own end
        self, user_id: str, policy: str, *, old: Record, new: Record, keep_until_ms: int, expires_at_ms: int
    ) -> None:
        """Move a damaged record to a key of its own and put a tombstone in its place, in one transaction.

        Args:
            user_id: whose it is.
            policy: key of the policy.
            old: the damaged record; it vanishes by itself some time after ``keep_until_ms``.
            new: the tombstone, which vanishes some time after ``expires_at_ms``.
            keep_until_ms: Unix milliseconds.
            expires_at_ms: Unix milliseconds.

        Raises:
            ConflictError: if the stored record is no longer the old one: nothing was written.
            StoreUnavailableError: as for ``replace``.
        """
        ...


class Keys(Protocol):
    """Where the token keys come from."""

    def ring(self, *, holding: str | None = None) -> KeyRing:
        """Return the key ring; one that lacks the key id ``holding`` is read again first, but not too often.

        Raises:
            KeysUnavailableError: if there is no ring to be had.
        """
        ...


class Priors(Protocol):
    """Where new users start."""

    def current(self, policy: Policy) -> str | None:
        """Return the version that users start from who are new to a policy; None for the plain ridge."""
        ...

    def get(self, policy: Policy, version: str) -> Prior:
        """Return a version. What is published under its name never changes.

        Raises:
            PriorUnusableError: if there is none, or it is none of this policy.
            PriorsUnavailableError: if it cannot be read.
        """
        ...


class Clock(Protocol):
    """Time and chance."""

    def now_ms(self) -> int:
        """Return the Unix time in milliseconds."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def entropy(self, size: int) -> bytes:
        """Return ``size`` random bytes that no other process has."""
        ...


class Counter(StrEnum):
    """What is counted."""

    APPLIED = "Applied"
    DUPLICATE = "Duplicate"
    CONFLICT = "Conflict"
    DEGRADED = "Degraded"
    EXPLORED = "Explored"
    CORRUPT = "Corrupt"
    SET_ASIDE = "SetAside"
    NO_PRIOR = "NoPrior"
    INPUT_TOKENS = "InputTokens"
    OUTPUT_TOKENS = "OutputTokens"
    COST_USD = "CostUSD"
    DROPPED = "Dropped"
    REPAIRED = "Repaired"
    MODEL_FAILED = "ModelFailed"
    BY_RULES = "ByRules"
    CEILING = "Ceiling"

    @property
    def dimension(self) -> str:
        """What the metric is told apart by."""
        return "prompt_version" if self in _OF_PROMPTS else "policy"


_OF_PROMPTS: Final = frozenset(
    {
        Counter.INPUT_TOKENS, Counter.OUTPUT_TOKENS, Counter.COST_USD, Counter.DROPPED, Counter.REPAIRED,
        Counter.MODEL_FAILED, Counter.BY_RULES, Counter.CEILING,
    }
)  # fmt: skip


class Telemetry(Protocol):
    """What the operator and the evaluation get to see.

    ``about`` is a policy key or, where tips are generated, a prompt version.
    """

    def event(self, event: Event) -> None:
        """Log one structured event."""
        ...

    def count(self, counter: Counter, about: str, value: float = 1) -> None:
        """Count something about a policy or a prompt version."""
        ...

    def warn(self, code: str, error: Exception, about: Sequence[str]) -> None:
        """Report a fault that did not stop the answer."""
        ...
