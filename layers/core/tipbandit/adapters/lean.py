"""Calls of AWS services that speak JSON, without the SDK: its import alone is most of a cold start.

A ``LeanClient`` takes and returns what the SDK's client does, and fails with the SDK's errors, so that whoever calls
cannot tell them apart. It is for a Lambda environment as Lambda makes them: credentials and region in the environment
variables, the public endpoint or one that is given. ``fits`` says where that is so; anywhere else the SDK serves.

Source: the protocols "AWS JSON 1.0" and "1.1" (Smithy specification).
"""

import json
import os
import re
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from pydantic_core import from_json

from tipbandit.adapters.connection import Answer, Connection, Endpoint
from tipbandit.adapters.signing import Credentials, Signer
from tipbandit.adapters.timeouts import Timeouts
from tipbandit.ports import Meanwhile, nothing

T = TypeVar("T")
Variables = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Service:
    """What the wire has to know of a service."""

    target: str
    content_type: str
    endpoint_variable: str


SERVICES: Final[Mapping[str, Service]] = {
    "dynamodb": Service("DynamoDB_20120810", "application/x-amz-json-1.0", "AWS_ENDPOINT_URL_DYNAMODB"),
    "secretsmanager": Service("secretsmanager", "application/x-amz-json-1.1", "AWS_ENDPOINT_URL_SECRETS_MANAGER"),
}
_NEEDED: Final = ("AWS_LAMBDA_FUNCTION_NAME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
_SAYS_MORE: Final = (
    "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY",
    "http_proxy", "ALL_PROXY", "all_proxy",
)  # fmt: skip
"""Variables that the SDK heeds and this client does not."""
_NOTHING: Final = (None, "", os.devnull)
"""Of a variable: not set, or set to a file with nothing in it."""
_PUBLIC_REGION: Final = re.compile(r"(af|ap|ca|eu|il|me|mx|sa|us)-(north|south|east|west|central)+-\d")
"""Regions whose endpoints end in amazonaws.com; those of other partitions do not."""
_METHOD: Final = re.compile(r"(?:^|_)([a-z])")
_REFUSED: Final = 300
_SERVER_FAULT: Final = 500
_THROTTLES: Final = frozenset({"ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"})
_PAUSE_S: Final = 0.05


class ForeignAnswerError(BotoCoreError):
    """An answer is not the service's: taken for an empty one, it would be said that a write was carried out."""

    fmt = "the answer is not the service's"


def fits(service: str, variables: Variables) -> bool:
    """Tell whether a ``LeanClient`` of a service does what the SDK's would do here."""
    return service in SERVICES and says_all(SERVICES[service].endpoint_variable, variables)


def says_all(endpoint_variable: str, variables: Variables) -> bool:
    """Tell whether the environment says all that a client needs, and nothing that only the SDK heeds."""
    if any(variables.get(name) not in _NOTHING for name in _SAYS_MORE) or not all(
        variables.get(name) for name in _NEEDED
    ):
        return False
    given = given_endpoint(endpoint_variable, variables)
    return bool(given) or _PUBLIC_REGION.fullmatch(variables["AWS_REGION"]) is not None


def given_endpoint(endpoint_variable: str, variables: Variables) -> str:
    """Return the address that is given for a service in the place of the public one, "" where none is."""
    return variables.get(endpoint_variable) or variables.get("AWS_ENDPOINT_URL") or ""


def credentials_of(variables: Variables) -> Credentials:
    """Return who signs, where ``says_all``."""
    token = variables.get("AWS_SESSION_TOKEN", "")
    return Credentials(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], token)


def endpoint_at(url: str) -> Endpoint:
    """Return the endpoint at an address."""
    parts = urlsplit(url)
    is_secure = parts.scheme == "https"
    return Endpoint(parts.hostname or "", parts.port or (443 if is_secure else 80), is_secure)


class LeanClient:
    """A client of one service: ``client.get_item(TableName=..., ...)`` and so on, as the SDK's."""

    def __init__(
        self, name: str, timeouts: Timeouts, variables: Variables, *, attempts: int, keeps_connections: bool
    ) -> None:
        """Make a client where ``fits``; nothing is connected yet."""
        self._service = SERVICES[name]
        region = variables["AWS_REGION"]
        self._signer = Signer(credentials_of(variables), name, region)
        given = given_endpoint(self._service.endpoint_variable, variables)
        endpoint = endpoint_at(given or f"https://{name}.{region}.amazonaws.com")
        self._authority = endpoint.authority
        self._connection = Connection(endpoint, timeouts, is_kept=keeps_connections)
        self._attempts = attempts

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        """Return the method of an operation, ``get_item`` for GetItem."""
        if method.startswith("_"):
            raise AttributeError(method)
        operation = _METHOD.sub(lambda letter: letter[1].upper(), method)

        def call(**parameters: Any) -> dict[str, Any]:  # noqa: ANN401  the SDK's own
            return self.call(operation, parameters)

        vars(self)[method] = call  # once: from now on it is found without this
        return call

    def get_paginator(self, method: str) -> "Paginator":
        """Return what calls a method for page after page."""
        return Paginator(getattr(self, method))

    def call(self, operation: str, parameters: Mapping[str, Any], meanwhile: Meanwhile = nothing) -> dict[str, Any]:
        """Carry out an operation by its own name; ``meanwhile`` is called whenever an answer is awaited."""
        body = json.dumps(parameters, default=_packed).encode()
        return repeated(lambda: self._asked(operation, body, meanwhile), self._attempts)

    def _asked(self, operation: str, body: bytes, meanwhile: Meanwhile) -> dict[str, Any]:
        service = self._service
        headers = {
            "content-type": service.content_type,
            "host": self._authority,
            "x-amz-target": f"{service.target}.{operation}",
        }
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        return _read(self._connection.post(self._signer.signed(headers, body, at), body, meanwhile), operation)


@dataclass(frozen=True, slots=True)
class Paginator:
    """The SDK's paginator, for operations whose pages begin where DynamoDB's last key says."""

    call: Callable[..., dict[str, Any]]

    def paginate(self, **parameters: Any) -> "Pages":  # noqa: ANN401  the SDK's own
        """Return the pages; nothing is asked yet."""
        return Pages(self.call, parameters)


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one question, which is asked anew whenever they are gone through, as the SDK's are.

    A generator would be over after a page that failed: going through it again would find no pages, and no fault.
    """

    call: Callable[..., dict[str, Any]]
    parameters: Mapping[str, Any]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Ask for page after page."""
        page = self.call(**self.parameters)
        yield page
        while "LastEvaluatedKey" in page:
            page = self.call(**self.parameters, ExclusiveStartKey=page["LastEvaluatedKey"])
            yield page


def repeated(ask: Callable[[], T], attempts: int) -> T:
    """Return what ``ask`` returns, asking at most so often while another attempt may succeed."""
    for attempt in range(1, attempts):
        try:
            return ask()
        except (BotoCoreError, ClientError) as error:
            if not _is_passing(error):
                raise
            time.sleep(_PAUSE_S * 2**attempt)
    return ask()


def _packed(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no place in a request")


def _read(answer: Answer, operation: str) -> dict[str, Any]:
    """Return what an answer says.

    Raises:
        ClientError: if the service refused.
        ForeignAnswerError: if somebody else answered.
    """
    try:
        said = _unpacked(from_json(answer.body, allow_inf_nan=False)) if answer.body else {}
    except ValueError:
        said = None
    if answer.status >= _REFUSED:
        raise ClientError(_refusal(answer.status, said if isinstance(said, dict) else {}), operation)
    if not isinstance(said, dict) or not answer.body:
        raise ForeignAnswerError
    return said


def _unpacked(value: Any) -> Any:  # noqa: ANN401  whatever JSON can say
    """Decode DynamoDB's binary attributes; nothing else on these wires is an object with one text named B."""
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(binary := value.get("B"), str):
            return {"B": b64decode(binary, validate=True)}
        return {name: _unpacked(each) for name, each in value.items()}
    return [_unpacked(each) for each in value] if isinstance(value, list) else value


def _refusal(status: int, said: Mapping[str, Any]) -> Any:  # noqa: ANN401  its stubs want a type of their own
    code = str(said.get("__type") or said.get("code") or "").rpartition("#")[2].partition(":")[0]
    message = str(said.get("message") or said.get("Message") or "")
    reasons = {"CancellationReasons": said["CancellationReasons"]} if "CancellationReasons" in said else {}
    return {
        "Error": {"Code": code or str(status), "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **reasons,
    }


def _is_passing(error: Exception) -> bool:
    """Tell whether another attempt may succeed."""
    if not isinstance(error, ClientError):
        return True
    refused = error.response
    return bool(
        refused["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_FAULT or refused["Error"]["Code"] in _THROTTLES
    )
