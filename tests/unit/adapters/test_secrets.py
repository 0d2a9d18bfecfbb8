"""Where the token keys come from: read seldom, kept through failures, never shown."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.support import wire
from tests.support.cloud import KEYS, SECRET_ID, Cloud
from tests.support.emulator import reached_at
from tipbandit.adapters.aws import client
from tipbandit.adapters.cached_secret import FORCED_S, FRESH_S, TIMEOUTS
from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.memory import ManualClock
from tipbandit.adapters.secrets import SecretsManagerKeys
from tipbandit.errors import KeysUnavailableError

NEW_KEYS: Final = {**KEYS, "k2": "second-test-key-0123456789abcdef0"}
SECRET_WORD: Final = "do-not-show-this-word-to-anybody-at-all"


class _Counted:
    """The SDK's client, with its reads counted."""

    def __init__(self, secrets: Any) -> None:  # noqa: ANN401  boto3 makes it at run time
        self._secrets = secrets
        self.reads = 0

    def get_secret_value(self, **params: str) -> Any:  # noqa: ANN401
        self.reads += 1
        return self._secrets.get_secret_value(**params)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that moves when told."""
    return ManualClock()


@pytest.fixture
def secrets(cloud: Cloud) -> _Counted:  # noqa: ARG001  it must be up first
    """A client of the emulated Secrets Manager."""
    return _Counted(client("secretsmanager", TIMEOUTS))


@pytest.fixture
def keys(secrets: _Counted, clock: ManualClock) -> SecretsManagerKeys:
    """The keys of one environment that has just started."""
    return SecretsManagerKeys(SECRET_ID, secrets, clock)


def test_nothing_is_read_before_the_keys_are_needed(keys: SecretsManagerKeys, secrets: _Counted) -> None:
    assert secrets.reads == 0
    assert keys.ring().active == "k1"


def test_the_ring_is_read_once_while_it_is_fresh(
    keys: SecretsManagerKeys, secrets: _Counted, clock: ManualClock
) -> None:
    first = keys.ring()
    clock.sleep(FRESH_S)
    assert keys.ring() is first
    assert keys.ring(holding="k1") is first
    assert secrets.reads == 1


def test_the_ring_is_read_again_when_it_is_no_longer_fresh(
    keys: SecretsManagerKeys, cloud: Cloud, clock: ManualClock
) -> None:
    keys.ring()
    cloud.put_keys("k2", NEW_KEYS)
    assert keys.ring().active == "k1"
    clock.sleep(FRESH_S + 1)
    assert keys.ring().active == "k2"


def test_an_unknown_key_id_has_the_ring_read_again_at_once(
    keys: SecretsManagerKeys, cloud: Cloud, clock: ManualClock
) -> None:
    keys.ring()
    clock.sleep(FORCED_S + 1)
    cloud.put_keys("k2", NEW_KEYS)
    assert "k2" in keys.ring(holding="k2")


def test_a_flood_of_forged_key_ids_does_not_become_a_flood_of_reads(
    keys: SecretsManagerKeys, secrets: _Counted, clock: ManualClock
) -> None:
    keys.ring()
    clock.sleep(FORCED_S + 1)
    for k in range(50):
        keys.ring(holding=f"forged{k}")
    assert secrets.reads == 2
    clock.sleep(FORCED_S + 1)
    keys.ring(holding="forged")
    assert secrets.reads == 3


def test_a_ring_that_cannot_be_read_again_is_kept(keys: SecretsManagerKeys, cloud: Cloud, clock: ManualClock) -> None:
    first = keys.ring()
    cloud.delete_keys()
    clock.sleep(FRESH_S + 1)
    assert keys.ring() is first
    assert keys.ring(holding="k1") is first


def test_a_ring_that_was_never_read_is_tried_again_each_time(
    keys: SecretsManagerKeys, cloud: Cloud, secrets: _Counted
) -> None:
    cloud.delete_keys()
    for _ in range(2):
        with pytest.raises(KeysUnavailableError):
            keys.ring()
    cloud.put_keys("k1", KEYS)
    assert keys.ring().active == "k1"
    assert secrets.reads == 3


def test_a_key_id_that_is_unknown_because_the_secret_cannot_be_read_is_not_called_forged(
    keys: SecretsManagerKeys, cloud: Cloud, clock: ManualClock
) -> None:
    """It may be a new key's: the caller must try again, not give up the reward."""
    keys.ring()
    cloud.delete_keys()
    clock.sleep(FORCED_S + 1)
    for _ in range(2):
        with pytest.raises(KeysUnavailableError):
            keys.ring(holding="k2")
    assert keys.ring().active == "k1"
    cloud.put_keys("k2", NEW_KEYS)
    clock.sleep(FORCED_S + 1)
    assert "k2" in keys.ring(holding="k2")


MALFORMED: Final = {
    "no JSON": SECRET_WORD,
    "a number": "1",
    "a list": json.dumps([SECRET_WORD]),
    "text": json.dumps(SECRET_WORD),
    "null": "null",
    "no active key": json.dumps({"k1": SECRET_WORD}),
    "an active key that is not there": json.dumps({"active": "k2", "k1": SECRET_WORD}),
    "an active key that is a list": json.dumps({"active": ["k1"], "k1": SECRET_WORD}),
    "an active key that is a secret": json.dumps({"active": SECRET_WORD, "k1": SECRET_WORD}),
    "a short key": json.dumps({"active": "k1", "k1": SECRET_WORD, "k2": SECRET_WORD[:31]}),
    "a key that is a number": json.dumps({"active": "k1", "k1": 10**40}),
    "a key that is a list": json.dumps({"active": "k1", "k1": [1] * 32}),
    "a key that is an object": json.dumps({"active": "k1", "k1": {f"{k}": k for k in range(32)}}),
    "a key id that tokens cannot carry": json.dumps(
        {"active": "k1", "k1": SECRET_WORD, SECRET_WORD + ".x": SECRET_WORD}
    ),
}


@pytest.mark.parametrize("malformed", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_secret_is_reported_and_not_shown(keys: SecretsManagerKeys, cloud: Cloud, malformed: str) -> None:
    cloud.secrets.put_secret_value(SecretId=SECRET_ID, SecretString=malformed)
    with pytest.raises(KeysUnavailableError) as raised:
        keys.ring()
    assert SECRET_WORD[:8] not in str(raised.value)
    assert raised.value.__context__ is None


def test_a_binary_secret_is_malformed(cloud: Cloud, keys: SecretsManagerKeys) -> None:
    cloud.secrets.put_secret_value(SecretId=SECRET_ID, SecretBinary=b"{}")
    with pytest.raises(KeysUnavailableError):
        keys.ring()


def test_a_secret_that_became_malformed_leaves_the_ring_there_is(
    keys: SecretsManagerKeys, cloud: Cloud, clock: ManualClock
) -> None:
    first = keys.ring()
    cloud.secrets.put_secret_value(SecretId=SECRET_ID, SecretString="oops")
    clock.sleep(FRESH_S + 1)
    assert keys.ring() is first


@pytest.fixture
def throttled() -> Iterator[wire.Loopback]:
    """A Secrets Manager that refuses every call for now."""
    body = json.dumps({"__type": "ThrottlingException", "message": "as told"}).encode()
    with wire.serving(lambda _: wire.http(400, body)) as server:
        yield server


@pytest.mark.usefixtures("in_lambda")
def test_reading_the_secret_is_tried_three_times(throttled: wire.Loopback) -> None:
    """It changes nothing, and without it there is no answer at all."""
    with reached_at(throttled.url):
        keys = SecretsManagerKeys.connect(SECRET_ID, SystemClock())
    with pytest.raises(KeysUnavailableError, match="Secrets Manager: ThrottlingException"):
        keys.ring()
    assert len(throttled.requests) == 3
