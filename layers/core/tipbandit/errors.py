"""Everything that can go wrong, as one tree.

::

    TipbanditError
    ├── InvalidRequestError             the caller must change the request
    │   ├── MalformedBodyError          the body is not JSON at all
    │   ├── PayloadTooLargeError        the body is larger than the service reads
    │   └── InvalidFieldsError          JSON, but some fields are wrong: all of them are named
    ├── ForbiddenError                  the caller may not speak for this user
    ├── UnknownPolicyError              the path names a policy that is not registered
    ├── UnknownPromptError              no prompt version of that name is published
    ├── InvalidPromptError              a prompt version cannot be used: all that is wrong with it is named
    ├── PromptExistsError               the version is published already (never leaves the command line)
    ├── PriorUnusableError              a prior is missing, or is not one of its policy: the plain ridge takes its place
    ├── RewardRefusedError              the reward can never be applied
    │   ├── DecisionBeforeResetError    its decision was made before the user was reset
    │   └── DecisionExpiredError        its decision is older than the reward window
    ├── TooManyRewardsError             the user has as many rewards inside the window as a state can remember
    ├── TokenCeilingError               the user has used up the language model's tokens of the day
    ├── StateCorruptError               a stored state cannot be used: reported, never replaced
    │   └── StateDamagedError           its bytes failed their check: set aside by the next reward
    ├── UnavailableError                a dependency failed and nothing was changed: try again
    │   ├── StoreUnavailableError       the state store failed or timed out
    │   ├── KeysUnavailableError        the token keys could not be read
    │   ├── PriorsUnavailableError      the priors could not be read: the plain ridge takes their place
    │   ├── PromptsUnavailableError     the prompt registry failed or timed out
    │   └── ModelUnavailableError       the language model failed, refused, timed out or answered nothing usable
    ├── OutcomeUnknownError             the write may or may not have been committed: trying again is safe
    ├── ConflictError                   somebody else wrote this state first (never leaves a use case)
    ├── UnknownKeyError                 a token names a key this process has not seen (never leaves a use case)
    └── SettingsError                   the environment variables are wrong

A caller's mistake is an ``InvalidRequestError``; none of these messages contains what the caller sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class TipbanditError(Exception):
    """The root of the tree."""


class InvalidRequestError(TipbanditError):
    """The request itself is wrong; the same request will always be refused."""


class MalformedBodyError(InvalidRequestError):
    """The body cannot be read as JSON."""


class PayloadTooLargeError(InvalidRequestError):
    """The body is larger than the service is willing to read."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One wrong field: where it is and what is wrong with it, without the value that was sent."""

    field: str
    problem: str


class InvalidFieldsError(InvalidRequestError):
    """One or more fields are wrong; ``violations`` names every one of them."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(f"{each.field}: {each.problem}" for each in violations))
        self.violations = tuple(violations)


class ForbiddenError(TipbanditError):
    """The caller may not speak for the user, or the authoriser does not say for whom it may."""


class UnknownPolicyError(TipbanditError):
    """The path names a policy that is not registered; the message lists those that are."""


class UnknownPromptError(TipbanditError):
    """No prompt version of that name is published; the message lists those that are."""


class InvalidPromptError(TipbanditError):
    """A prompt version cannot be used; ``problems`` names all that is wrong with it."""

    def __init__(self, version: str, problems: Sequence[str]) -> None:
        super().__init__(f"prompt {version} cannot be used: {'; '.join(problems)}")
        self.problems = tuple(problems)


class PromptExistsError(TipbanditError):
    """The version is published already: a version is published once and never overwritten."""


class PriorUnusableError(TipbanditError):
    """A prior is missing or cannot be used; ``problems`` names all that is wrong with it."""

    def __init__(self, version: str, problems: Sequence[str]) -> None:
        super().__init__(f"prior {version} cannot be used: {'; '.join(problems)}")
        self.problems = tuple(problems)


class RewardRefusedError(TipbanditError):
    """The reward can never be applied."""


class DecisionBeforeResetError(RewardRefusedError):
    """The decision was made before the user was reset, so it must not teach the state after it."""


class DecisionExpiredError(RewardRefusedError):
    """The decision is older than the reward window, so whether it was rewarded is no longer known."""


class TooManyRewardsError(TipbanditError):
    """The state remembers as many rewarded decisions as it can hold; older ones leave with the reward window."""


class TokenCeilingError(TipbanditError):
    """The user has used up the language model's tokens of the day; ``retry_after_s`` says when the next begins."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StateCorruptError(TipbanditError):
    """A stored state cannot be used: it is damaged, or another version of this service wrote it."""


class StateDamagedError(StateCorruptError):
    """A stored state failed its check: no version of this service can use it."""


class UnavailableError(TipbanditError):
    """A dependency failed and nothing was changed."""


class StoreUnavailableError(UnavailableError):
    """The state store failed, throttled or timed out.

    ``maybe_committed`` is true where a write was sent and its answer never arrived.
    """

    def __init__(self, message: str, *, maybe_committed: bool = False) -> None:
        super().__init__(message)
        self.maybe_committed = maybe_committed


class KeysUnavailableError(UnavailableError):
    """The token keys could not be read."""


class PriorsUnavailableError(UnavailableError):
    """The priors could not be read."""


class PromptsUnavailableError(UnavailableError):
    """The prompt registry failed or timed out."""


class ModelUnavailableError(UnavailableError):
    """The language model failed, refused, timed out or answered nothing usable.

    ``passing`` is true where another attempt may succeed: throttling, time-outs and faults of the server.
    ``maybe_charged`` is true where the model may have been at work, and paid for, when the answer was lost.
    """

    def __init__(self, message: str, *, passing: bool = False, maybe_charged: bool = False) -> None:
        super().__init__(message)
        self.passing = passing
        self.maybe_charged = maybe_charged


class OutcomeUnknownError(TipbanditError):
    """The last write may or may not have been committed; sending the same request again is safe."""


class ConflictError(TipbanditError):
    """The state changed between read and write; read again and retry."""


class UnknownKeyError(TipbanditError):
    """A token is signed with a key id that the key ring does not hold."""


class SettingsError(TipbanditError):
    """The environment variables are missing or wrong; the message names every one of them."""
