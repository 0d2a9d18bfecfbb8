"""The key of the gateway: read when it is needed, read again when it is refused, never shown."""

import json
import threading
from collections.abc import Iterator
from typing import Final

import pytest

from tests.support import wire
from tests.support.asks import question
from tests.support.chat import GROUP, PATIENCE_S, Secrets, failure, headers_of, success
from tests.support.cloud import Cloud
from tests.support.emulator import reached_at
from tipbandit.adapters.cached_secret import FORCED_S, FRESH_S
from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.gateway_key import GatewayKey
from tipbandit.adapters.llm.gateway import GatewayModel
from tipbandit.adapters.memory import ManualClock
from tipbandit.errors import ModelUnavailableError

SECRET_ID: Final = "gateway-key"
SECRET_WORD: Final = "do-not-show-this-word"


@pytest.fixture
def clock() -> ManualClock:
    """A clock that moves when told."""
    return ManualClock()


def _key(clock: ManualClock, *texts: str) -> tuple[GatewayKey, Secrets]:
    secrets = Secrets(texts)
    return GatewayKey(SECRET_ID, secrets, clock), secrets


@pytest.mark.parametrize("secret", ["sk-1", " sk-1\n", '{"key": "sk-1"}', '{"key": "sk-1", "owner": "team"}'])
def test_the_secret_is_the_key_or_an_object_with_it(clock: ManualClock, secret: str) -> None:
    assert _key(clock, secret)[0].text() == "sk-1"


def test_the_key_is_read_from_secrets_manager(cloud: Cloud) -> None:
    cloud.secrets.create_secret(Name=SECRET_ID, SecretString="sk-1")
    assert GatewayKey.connect(SECRET_ID, SystemClock()).text() == "sk-1"


def test_the_key_is_read_when_it_is_needed_and_once_while_it_is_fresh(clock: ManualClock) -> None:
    key, secrets = _key(clock, "sk-1", "sk-2")
    assert secrets.reads == 0
    assert key.text() == "sk-1"
    clock.sleep(FRESH_S)
    assert (key.text(), secrets.reads) == ("sk-1", 1)
    clock.sleep(1)
    assert (key.text(), secrets.reads) == ("sk-2", 2)


def test_a_refused_key_is_read_again_but_not_too_often(clock: ManualClock) -> None:
    key, secrets = _key(clock, "sk-1", "sk-1", "sk-2")
    assert key.text() == "sk-1"
    for _ in range(5):
        assert key.text(refused="sk-1") == "sk-1"
    assert secrets.reads == 1
    clock.sleep(FORCED_S + 1)
    for _ in range(5):
        assert key.text(refused="sk-1") == "sk-1"
    assert secrets.reads == 2
    clock.sleep(FORCED_S + 1)
    assert key.text(refused="sk-1") == "sk-2"
    clock.sleep(FORCED_S + 1)
    assert (key.text(refused="sk-1"), secrets.reads) == ("sk-2", 3)


MALFORMED: Final = {
    "nothing": "",
    "two words": f"{SECRET_WORD} {SECRET_WORD}",
    "two lines": f"{SECRET_WORD}\r\nX: y",
    "letters no header carries": f"{SECRET_WORD}-ü",
    "half an object": f'{{"key": "{SECRET_WORD}"',
    "an object without a key": json.dumps({"other": SECRET_WORD}),
    "an object with a number": '{"key": 7}',
    "an object with an empty key": '{"key": ""}',
    "an object without end": '{"a":' * 50_000,
}


@pytest.mark.parametrize("secret", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_secret_is_reported_and_not_shown(clock: ManualClock, secret: str) -> None:
    """Another attempt would not help: the failure is not a passing one."""
    with pytest.raises(ModelUnavailableError) as raised:
        _key(clock, secret)[0].text()
    assert SECRET_WORD not in str(raised.value)
    assert raised.value.__context__ is None
    assert not raised.value.passing
    assert not raised.value.maybe_charged


def test_a_key_that_cannot_be_read_again_is_kept(clock: ManualClock) -> None:
    key, secrets = _key(clock, "sk-1", "no key", "sk-2")
    key.text()
    clock.sleep(FRESH_S + 1)
    assert (key.text(), secrets.reads) == ("sk-1", 2)
    clock.sleep(FRESH_S + 1)
    assert key.text() == "sk-2"


def test_a_secret_that_is_not_there_is_reported_by_its_code(cloud: Cloud) -> None:  # noqa: ARG001  it must be up
    with pytest.raises(ModelUnavailableError, match="Secrets Manager: ResourceNotFoundException"):
        GatewayKey.connect("missing", SystemClock()).text()


def test_reading_the_secret_is_tried_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK pauses for 1.5 s on average, but now and then for longer than a key is waited for."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.1)
    body = json.dumps({"__type": "ThrottlingException", "message": "as told"}).encode()
    with wire.serving(lambda _: wire.http(400, body)) as throttled:
        with reached_at(throttled.url):
            key = GatewayKey.connect(SECRET_ID, SystemClock())
        with pytest.raises(ModelUnavailableError, match="Secrets Manager: ThrottlingException"):
            key.text()
    assert len(throttled.requests) == 3


def test_a_secrets_manager_nobody_listens_for_is_reported() -> None:
    with wire.closed() as url, reached_at(url):
        key = GatewayKey.connect(SECRET_ID, SystemClock())
        with pytest.raises(ModelUnavailableError, match="Secrets Manager: EndpointConnectionError"):
            key.text()


@pytest.mark.parametrize("read", [1, 2], ids=["at first", "again, after the gateway has refused it"])
def test_the_time_to_read_the_key_counts_too_and_nothing_was_asked_meanwhile(clock: ManualClock, read: int) -> None:
    class Slow(Secrets):
        def get_secret_value(self, **_: str) -> dict[str, str]:
            if self.reads + 1 == read:
                is_over.wait(PATIENCE_S)
            clock.sleep(FORCED_S + 1)  # long enough for it to be read again
            return super().get_secret_value()

    is_over = threading.Event()
    with wire.serving(lambda _: failure(401, "auth_error"), hangs_up=True) as server:
        model = GatewayModel(server.url, GROUP, GatewayKey(SECRET_ID, Slow(("sk-1",)), clock))
        with pytest.raises(ModelUnavailableError) as raised:
            model.complete(question(), within_s=0.3)
        is_over.set()
    assert (raised.value.passing, raised.value.maybe_charged) == (True, False)
    assert len(server.requests) == read - 1


WRONG_KEY: Final = {
    "a gateway with a database": failure(401, "token_not_found_in_db"),
    "a gateway without": failure(400, "no_db_connection"),
}


@pytest.fixture(params=WRONG_KEY)
def rotated(request: pytest.FixtureRequest) -> Iterator[wire.Loopback]:
    """A gateway that takes the key sk-2 and no other."""

    def respond(question: bytes) -> bytes:
        is_right = headers_of(question)["authorization"] == "Bearer sk-2"
        return success() if is_right else WRONG_KEY[request.param]

    with wire.serving(respond, hangs_up=True) as server:
        yield server


def test_a_rotated_key_is_found_without_a_deployment(rotated: wire.Loopback, clock: ManualClock) -> None:
    model = GatewayModel(rotated.url, GROUP, _key(clock, "sk-1", "sk-2")[0])
    with pytest.raises(ModelUnavailableError, match="gateway: 40"):
        model.complete(question(), within_s=PATIENCE_S)  # the key was read a moment ago
    clock.sleep(FORCED_S + 1)
    for _ in range(2):
        assert model.complete(question(), within_s=PATIENCE_S).text == "tips"
    sent = [headers_of(each)["authorization"].removeprefix("Bearer ") for each in rotated.requests]
    assert sent == ["sk-1", "sk-1", "sk-2", "sk-2"]


def test_a_wrong_key_is_not_sent_twice_and_the_failure_is_final(rotated: wire.Loopback, clock: ManualClock) -> None:
    key, secrets = _key(clock, "sk-wrong")
    model = GatewayModel(rotated.url, GROUP, key)
    for _ in range(3):
        with pytest.raises(ModelUnavailableError) as raised:
            model.complete(question(), within_s=PATIENCE_S)
        assert (raised.value.passing, raised.value.maybe_charged) == (False, False)
        assert "sk-wrong" not in str(raised.value)
    clock.sleep(FORCED_S + 1)
    with pytest.raises(ModelUnavailableError):
        model.complete(question(), within_s=PATIENCE_S)
    assert (len(rotated.requests), secrets.reads) == (4, 2)
