"""The key of the language model gateway, from Secrets Manager.

The secret is the key itself, or a JSON object whose ``key`` it is. To rotate it, write the new key: it is read when the
gateway refuses the old one, or a few minutes later.
"""

import json
import re
from typing import Any, Final

from tipbandit.adapters.aws import Timeouts, client
from tipbandit.adapters.faults import FAULTS, named
from tipbandit.errors import ModelUnavailableError
from tipbandit.ports import Clock

TIMEOUTS: Final = Timeouts(connect_ms=500, read_ms=500)
FRESH_S: Final = 300.0
"""After this many seconds the key is read again; a failure then keeps the one there is."""
FORCED_S: Final = 10.0
"""A key that is refused is read again, at most this often."""
_FIT: Final = re.compile(r"[!-~]{1,4096}")
"""What a header can carry: visible ASCII, no spaces."""


class GatewayKey:
    """The key in one secret, cached in the environment."""

    def __init__(self, secret_id: str, secrets: Any, clock: Clock) -> None:  # noqa: ANN401  see adapters.aws
        """Use the secret ``secret_id`` through the client ``secrets``; nothing is read yet."""
        self._secret_id = secret_id
        self._secrets = secrets
        self._clock = clock
        self._text: str | None = None
        self._read_at = 0.0
        self._failure = ""

    @classmethod
    def connect(cls, secret_id: str, clock: Clock) -> "GatewayKey":
        """Return a key with a client of its own."""
        return cls(secret_id, client("secretsmanager", TIMEOUTS, attempts=3), clock)

    def text(self, *, refused: str | None = None) -> str:
        """Return the key; if it is still ``refused`` it is read again first, but not too often.

        Raises:
            ModelUnavailableError: if there is no key to be had. Not a passing failure: it was tried three times by
                then, and a secret that is missing or malformed stays so.
        """
        age = self._clock.monotonic() - self._read_at
        if self._text is None or age > FRESH_S or (age > FORCED_S and self._text == refused):
            self._read()
        if self._text is None:
            raise ModelUnavailableError(self._failure)
        return self._text

    def _read(self) -> None:
        """Read the key; upon failure keep the one there is and note why, without a word of the secret."""
        self._read_at = self._clock.monotonic()
        try:
            self._text = _parsed(self._secrets.get_secret_value(SecretId=self._secret_id)["SecretString"])
        except FAULTS as error:
            self._failure = f"Secrets Manager: {named(error)}"
        except (ValueError, KeyError, TypeError, RecursionError):
            self._failure = "the secret of the gateway is neither a key nor a JSON object with one"


def _parsed(secret: str) -> str:
    text = secret.strip()
    key = json.loads(text)["key"] if text.startswith("{") else text
    if not _FIT.fullmatch(key):
        raise ValueError("a key is visible ASCII")
    return str(key)
