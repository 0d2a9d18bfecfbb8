"""The key of the language model gateway, from Secrets Manager.

The secret is the key itself, or a JSON object whose ``key`` it is. To rotate it, write the new key: it is read when the
gateway refuses the old one, or a few minutes later.
"""

import json
import re
from typing import Any, Final

from tipbandit.adapters.cached_secret import CachedSecret, secrets_manager
from tipbandit.errors import ModelUnavailableError
from tipbandit.ports import Clock

_FIT: Final = re.compile(r"[!-~]{1,4096}")
"""What a header can carry: visible ASCII, no spaces."""


class GatewayKey:
    """The key in one secret, cached in the environment."""

    def __init__(self, secret_id: str, secrets: Any, clock: Clock) -> None:  # noqa: ANN401  see adapters.aws
        """Use the secret ``secret_id`` through the client ``secrets``; nothing is read yet."""
        unfit = "the secret of the gateway is neither a key nor a JSON object with one"
        self._secret = CachedSecret(secret_id, secrets, clock, _parsed, unfit)

    @classmethod
    def connect(cls, secret_id: str, clock: Clock) -> "GatewayKey":
        """Return a key with a client of its own."""
        return cls(secret_id, secrets_manager(), clock)

    def text(self, *, refused: str | None = None) -> str:
        """Return the key; if it is still ``refused`` it is read again first, but not too often.

        Raises:
            ModelUnavailableError: if there is no key to be had. Not a passing failure: it was tried three times by
                then, and a secret that is missing or malformed stays so.
        """
        self._secret.refresh(is_wanting=self._secret.value == refused)
        if self._secret.value is None:
            raise ModelUnavailableError(self._secret.failure)
        return self._secret.value


def _parsed(secret: str) -> str:
    text = secret.strip()
    key = json.loads(text)["key"] if text.startswith("{") else text
    if not _FIT.fullmatch(key):
        raise ValueError("a key is visible ASCII")
    return str(key)
