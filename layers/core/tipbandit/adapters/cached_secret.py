"""What is made of one secret in Secrets Manager, kept in the environment."""

from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from tipbandit.adapters.aws import Timeouts, client
from tipbandit.adapters.deadline import within
from tipbandit.adapters.faults import FAULTS, named
from tipbandit.ports import Clock

TIMEOUTS: Final = Timeouts(connect_ms=500, read_ms=500)
"""Read once by a cold start and then every few minutes: patient, because without it there is no answer at all."""
ATTEMPTS: Final = 3
PATIENCE_S: Final = 2.5
"""All attempts together; then a caller hears that there is no answer, and may come again."""
RENEWAL_S: Final = 0.25
"""The same where there is a value to go on with: a request that waits for a newer one waits in vain."""
FRESH_S: Final = 300.0
"""After this many seconds the secret is read again; a failure then keeps what there is."""
FORCED_S: Final = 10.0
"""What is found wanting is read again, at most this often: forged ids must not become a flood."""

T = TypeVar("T")


class CachedSecret(Generic[T]):
    """A secret, read and parsed.

    Attributes:
        value: what was made of it; None where it could not be read yet.
        failure: why the last reading failed, without a word of the secret; "" where it did not.
    """

    def __init__(self, secret_id: str, secrets: Any, clock: Clock, parse: Callable[[str], T], unfit: str) -> None:  # noqa: ANN401  the first: see adapters.aws
        """Parse ``secret_id``, read through the client ``secrets``; nothing is read yet.

        ``parse`` raises whatever it likes for a text that will not do, of which ``unfit`` says so.
        """
        self.value: T | None = None
        self.failure = ""
        self._secret_id = secret_id
        self._secrets = secrets
        self._clock = clock
        self._parse = parse
        self._unfit = unfit
        self._read_at = 0.0
        self._wanted_at = float("-inf")

    def refresh(self, *, is_wanting: bool, even_if_new: bool = False) -> None:
        """Read the secret if it never was, if that is long ago, or if what there is was found wanting of late.

        With ``even_if_new`` what was read only a moment ago may be wanting too: the secret may have changed since.
        """
        now = self._clock.monotonic()
        since = self._wanted_at if even_if_new else self._read_at
        if self.value is None or now - self._read_at > FRESH_S:
            self._read(PATIENCE_S if self.value is None or is_wanting else RENEWAL_S)
        elif is_wanting and now - since > FORCED_S:
            self._wanted_at = now
            self._read(PATIENCE_S)

    def _read(self, within_s: float) -> None:
        self._read_at = self._clock.monotonic()
        try:
            answer = within(within_s, lambda: self._secrets.get_secret_value(SecretId=self._secret_id))
            self.value = self._parse(answer["SecretString"])
            self.failure = ""
        except TimeoutError:
            self.failure = "Secrets Manager: no answer in time"
        except FAULTS as error:
            self.failure = f"Secrets Manager: {named(error)}"
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            self.failure = self._unfit


def secrets_manager() -> Any:  # noqa: ANN401  see adapters.aws
    """Return a client; reading is safe to repeat, so the SDK does."""
    return client("secretsmanager", TIMEOUTS, attempts=ATTEMPTS)
