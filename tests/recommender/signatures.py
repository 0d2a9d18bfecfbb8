"""SigV4 from the side that checks it, by AWS's description and not by botocore.

Signature Version 4, "Create a signed AWS API request": https://docs.aws.amazon.com/IAM/latest/UserGuide/
reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>\d{8}/[^/]+/[^/]+/aws4_request), "
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def parse(cls, request: bytes) -> "Received":
        """Take a request apart."""
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return cls(method, target, headers, body)

    @property
    def authorization(self) -> dict[str, str]:
        """The parts of the Authorization header."""
        found = AUTHORIZATION.fullmatch(self.headers["authorization"])
        assert found is not None
        return found.groupdict()

    def is_signed_with(self, secret: str) -> bool:
        """Tell whether the signature is the one this request has under a secret key."""
        return hmac.compare_digest(self.authorization["signature"], self._signature(secret))

    def _signature(self, secret: str) -> str:
        scope = self.authorization["scope"]
        digest = hashlib.sha256(self._canonical().encode()).hexdigest()
        key = f"AWS4{secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        to_sign = "\n".join(["AWS4-HMAC-SHA256", self.headers["x-amz-date"], scope, digest])
        return hmac.digest(key, to_sign.encode(), "sha256").hex()

    def _canonical(self) -> str:
        path, _, query = self.target.partition("?")
        signed = self.authorization["headers"]
        headers = "".join(f"{name}:{self.headers[name]}\n" for name in signed.split(";"))
        parts = [self.method, quote(path, safe="/-_.~"), _query(query), headers, signed]
        return "\n".join([*parts, hashlib.sha256(self.body).hexdigest()])


def _query(query: str) -> str:
    """Return the canonical query string: decoded, then encoded by AWS's own rule, whatever the sender's was."""
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return "&".join(f"{name}={value}" for name, value in sorted((_uri(name), _uri(value)) for name, _, value in pairs))


def _uri(text: str) -> str:
    return quote(unquote(text), safe="-_.~")
