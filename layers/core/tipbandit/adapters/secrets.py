"""The token keys, from Secrets Manager.

The secret is a JSON object: ``active`` names the key id that signs, every other name is a key id and its key. To
rotate, add a key and make it active; drop the old one a reward window later. Who has the old ring takes tokens of the
new key at once, and signs with it within ``FRESH_S``. A secret that will not do leaves every environment the ring it
has; one that has none yet cannot start to work.
"""

import json
from typing import Any

from tipbandit.adapters.cached_secret import CachedSecret, secrets_manager
from tipbandit.decisions import KeyRing
from tipbandit.errors import KeysUnavailableError
from tipbandit.ports import Clock


class SecretsManagerKeys:
    """``ports.Keys`` on one secret, cached in the environment."""

    def __init__(self, secret_id: str, secrets: Any, clock: Clock) -> None:  # noqa: ANN401  see adapters.aws
        """Use the secret ``secret_id`` through the client ``secrets``; nothing is read yet."""
        unfit = "the token secret is not a JSON object of fit keys"
        self._secret = CachedSecret(secret_id, secrets, clock, _parsed, unfit)

    @classmethod
    def connect(cls, secret_id: str, clock: Clock) -> "SecretsManagerKeys":
        """Return a source with a client of its own."""
        return cls(secret_id, secrets_manager(), clock)

    def ring(self, *, holding: str | None = None) -> KeyRing:
        """See ``ports.Keys.ring``."""
        # A reward that is refused is lost, and a ring read a second ago knows nothing of a key that is younger.
        self._secret.refresh(is_wanting=self._lacks(holding), even_if_new=True)
        # A key id that is unknown because the last read failed may well be a new key's.
        if self._secret.value is None or (self._secret.failure and self._lacks(holding)):
            raise KeysUnavailableError(self._secret.failure)
        return self._secret.value

    def _lacks(self, kid: str | None) -> bool:
        return kid is not None and self._secret.value is not None and kid not in self._secret.value


def _parsed(text: str) -> KeyRing:
    keys = json.loads(text)
    active = keys.pop("active")
    if not all(isinstance(key, str) for key in keys.values()):
        raise TypeError("keys are text")
    return KeyRing(active, keys)
