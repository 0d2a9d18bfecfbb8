"""The functions, loaded and invoked as Lambda does, with what they print kept."""

import contextlib
import importlib.util
import io
import itertools
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from tests.support import canaries, cloud
from tests.support.payload import ACCOUNT, event

FUNCTIONS: Final = Path(__file__).parents[2] / "functions"
NAMES: Final = ("score", "reward", "stats", "reset", "generate")
REMAINING_MS: Final = 6000
WINDOW_DAYS: Final = "3650"
"""The reward window of functions that are given recorded events, whose decisions are older than a week."""
_numbers = itertools.count(1)


@dataclass
class FakeContext:
    """The context object of one invocation."""

    function_name: str
    remaining_ms: int = REMAINING_MS
    memory_limit_in_mb: int = 1024
    function_version: str = "$LATEST"
    aws_request_id: str = "6f0d3f1e-5b1c-4c2f-9d5c-1f2a3b4c5d6e"

    @property
    def invoked_function_arn(self) -> str:
        """The ARN the caller used."""
        return f"arn:aws:lambda:{cloud.REGION}:{ACCOUNT}:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """Where the log goes."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Return how long Lambda will let the invocation go on."""
        return self.remaining_ms


@dataclass(frozen=True)
class Invocation:
    """What came of one invocation: the function's ``result``, and all it ``printed``."""

    result: Mapping[str, Any]
    printed: str

    @property
    def status(self) -> int:
        """The HTTP status."""
        status: int = self.result["statusCode"]
        return status

    @property
    def headers(self) -> Mapping[str, str]:
        """The HTTP headers."""
        headers: Mapping[str, str] = self.result["headers"]
        return headers

    @cached_property
    def body(self) -> dict[str, Any]:
        """The body, parsed."""
        body: dict[str, Any] = json.loads(self.result["body"])
        return body

    @property
    def code(self) -> str | None:
        """The error code, None where there is no error."""
        code: str | None = self.body.get("error", {}).get("code")
        return code

    @property
    def wrong_fields(self) -> list[str]:
        """The fields the error names."""
        return [each["field"] for each in self.body.get("error", {}).get("details", ())]

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        """All printed lines: each is one JSON object, or this raises."""
        return [json.loads(line) for line in self.printed.splitlines()]

    @property
    def logs(self) -> list[dict[str, Any]]:
        """The log lines."""
        return [line for line in self.lines if "_aws" not in line]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """The lines that are embedded metrics."""
        return [line for line in self.lines if "_aws" in line]

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The contracted events of one kind: decision, reward or reset."""
        return [line["data"] for line in self.logs if line["message"] == kind]

    def metric(self, name: str, policy: str | None = None) -> float | None:
        """The value of a metric of a policy (None: of none), None where it was not published."""
        for line in self.metrics:
            if line.get("policy") == policy and name in line:
                (value,) = line[name]
                return float(value)
        return None


@dataclass(frozen=True)
class Function:
    """One loaded function: a Lambda execution environment with environment variables of its own."""

    name: str
    variables: Mapping[str, str]
    module: ModuleType
    output: io.StringIO

    def invoke(self, given: Mapping[str, Any], *, remaining_ms: int = REMAINING_MS) -> Invocation:
        """Invoke the handler with an event.

        Raises:
            LeakError: if anything that was logged holds what no log line may hold.
        """
        start = self.output.seek(0, io.SEEK_END)
        with _inside(self.variables, self.output), canaries.listening() as besides:
            result = self.module.handler(dict(given), FakeContext(self.name, remaining_ms))
        self.output.seek(start)
        printed = self.output.read()
        canaries.look(given, result, printed + besides.getvalue())
        return Invocation(result, printed)

    def post(self, path: str, body: object, *, remaining_ms: int = REMAINING_MS) -> Invocation:
        """Invoke the handler as POST does."""
        return self.invoke(event("POST", path, body=body), remaining_ms=remaining_ms)

    def get(self, path: str, **query: str) -> Invocation:
        """Invoke the handler as GET does."""
        return self.invoke(event("GET", path, query=query))


def load(name: str, **variables: str) -> Function:
    """Load a function fresh, as a new execution environment does.

    Args:
        name: score, reward, stats, reset or generate.
        variables: environment variables beside, or other than, the usual ones, which are those that recorded events
            want: a reward window that reaches back to their decisions, and rules instead of a language model.
    """
    settings = {
        "STATE_TABLE": cloud.TABLE,
        "TOKEN_SECRET_ID": cloud.SECRET_ID,
        "REWARD_WINDOW_DAYS": WINDOW_DAYS,
        "PROMPT_BUCKET": cloud.PROMPT_BUCKET,
        "LLM_BACKEND": "template",
        "POWERTOOLS_SERVICE_NAME": name,
        "POWERTOOLS_METRICS_NAMESPACE": "tipbandit",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        **canaries.VARIABLES,
        **variables,
    }
    # Powertools keeps one logger a service, with the stream it had first: it goes with its environment.
    logging.Logger.manager.loggerDict.pop(name, None)
    spec = importlib.util.spec_from_file_location(f"tipbandit_{name}_{next(_numbers)}", FUNCTIONS / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = Function(name, settings, importlib.util.module_from_spec(spec), io.StringIO())
    with _inside(settings, loaded.output):
        spec.loader.exec_module(loaded.module)
    return loaded


@contextlib.contextmanager
def _inside(variables: Mapping[str, str], output: io.StringIO) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment, contextlib.redirect_stdout(output):
        for name, value in variables.items():
            environment.setenv(name, value)
        yield
