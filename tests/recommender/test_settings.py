"""What the recommender is told by its environment."""

from pathlib import Path
from typing import Final

import pytest

from tipbandit_recommender import PromptRotation, Recommender
from tipbandit_recommender.settings import ConfigurationError, Settings
from tipbandit_recommender.sinks import EventBridgeSink, JsonlSink, LogSink

LEAST: Final = {"TIPBANDIT_URL": "http://127.0.0.1:3000"}


def test_only_the_address_is_needed_and_no_shadow_is_on() -> None:
    settings = Settings.from_env(LEAST)

    assert settings == Settings("http://127.0.0.1:3000", "", PromptRotation(), (), "log")
    assert isinstance(settings.make_sink(), LogSink)


@pytest.mark.parametrize(
    ("sink", "kind"), [("log", LogSink), ("file:/tmp/signals", JsonlSink), ("eventbridge:tips", EventBridgeSink)]
)
def test_the_sink_is_the_one_that_is_named(sink: str, kind: type) -> None:
    settings = Settings.from_env({**LEAST, "TIP_SHADOW_SINK": sink, "TIPBANDIT_REGION": "eu-central-1"})

    assert isinstance(settings.make_sink(), kind)


def test_everything_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    wrong = {
        "TIPBANDIT_URL": str(tmp_path),
        "TIP_SHADOW_SINK": "file:",
        "TIP_PROMPT_VERSION": "v1,v1",
        "TIP_SHADOWS": "thompson-shadow",
    }
    with pytest.raises(ConfigurationError) as raised:
        Recommender.from_env(wrong)

    assert {complaint.split()[0].rstrip(":") for complaint in str(raised.value).split("; ")} == set(wrong)
