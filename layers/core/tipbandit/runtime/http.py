"""API Gateway HTTP API events (payload 2.0) -> requests, and models -> answers."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from tipbandit.callers import Caller
from tipbandit.errors import ForbiddenError, InvalidFieldsError, MalformedBodyError, PayloadTooLargeError, Violation
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import resolve

MAX_BODY_BYTES: Final = 256 * 1024
MAX_VIOLATIONS: Final = 1000
"""More wrong fields than an honest mistake has: the rest are counted, not named, so that the answer stays small."""
_MAX_FIELD_CHARS: Final = 200

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, as a route sees it.

    Attributes:
        event: the payload-2.0 event.
        remaining_s: seconds until Lambda ends the invocation.
    """

    event: Mapping[str, Any]
    remaining_s: float

    def named_policy(self) -> Policy | None:
        """Return the policy the path names, None where it names none.

        Raises:
            UnknownPolicyError: if it names one that is not registered.
        """
        path = self.event.get("pathParameters") or {}
        return resolve(path["policy"], path.get("version")) if "policy" in path else None

    def caller(self) -> Caller:
        """Return on whose behalf the request is made, as the authoriser says.

        The stage variables ``user_claim`` and ``tenant_claim`` name the claims of the JSON web token that bind its
        bearer to one user and one tenant. Where neither is set, a caller speaks for all users.

        Raises:
            ForbiddenError: if a claim that must be there is not, or is no fit identifier.
        """
        named = self.event.get("stageVariables") or {}
        return Caller(tenant=self._claim(named.get("tenant_claim")), user=self._claim(named.get("user_claim")))

    def _claim(self, name: object) -> str | None:
        if not name:
            return None
        authorizer = self.event.get("requestContext", {}).get("authorizer") or {}
        value = (authorizer.get("jwt") or {}).get("claims", {}).get(str(name))
        if not isinstance(value, str):
            raise ForbiddenError("the authoriser does not say for whom the caller may speak")
        return value

    def json(self, model: type[M]) -> M:
        """Return the body as a model.

        Raises:
            InvalidRequestError: if it is too large, not JSON, or some fields are wrong.
        """
        try:
            return model.model_validate_json(self._body())
        except ValidationError as error:
            raise _refusal(error) from None

    def query(self, model: type[M]) -> M:
        """Return the query string as a model.

        Raises:
            InvalidFieldsError: if some parameters are wrong.
        """
        try:
            return model.model_validate(self.event.get("queryStringParameters") or {})
        except ValidationError as error:
            raise _refusal(error) from None

    def _body(self) -> bytes:
        text = self.event.get("body") or ""
        if len(text) > MAX_BODY_BYTES * 4 // 3 + 4:
            raise PayloadTooLargeError(f"the body may have {MAX_BODY_BYTES} bytes")
        body = _from_base64(text) if self.event.get("isBase64Encoded") else text.encode("utf-8", "surrogatepass")
        if len(body) > MAX_BODY_BYTES:
            raise PayloadTooLargeError(f"the body may have {MAX_BODY_BYTES} bytes")
        if not body.strip():
            raise MalformedBodyError("the body is empty; it must be a JSON object")
        return body


def answer(status: int, body: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return a payload-2.0 answer whose body is JSON text."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **(headers or {})},
        "body": body,
        "isBase64Encoded": False,
    }


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedBodyError("the body is marked as base64 and is not") from error


def _refusal(error: ValidationError) -> MalformedBodyError | InvalidFieldsError:
    """Name every wrong field, and never what was sent."""
    violations: list[Violation] = []
    for each in error.errors(include_url=False, include_input=False):
        if each["type"] == "json_invalid":
            return MalformedBodyError(f"the body is not JSON: {each['ctx']['error']}")
        fields: Mapping[str, str] | None = each.get("ctx", {}).get("fields")
        if fields is not None:
            violations += [Violation(field, problem) for field, problem in fields.items()]
        else:
            where = ".".join(str(part) for part in each["loc"])[:_MAX_FIELD_CHARS] or "body"
            violations.append(Violation(where, each["msg"]))
    if (more := len(violations) - MAX_VIOLATIONS) > 0:
        violations[MAX_VIOLATIONS:] = [Violation("body", f"has {more} more wrong fields")]
    return InvalidFieldsError(violations)
