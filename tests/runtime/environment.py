"""One execution environment: the built function under Lambda's runtime client, invoked over Lambda's API.

The runtime client (awslambdaric) and the emulator of the runtime API (aws-lambda-rie) are Amazon's own, the ones of
Lambda's container images. Directories and environment variables stand for the container: see docs/local-lambda.md.
"""

import contextlib
import json
import os
import re
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from signal import SIGTERM, Signals
from typing import Any, Final

import httpx

from local.child import Child
from local.environments import FunctionError
from local.storage import Configured
from local.template import Function
from tests.runtime import built
from tests.support.lambdas import Invocation
from tests.support.payload import event

_PATH: Final = "/2015-03-31/functions/function/invocations"
_PATIENCE_S: Final = 60.0
_NAP_S: Final = 0.02
_PLATFORM: Final = re.compile(r"(START|END|REPORT) RequestId: |\d\d \w{3} \d{4} [\d:,]{12} \[\w+\] \(rapid\) ")
"""How the lines begin that the platform writes into a log, not the function."""


class Environment:
    """An environment that starts with its first invocation, and is replaced whenever it dies or is too slow."""

    def __init__(self, function: Function, configured: Configured, log: Path) -> None:
        """Listen; ``log`` gets what Lambda would give CloudWatch."""
        self.function = function
        self.timeout_s = configured.timeout_s
        self._log = log
        self._url, runtime_api = _free(), _free()
        self._child = Child(
            [
                *("-I", str(Path(__file__).with_name("rie.py")), str(built.emulator())),
                *("--runtime-interface-emulator-address", self._url, "--runtime-api-address", runtime_api),
                *(str(built.INTERPRETER), "-m", "awslambdaric", function.handler),
            ],
            directory=function.code,
            log=log,
            variables={**_lambda_variables(function, configured), **configured.environment},
        )
        self._pid: int = self._child.receive(_PATIENCE_S)["pid"]
        self._await_listener()

    def invoke(self, given: Mapping[str, Any]) -> Invocation:
        """Invoke the function with an event.

        Raises:
            FunctionError: it raised, died, or was too slow; API Gateway would answer 5xx.
        """
        start = self._log.stat().st_size
        # Written in ASCII: a lone surrogate that a client sent has no other form.
        answer = httpx.post(
            f"http://{self._url}{_PATH}", content=json.dumps(given), timeout=_PATIENCE_S, trust_env=False
        ).text
        try:
            result = json.loads(answer)
        except ValueError:
            raise FunctionError(answer) from None
        if "statusCode" not in result:
            raise FunctionError(answer)
        return Invocation(result, self._printed_since(start))

    def post(self, path: str, body: object) -> Invocation:
        """Invoke the function as POST does."""
        return self.invoke(event("POST", path, body=body))

    def get(self, path: str, **query: str) -> Invocation:
        """Invoke the function as GET does."""
        return self.invoke(event("GET", path, query=query))

    def signal(self, number: Signals) -> None:
        """Send the process that runs the function a signal."""
        os.kill(self.runtime_pid, number)

    @property
    def runtime_pid(self) -> int:
        """The process that runs the function now."""
        (pid,) = (
            pid for path in Path(f"/proc/{self._pid}/task").glob("*/children") for pid in path.read_text().split()
        )
        return int(pid)

    @property
    def log(self) -> str:
        """All of the log: the function's lines and the platform's."""
        return self._log.read_text()

    def close(self) -> None:
        """Stop it, and the function with it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, SIGTERM)
            self._child.reap()
        self._child.close()

    def _printed_since(self, start: int) -> str:
        """What the function itself printed. The answer comes before the platform's last line, which ends a log."""
        deadline = time.monotonic() + _PATIENCE_S
        while "\nREPORT RequestId: " not in (text := self._log.read_bytes()[start:].decode("utf-8", "replace")):
            assert time.monotonic() < deadline, "an invocation left no report"
            time.sleep(_NAP_S)
        return "".join(line for line in text.splitlines(keepends=True) if not _PLATFORM.match(line))

    def _await_listener(self) -> None:
        host, _, port = self._url.partition(":")
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            assert self._child.alive, self.log
            assert time.monotonic() < deadline, self.log
            with contextlib.suppress(ConnectionRefusedError):
                return socket.create_connection((host, int(port))).close()
            time.sleep(_NAP_S)


def _lambda_variables(function: Function, configured: Configured) -> dict[str, str]:
    """What Lambda itself sets, and its image; the layers would be one directory, /opt/python."""
    layers = [str(layer / "python") for layer in function.layers]
    return {
        "PYTHONPATH": ":".join([str(function.code), *layers]),
        "PYTHONDONTWRITEBYTECODE": "1",  # there the layers are read-only
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configured.memory_mb),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": f"{configured.timeout_s:.0f}",
    }


def _free() -> str:
    """An address of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
    return f"{host}:{port}"
