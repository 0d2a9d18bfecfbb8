"""One execution environment: a handler under Lambda's runtime client, invoked over Lambda's API on a kept connection.

The runtime client (awslambdaric) and the emulator of the runtime API (aws-lambda-rie) are Amazon's own, as in
``tests/runtime``; what is other here is that an invocation costs the caller as little as it can.
"""

import http.client
import json
import os
import platform
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import warm_processor
from local.child import Child
from local.storage import Configured

ROOT: Final = Path(__file__).parents[2]
BUILD: Final = ROOT / ".runtime/build"
TOOLS: Final = ROOT / "tools/runtime/.venv"
INTERPRETER: Final = Path(os.environ.get("WARM_PYTHON") or TOOLS / "bin/python")
"""Another Python 3.13 may be named: one that was built with optimisations, say, as Lambda's is."""
LAYERS: Final = (BUILD / "CoreLayer/python", BUILD / "DepsLayer/python")
_STARTER: Final = ROOT / "tests/runtime/rie.py"
_PATH: Final = "/2015-03-31/functions/function/invocations"
_MACHINES: Final = {"aarch64": "arm64"}
_PATIENCE_S: Final = 60.0
_NAP_S: Final = 0.02


def missing() -> str:
    """Return what is not there to run what was built; "" where all is."""
    if not (BUILD.is_dir() and INTERPRETER.exists() and list(_emulators())):
        return "Nothing is built: `make runtime` does it, where there is python3.13 and Linux."
    return ""


def _emulators() -> list[Path]:
    name = f"aws-lambda-rie-{_MACHINES.get(platform.machine(), platform.machine())}"
    return list((ROOT / "tools/sam/.venv/lib").glob(f"python*/site-packages/samcli/local/rapid/{name}"))


@dataclass(frozen=True, slots=True)
class Invoked:
    """What came of one invocation: the answer, and the milliseconds that the caller waited for it."""

    raw: bytes
    ms: float

    @property
    def result(self) -> dict[str, Any]:
        """What the function returned.

        Raises:
            RuntimeError: if it returned no answer, or another one than success.
        """
        result: dict[str, Any] = json.loads(self.raw)
        if result.get("statusCode") != http.HTTPStatus.OK:
            raise RuntimeError(f"an invocation went wrong: {self.raw[:500].decode('utf-8', 'replace')}")
        return result

    @property
    def body(self) -> dict[str, Any]:
        """The answer's body."""
        body: dict[str, Any] = json.loads(self.result["body"])
        return body


class Loop:
    """An environment; ``log`` gets what it prints, and ``close`` ends it."""

    def __init__(  # noqa: PLR0913  what an environment is made of
        self, name: str, code: Path, handler: str, configured: Configured, log: Path, *, processor: int | None
    ) -> None:
        """Start the emulator of the runtime API; the handler is loaded by the first invocation, on ``processor``."""
        self.log = log
        address, runtime_api = _free(), _free()
        (emulator,) = _emulators()
        self._child = Child(
            [
                *("-I", str(_STARTER), str(emulator)),
                *("--runtime-interface-emulator-address", address, "--runtime-api-address", runtime_api),
                *warm_processor.on(processor, [str(INTERPRETER), "-m", "awslambdaric", handler]),
            ],
            directory=code,
            log=log,
            variables={**variables(name, code), "_HANDLER": handler, **_settings(configured)},
        )
        self._child.receive(_PATIENCE_S)
        self._connection = _connected(address)

    def invoke(self, event: bytes) -> Invoked:
        """Invoke the function with an event."""
        began = time.perf_counter_ns()
        self._connection.request("POST", _PATH, event)
        raw = self._connection.getresponse().read()
        return Invoked(raw, (time.perf_counter_ns() - began) / 1e6)

    def close(self) -> None:
        """End it, and the function with it."""
        self._connection.close()
        self._child.close()


def variables(name: str, code: Path) -> dict[str, str]:
    """Return what Lambda itself sets; the layers would be one directory, /opt/python."""
    return {
        "PYTHONPATH": os.pathsep.join(map(str, (code, *LAYERS, TOOLS / "lib/python3.13/site-packages"))),
        "PYTHONDONTWRITEBYTECODE": "1",  # there the layers are read-only
        "LAMBDA_TASK_ROOT": str(code),
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        # Lambda sets no such file. Where one is set the lean clients leave the work to the SDK.
        "AWS_CONFIG_FILE": "",
        "AWS_SHARED_CREDENTIALS_FILE": "",
    }


def _settings(configured: Configured) -> Mapping[str, str]:
    return {
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configured.memory_mb),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": f"{configured.timeout_s:.0f}",
        **configured.environment,
    }


def _free() -> str:
    """An address of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
    return f"{host}:{port}"


def _connected(address: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(address, timeout=_PATIENCE_S)
    ends = time.monotonic() + _PATIENCE_S
    while True:
        try:
            connection.connect()
        except ConnectionRefusedError:
            if time.monotonic() > ends:
                raise
            time.sleep(_NAP_S)
        else:
            return connection
