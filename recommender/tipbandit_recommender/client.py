"""The five routes as five methods, with the service's own contracts as types.

What is sent was checked when its model was built. What comes back is checked as strictly, but for one thing: fields
this version does not know are dropped unread, so that a newer service may answer more without breaking older callers.
"""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

import httpx
from pydantic import ValidationError

from tipbandit.contracts.fields import Wire
from tipbandit.contracts.generate import GenerateRequest, GenerateResponse
from tipbandit.contracts.reset import ResetRequest, ResetResponse
from tipbandit.contracts.reward import RewardRequest, RewardResponse
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.contracts.stats import StatsRequest, StatsResponse
from tipbandit_recommender.errors import NotAnsweredError, UnreadableAnswerError, refused
from tipbandit_recommender.retries import (
    RETRIES,
    TIMEOUTS,
    Limit,
    Retries,
    Rule,
    Timeouts,
    unless_carried_out,
    unless_paid_for,
    whenever_passing,
)

MAX_ANSWER_BYTES: Final = 1 << 20
"""Many times the largest answer there is."""
_POLICY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}(/[A-Za-z0-9][A-Za-z0-9._-]{0,63})?")
_NEVER_SENT: Final = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol,
)  # fmt: skip

A = TypeVar("A", bound=Wire)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call(Generic[A]):
    """One call, as often as it has to be made."""

    method: str
    path: str
    answer: type[A]
    limit: Limit
    may_repeat: Rule
    body: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def route(self) -> str:
        """The call in messages: without the query string, which names the user."""
        return f"{self.method} {self.path}"


class Client:
    """The service at an address. Its connections are kept, and it may be shared by threads; close it, or use ``with``.

    Every method raises, besides the ``TipbanditClientError``s, ``pydantic.ValidationError`` for a user id and
    ``ValueError`` for a policy key that no service could know; then nothing was sent.
    """

    def __init__(
        self,
        url: str,
        *,
        auth: httpx.Auth | None = None,
        timeouts: Timeouts = TIMEOUTS,
        retries: Retries = RETRIES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Call the service at ``url``.

        The environment is not asked (``trust_env=False``): a proxy or .netrc meant for the internet must not see signed
        requests to an API of one's own. For a proxy or certificates give a ``transport``.

        Raises:
            ValueError: if that is no address.
        """
        self._http = httpx.Client(base_url=_address(url), auth=auth, transport=transport, trust_env=False)
        self._timeouts = timeouts
        self._retries = retries

    def __enter__(self) -> Self:
        self._http.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.__exit__(kind, error, trace)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def generate(self, request: GenerateRequest) -> GenerateResponse:
        """Have tips written for a moment."""
        rule = unless_carried_out if request.fallback else unless_paid_for
        return self._post("/generate", request, GenerateResponse, limit=self._timeouts.generate, rule=rule)

    def score(self, request: ScoreRequest, policy: str | None = None) -> ScoreResponse:
        """Ask which tip to show; of ``policy``, such as egreedy/v2, or of the service's own choice."""
        path, limit = _path("score", policy), self._timeouts.score
        return self._post(path, request, ScoreResponse, limit=limit, rule=whenever_passing)

    def reward(self, request: RewardRequest, policy: str | None = None) -> RewardResponse:
        """Say how a decision turned out; ``policy`` only where the decision token was lost.

        ``applied`` is false where the decision had been rewarded before; after a lost answer that may have been by this
        very call.
        """
        path, limit = _path("reward", policy), self._timeouts.reward
        return self._post(path, request, RewardResponse, limit=limit, rule=whenever_passing)

    def stats(self, user_id: str, policy: str | None = None) -> StatsResponse:
        """Ask what was learned about a user, by ``policy`` or by all of them."""
        call = _Call(
            method="GET",
            path=_path("stats", policy),
            answer=StatsResponse,
            limit=self._timeouts.stats,
            may_repeat=whenever_passing,
            query={"user_id": StatsRequest(user_id=user_id).user_id},
        )
        return self._made(call)

    def reset(self, user_id: str) -> ResetResponse:
        """Have all policies forget a user."""
        request = ResetRequest(user_id=user_id)
        return self._post("/reset", request, ResetResponse, limit=self._timeouts.reset, rule=unless_carried_out)

    def _post(self, path: str, request: Wire, answer: type[A], *, limit: Limit, rule: Rule) -> A:
        body = request.model_dump_json(exclude_none=True)
        return self._made(_Call(method="POST", path=path, answer=answer, limit=limit, may_repeat=rule, body=body))

    def _made(self, call: _Call[A]) -> A:
        return self._retries.run(lambda: self._attempt(call), call.limit, call.may_repeat)

    def _attempt(self, call: _Call[A]) -> A:
        try:
            response, body = self._exchange(call)
        except httpx.HTTPError as error:
            sent = not isinstance(error, _NEVER_SENT)
            raise NotAnsweredError(call.route, type(error).__name__, maybe_carried_out=sent) from error
        if response.status_code != httpx.codes.OK:
            raise refused(call.route, response.status_code, body, response.headers.get("retry-after"))
        try:
            return call.answer.model_validate_json(body, extra="ignore")
        except ValidationError as error:  # which quotes the answer, and so is no cause to keep
            raise UnreadableAnswerError(call.route, _problems(error)) from None

    def _exchange(self, call: _Call[A]) -> tuple[httpx.Response, bytes]:
        """Send a request and return the answer, and its body whole."""
        connect_s = min(self._timeouts.connect_s, call.limit.attempt_s)
        timeout = httpx.Timeout(call.limit.attempt_s, connect=connect_s, pool=connect_s)
        ends = self._retries.clock() + call.limit.attempt_s
        headers = {"accept": "application/json"} | ({} if call.body is None else {"content-type": "application/json"})
        with self._http.stream(
            call.method, call.path, content=call.body, params=call.query or None, headers=headers, timeout=timeout
        ) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise UnreadableAnswerError(call.route, [f"it has more than {MAX_ANSWER_BYTES} bytes"])
                if self._retries.clock() > ends:  # a time-out of a socket begins anew with every byte
                    raise httpx.ReadTimeout("the answer did not end in time", request=response.request)
            return response, bytes(body)


def _address(url: str) -> httpx.URL:
    with contextlib.suppress(httpx.InvalidURL):
        address = httpx.URL(url)
        if address.scheme in {"http", "https"} and address.host and not address.query and not address.fragment:
            return address
    raise ValueError("the address must be http(s)://host, maybe with a port and a path")


def _path(name: str, policy: str | None) -> str:
    if policy is None:
        return f"/{name}"
    if not _POLICY.fullmatch(policy):
        raise ValueError("a policy key is a name, or a name and a version, such as egreedy/v2")
    return f"/{name}/{policy}"


def _problems(error: ValidationError) -> list[str]:
    """Name every wrong field, and nothing of what stands there."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [f"{'.'.join(map(str, each['loc'])) or 'the body'}: {each['msg']}" for each in found]
