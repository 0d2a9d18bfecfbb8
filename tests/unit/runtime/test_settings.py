"""The environment variables."""

import re
from typing import Final

import pytest

from tipbandit.adapters.aws import Timeouts
from tipbandit.errors import SettingsError
from tipbandit.runtime.settings import Settings

_LEAST: Final = {"STATE_TABLE": "states", "TOKEN_SECRET_ID": "token-key"}
_NUMBERS: Final = ("REWARD_WINDOW_DAYS", "STORE_CONNECT_TIMEOUT_MS", "STORE_READ_TIMEOUT_MS", "DEADLINE_MS")


def test_the_documented_defaults() -> None:
    assert Settings.from_env(needs_keys=True, env=_LEAST) == Settings(
        state_table="states",
        token_secret_id="token-key",
        window_ms=7 * 24 * 60 * 60 * 1000,
        timeouts=Timeouts(connect_ms=500, read_ms=500),
        deadline_s=3.0,
    )


def test_every_variable_is_read_in_its_unit() -> None:
    env = {
        **_LEAST,
        "REWARD_WINDOW_DAYS": "30",
        "STORE_CONNECT_TIMEOUT_MS": "250",
        "STORE_READ_TIMEOUT_MS": "100",
        "DEADLINE_MS": "300",
    }
    settings = Settings.from_env(needs_keys=True, env=env)
    assert settings.window_ms == 2_592_000_000
    assert settings.timeouts == Timeouts(connect_ms=250, read_ms=100)
    assert settings.deadline_s == 0.3


def test_a_function_that_signs_nothing_needs_no_secret() -> None:
    assert Settings.from_env(needs_keys=False, env={"STATE_TABLE": "states"}).token_secret_id == ""


def test_everything_that_is_missing_or_wrong_is_named_at_once() -> None:
    env = dict.fromkeys(_NUMBERS, "soon")
    with pytest.raises(SettingsError) as refusal:
        Settings.from_env(needs_keys=True, env=env)
    assert re.findall(r"[A-Z_]{5,}", str(refusal.value)) == ["STATE_TABLE", "TOKEN_SECRET_ID", *_NUMBERS]


@pytest.mark.parametrize("name", _NUMBERS)
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "1e3", " 7", "7 ", "+7", "0x10", "seven", "\u00b2", "00"])
def test_a_number_is_positive_and_whole_or_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_env(needs_keys=True, env={**_LEAST, name: value})
    assert str(refusal.value) == f"{name} must be a positive whole number"


@pytest.mark.parametrize("name", _NUMBERS)
def test_an_empty_variable_is_an_absent_one(name: str) -> None:
    """A template's parameter left empty arrives as an empty string."""
    assert Settings.from_env(needs_keys=True, env={**_LEAST, name: ""}) == Settings.from_env(
        needs_keys=True, env=_LEAST
    )


@pytest.mark.parametrize("name", _LEAST)
def test_an_empty_name_is_a_missing_one(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is not set$"):
        Settings.from_env(needs_keys=True, env={**_LEAST, name: ""})


def test_without_another_word_the_process_s_own_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_TABLE", "from-the-process")
    assert Settings.from_env(needs_keys=False).state_table == "from-the-process"
