"""Everything that can go wrong between a caller and the service, as one tree.

::

    TipbanditClientError
    ├── SigningError                the request could not be signed, and was not sent
    ├── NotAnsweredError            no answer: nobody there, hung up, cut short, out of time
    ├── UnreadableAnswerError       the answer says 200 and is not what the contract says
    └── RefusedError                an answer with an error; itself for 500 and what else there is
        ├── InvalidRequestError     400, 413, 422: the request is wrong and always will be
        ├── ForbiddenError          401, 403: API Gateway does not let this caller in
        ├── UnknownError            404: no such policy, prompt version or route
        ├── RewardRefusedError      409, 410: the reward can never be applied; drop it
        ├── TooManyError            429: throttled, or a ceiling is reached
        └── UnavailableError        502, 503, 504: the service failed; try again later

No message contains what was sent, nor the text of a tip.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http.client import responses
from typing import Annotated, Final

from pydantic import BaseModel, Field, ValidationError

from tipbandit.contracts.error import Detail

MOST_NAMED: Final = 5
"""Wrong fields that a message names; ``details`` has them all."""
_CHANGED_NOTHING: Final = frozenset({"unavailable", "state_corrupt", "prompt_invalid"})
_UNSETTLED: Final = (2, 5)
"""Hundreds of a status that leave it open what was done: a success nobody promised, and a fault of the server."""
_UNAVAILABLE: Final = 503
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
"""What API Gateway and other front doors answer for themselves, without a code, and may not answer next time."""


class TipbanditClientError(Exception):
    """The root of the tree.

    Attributes:
        maybe_carried_out: whether the service may have done what it was asked to do.
        is_passing: whether the same request may succeed a moment later.
    """

    maybe_carried_out: bool = False
    is_passing: bool = False


class SigningError(TipbanditClientError):
    """There are no credentials to sign with, or they could not be refreshed; nothing was sent."""


class NotAnsweredError(TipbanditClientError):
    """No whole answer came; ``reason`` is the kind of fault, and its ``__cause__`` the fault itself."""

    def __init__(self, route: str, reason: str, *, maybe_carried_out: bool = True) -> None:
        super().__init__(route, reason)
        self.route = route
        self.reason = reason
        self.maybe_carried_out = maybe_carried_out
        self.is_passing = True

    def __str__(self) -> str:
        outcome = "it may have been carried out" if self.maybe_carried_out else "it was not carried out"
        return f"{self.route} was not answered ({self.reason}); {outcome}"


class UnreadableAnswerError(TipbanditClientError):
    """The answer says 200 and is not what the contract says: another service's, or another major version's."""

    def __init__(self, route: str, problems: Sequence[str]) -> None:
        super().__init__(route, problems)
        self.route = route
        self.problems = tuple(problems)
        self.maybe_carried_out = True

    def __str__(self) -> str:
        return f"{self.route} answered 200, but not by the contract: {'; '.join(self.problems[:MOST_NAMED])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a refusing answer says.

    Attributes:
        status: the HTTP status.
        code: the service's stable code, also one this client has never heard of; None where somebody else answered.
        message: for people.
        details: every wrong field, for ``invalid_fields``.
        retry_after_s: the seconds after which to come back, where the answer says so.
    """

    status: int
    code: str | None = None
    message: str = ""
    details: tuple[Detail, ...] = ()
    retry_after_s: float | None = None


class RefusedError(TipbanditClientError):
    """The service, or what stands in front of it, answered with an error: see ``Refusal`` for the attributes."""

    def __init__(self, route: str, refusal: Refusal) -> None:
        super().__init__(route, refusal)
        self.route = route
        self.status = refusal.status
        self.code = refusal.code
        self.message = refusal.message
        self.details = refusal.details
        self.retry_after_s = refusal.retry_after_s
        self.maybe_carried_out = self.status // 100 in _UNSETTLED and self.code not in _CHANGED_NOTHING
        self.is_passing = self.status in _PASSING if self.code is None else self.status == _UNAVAILABLE

    def __str__(self) -> str:
        if self.code is None:  # whoever wrote this message promised nothing about what it repeats
            return f"{self.route} answered {self.status} {responses.get(self.status, '')}".rstrip()
        named = [f"{each.field}: {each.problem}" for each in self.details[:MOST_NAMED]]
        return f"{self.route} answered {self.status} {self.code}: {'; '.join([self.message, *named])}"


class InvalidRequestError(RefusedError):
    """The request itself is wrong; ``details`` names every wrong field."""


class ForbiddenError(RefusedError):
    """API Gateway does not let the caller in: no signature or token, a wrong one, or not allowed on this route."""


class UnknownError(RefusedError):
    """There is no such policy, prompt version or route."""


class RewardRefusedError(RefusedError):
    """The decision is older than the reward window, or than the user's last reset: drop the reward."""


class TooManyError(RefusedError):
    """Throttled (no ``code``), or a ceiling is reached: ``token_ceiling``, ``too_many_rewards``."""


class UnavailableError(RefusedError):
    """The service or a dependency of it failed; ``maybe_carried_out`` says whether something may have changed."""


_BY_STATUS: Final[dict[int, type[RefusedError]]] = {
    **dict.fromkeys((400, 413, 422), InvalidRequestError),
    **dict.fromkeys((401, 403), ForbiddenError),
    404: UnknownError,
    **dict.fromkeys((409, 410), RewardRefusedError),
    429: TooManyError,
    **dict.fromkeys((502, 503, 504), UnavailableError),
}


class _Said(BaseModel):
    code: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
    message: str
    details: tuple[Detail, ...] | None = None


class _Body(BaseModel):
    """``contracts.error.ErrorResponse`` as a newer service may write it: with other codes and more fields."""

    error: _Said


class _FrontDoor(BaseModel):
    """What API Gateway says where the service was never asked."""

    message: str = ""


def refused(route: str, status: int, body: bytes, retry_after: str | None = None) -> RefusedError:
    """Return the error of an answer that is not 200; of a ``Retry-After`` only whole seconds are understood."""
    seconds = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
    kind = _BY_STATUS.get(status, RefusedError)
    try:
        said = _Body.model_validate_json(body, extra="ignore").error
    except ValidationError:
        return kind(route, Refusal(status=status, message=_front_door(body), retry_after_s=seconds))
    details = said.details or ()
    return kind(
        route,
        Refusal(status=status, code=said.code, message=said.message, details=details, retry_after_s=seconds),
    )


def _front_door(body: bytes) -> str:
    try:
        return _FrontDoor.model_validate_json(body).message
    except ValidationError:
        return ""
