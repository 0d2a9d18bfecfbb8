"""Keys change under live tokens: two environments, one of which learns of it later."""

from typing import Final

import numpy as np
import pytest

from tests.support.cloud import KEYS, SECRET_ID, Cloud
from tipbandit.adapters.aws import client
from tipbandit.adapters.cached_secret import FORCED_S, FRESH_S, TIMEOUTS
from tipbandit.adapters.memory import ManualClock
from tipbandit.adapters.secrets import SecretsManagerKeys
from tipbandit.decisions import Decision, from_token, to_token
from tipbandit.errors import InvalidFieldsError, UnknownKeyError
from tipbandit.ids import uuid7

NEW_KEY: Final = {"k2": "second-test-key-0123456789abcdef0"}
DECISION: Final = Decision(
    decision_id=uuid7(1_790_000_000_000, b"0123456789"),
    user_id="ann",
    policy="linucb/v1",
    epoch=0,
    tip_id="walk",
    prompt_version=None,
    propensity=0.95,
    x=np.arange(7.0) / 7,
)


class Environment:
    """One environment, as far as it signs and verifies."""

    def __init__(self, clock: ManualClock) -> None:
        """Start with no keys yet."""
        self._keys = SecretsManagerKeys(SECRET_ID, client("secretsmanager", TIMEOUTS), clock)

    def sign(self) -> str:
        """Return the token of a decision, as /score does."""
        return to_token(DECISION, self._keys.ring())

    def accepts(self, token: str) -> bool:
        """Tell whether /reward would take a token."""
        try:
            return from_token(token, self._keys.ring(holding=token.partition(".")[0])).user_id == "ann"
        except (UnknownKeyError, InvalidFieldsError):
            return False


@pytest.fixture
def clock() -> ManualClock:
    """The time in both environments."""
    return ManualClock()


@pytest.fixture
def scoring(cloud: Cloud, clock: ManualClock) -> Environment:  # noqa: ARG001  it must be up first
    """An environment that signs."""
    return Environment(clock)


@pytest.fixture
def rewarding(cloud: Cloud, clock: ManualClock) -> Environment:  # noqa: ARG001
    """An environment that verifies."""
    return Environment(clock)


def test_a_token_of_the_old_key_is_accepted_by_who_has_the_new_one(
    cloud: Cloud, scoring: Environment, rewarding: Environment
) -> None:
    old = scoring.sign()
    cloud.put_keys("k2", {**KEYS, **NEW_KEY})
    assert rewarding.sign().startswith("k2.")
    assert rewarding.accepts(old)


def test_a_token_of_the_new_key_is_accepted_by_who_had_only_the_old_one(
    cloud: Cloud, clock: ManualClock, scoring: Environment, rewarding: Environment
) -> None:
    assert rewarding.sign().startswith("k1.")
    clock.sleep(FORCED_S + 1)
    cloud.put_keys("k2", {**KEYS, **NEW_KEY})
    new = scoring.sign()
    assert new.startswith("k2.")
    assert rewarding.accepts(new)


def test_a_ring_that_is_a_second_old_may_be_too_old_for_a_new_key(
    cloud: Cloud, clock: ManualClock, scoring: Environment, rewarding: Environment
) -> None:
    """A reward that is refused is lost, so the first token of a new key must not meet "unknown key"."""
    assert rewarding.sign().startswith("k1.")
    clock.sleep(1)
    cloud.put_keys("k2", {**KEYS, **NEW_KEY})
    assert rewarding.accepts(scoring.sign())


def test_who_holds_the_old_ring_goes_on_signing_and_is_accepted_everywhere(
    cloud: Cloud, clock: ManualClock, scoring: Environment, rewarding: Environment
) -> None:
    scoring.sign()
    cloud.put_keys("k2", {**KEYS, **NEW_KEY})
    clock.sleep(FRESH_S / 2)
    late = scoring.sign()
    assert late.startswith("k1.")
    assert rewarding.accepts(late)
    clock.sleep(FRESH_S)
    assert scoring.sign().startswith("k2.")


def test_a_key_that_was_dropped_verifies_no_more(
    cloud: Cloud, clock: ManualClock, scoring: Environment, rewarding: Environment
) -> None:
    old = scoring.sign()
    assert rewarding.accepts(old)
    cloud.put_keys("k2", NEW_KEY)
    clock.sleep(FRESH_S + 1)
    assert not rewarding.accepts(old)


def test_a_key_id_used_again_for_another_key_does_not_verify_the_tokens_of_the_first(
    cloud: Cloud, scoring: Environment, rewarding: Environment
) -> None:
    old = scoring.sign()
    cloud.put_keys("k1", {"k1": NEW_KEY["k2"]})
    assert not rewarding.accepts(old)
