"""Where the service is, and what is switched on, from the environment."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from tipbandit_recommender.rotation import PromptRotation
from tipbandit_recommender.shadows import enabled_shadows
from tipbandit_recommender.sinks import EventBridgeSink, JsonlSink, LogSink, Sink

URL: Final = "TIPBANDIT_URL"
REGION: Final = "TIPBANDIT_REGION"
SINK: Final = "TIP_SHADOW_SINK"
_SINKS: Final = "log, file:PATH or eventbridge:BUS"

T = TypeVar("T")


class ConfigurationError(ValueError):
    """Environment variables are missing or wrong; the message names every one of them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the recommender is told by its environment.

    Attributes:
        url: where the service is (TIPBANDIT_URL).
        region: of the API, where requests are signed with SigV4 (TIPBANDIT_REGION); "" where nobody asks for it.
        rotation: the prompt versions in use (TIP_PROMPT_VERSION).
        shadows: the shadow policies that are asked (TIP_SHADOWS); none unless named.
        sink: where their signals go (TIP_SHADOW_SINK: log, file:PATH or eventbridge:BUS; default log).
    """

    url: str
    region: str
    rotation: PromptRotation
    shadows: tuple[str, ...]
    sink: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read the environment.

        Raises:
            ConfigurationError: naming every variable that is missing or wrong.
        """
        wrong: list[str] = []
        url, sink = environ.get(URL, ""), environ.get(SINK) or "log"
        if not url.startswith(("http://", "https://")):
            wrong.append(f"{URL} must be the http(s) address of the service")
        kind, _, where = sink.partition(":")
        if sink != "log" and not (kind in {"file", "eventbridge"} and where):
            wrong.append(f"{SINK} must be {_SINKS}")
        rotation = _read(lambda: PromptRotation.from_env(environ), PromptRotation(), wrong)
        shadows: tuple[str, ...] = _read(lambda: enabled_shadows(environ), tuple[str, ...](), wrong)
        if wrong:
            raise ConfigurationError("; ".join(wrong))
        return cls(url, environ.get(REGION, ""), rotation, shadows, sink)

    def make_sink(self) -> Sink:
        """Return the sink that is named.

        Raises:
            ImportError: if it is EventBridge and boto3 is not installed.
        """
        kind, _, where = self.sink.partition(":")
        if kind == "file":
            return JsonlSink(Path(where))
        if kind == "eventbridge":
            import boto3  # noqa: PLC0415  only who publishes there needs it

            return EventBridgeSink(boto3.client("events", region_name=self.region or None), where)
        return LogSink()


def _read(read: Callable[[], T], otherwise: T, wrong: list[str]) -> T:
    try:
        return read()
    except ValueError as error:
        wrong.append(str(error))
        return otherwise
