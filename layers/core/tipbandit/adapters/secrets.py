"""The token keys, from Secrets Manager.

The secret is a JSON object: ``active`` names the key id that signs, every other name is a key id and its key. To
rotate, add a key and make it active; drop the old one a reward window later.
"""

import json
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from tipbandit.adapters.aws import Timeouts, client
from tipbandit.decisions import KeyRing
from tipbandit.errors import KeysUnavailableError
from tipbandit.ports import Clock

TIMEOUTS: Final = Timeouts(connect_ms=500, read_ms=500)
"""Read once by a cold start and then every few minutes: patient, because without keys there is no answer at all."""
FRESH_S: Final = 300.0
"""After this many seconds the ring is read again; a failure then keeps the one there is."""
FORCED_S: Final = 10.0
"""An unknown key id makes the ring be read again, at most this often: forged ids must not become a flood."""


class SecretsManagerKeys:
    """``ports.Keys`` on one secret, cached in the environment."""

    def __init__(self, secret_id: str, secrets: Any, clock: Clock) -> None:  # noqa: ANN401  see adapters.aws
        """Use the secret ``secret_id`` through the client ``secrets``; nothing is read yet."""
        self._secret_id = secret_id
        self._secrets = secrets
        self._clock = clock
        self._ring: KeyRing | None = None
        self._read_at = 0.0
        self._failure = ""

    @classmethod
    def connect(cls, secret_id: str, clock: Clock) -> "SecretsManagerKeys":
        """Return a source with a client of its own."""
        return cls(secret_id, client("secretsmanager", TIMEOUTS, attempts=3), clock)

    def ring(self, *, holding: str | None = None) -> KeyRing:
        """See ``ports.Keys.ring``."""
        age = self._clock.monotonic() - self._read_at
        if self._ring is None or age > FRESH_S or (age > FORCED_S and self._lacks(holding)):
            self._read()
        # A key id that is unknown because the last read failed may well be a new key's.
        if self._ring is None or (self._failure and self._lacks(holding)):
            raise KeysUnavailableError(self._failure)
        return self._ring

    def _lacks(self, kid: str | None) -> bool:
        return kid is not None and self._ring is not None and kid not in self._ring

    def _read(self) -> None:
        """Read the ring; upon failure keep the one there is and note why, without a word of the secret."""
        self._read_at = self._clock.monotonic()
        try:
            self._ring = _parsed(self._secrets.get_secret_value(SecretId=self._secret_id)["SecretString"])
            self._failure = ""
        except ClientError as error:
            self._failure = f"Secrets Manager: {error.response['Error']['Code']}"
        except BotoCoreError as error:
            self._failure = f"Secrets Manager: {type(error).__name__}"
        except (ValueError, KeyError, TypeError, AttributeError):
            self._failure = "the token secret is not a JSON object of fit keys"


def _parsed(text: str) -> KeyRing:
    keys = json.loads(text)
    active = keys.pop("active")
    if not all(isinstance(key, str) for key in keys.values()):
        raise TypeError("keys are text")
    return KeyRing(active, keys)
