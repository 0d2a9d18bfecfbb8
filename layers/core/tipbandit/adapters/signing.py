"""AWS Signature Version 4 of requests without a query string: all that is asked here.

Source: "Create a signed AWS API request", IAM user guide. Checked against the SDK's own on random requests.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs; ``token`` is that of a session, "" where there is none."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(slots=True)
class Signer:
    """Signs for one service in one region; the key derived from the secret is kept for the day it is valid."""

    credentials: Credentials
    service: str
    region: str
    _day: str = ""
    _key: bytes = field(default=b"", repr=False)

    def signed(
        self, headers: Mapping[str, str], body: bytes, at: str, *, method: str = "POST", path: str = "/"
    ) -> dict[str, str]:
        """Return the headers of a request with its signature.

        Args:
            headers: all that is to be signed, ``host`` among them; names in lower case, values without outer blanks.
            body: of the request.
            at: when, in UTC, as ``20260901T083000Z``.
            method: of the request.
            path: of the request, percent-encoded as it is sent.
        """
        signed = {**headers, "x-amz-date": at}
        if self.credentials.token:
            signed["x-amz-security-token"] = self.credentials.token
        names = ";".join(sorted(signed))
        lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        request = f"{method}\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{at[:8]}/{self.region}/{self.service}/aws4_request"
        text = f"{_ALGORITHM}\n{at}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        signature = hmac.new(self._key_of(at[:8]), text.encode(), hashlib.sha256).hexdigest()
        credential = f"{self.credentials.access_key}/{scope}"
        signed["authorization"] = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
        return signed

    def _key_of(self, day: str) -> bytes:
        if day != self._day:
            key = f"AWS4{self.credentials.secret_key}".encode()
            for part in (day, self.region, self.service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._day, self._key = day, key
        return self._key
