"""What ``sam build`` made for this machine, and what Lambda's image would put around it; `make test` provides both."""

import os
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
BUILD: Final = ROOT / ".runtime/build"
TEMPLATE: Final = BUILD / "template.yaml"
CORE: Final = BUILD / "CoreLayer/python"
DEPS: Final = BUILD / "DepsLayer/python"
INTERPRETER: Final = ROOT / "tools/runtime/.venv/bin/python"
"""Python 3.13 with what the runtime brings: the client of the runtime API, and boto3."""
BROUGHT: Final = ROOT / "tools/runtime/.venv/lib/python3.13/site-packages"
_MACHINES: Final = {"aarch64": "arm64"}


def emulator() -> Path:
    """Where the emulator of the runtime API is: the SAM command line brings it."""
    name = f"aws-lambda-rie-{_MACHINES.get(platform.machine(), platform.machine())}"
    (found,) = (ROOT / "tools/sam/.venv/lib").glob(f"python*/site-packages/samcli/local/rapid/{name}")
    return found


def needed() -> None:
    """Skip the test where what deploys cannot be built or run; fail it where that was not done."""
    if (ROOT / ".runtime/.ready").exists():
        return
    if (reason := _impossible()) is not None:
        pytest.skip(reason)
    pytest.fail("nothing is built: `make test` does it, and `make runtime`", pytrace=False)


@cache
def _impossible() -> str | None:
    if sys.platform != "linux":
        return "the emulator of Lambda's runtime API needs Linux"
    told = {**os.environ, "PYENV_VERSION": os.environ.get("PYENV_VERSION", "3.13")}
    try:
        subprocess.run(["python3.13", "--version"], env=told, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "there is no python3.13 here, which Lambda runs"
    return None
