"""Gives every recorded event to the real Lambda runtime, by ``sam local invoke``, and checks the answers.

``python -m tests.infra.invoke_events [CASE ...]``, after ``sam build`` for this machine's processor. It needs
Docker, and starts an emulated AWS of its own, with nothing in it.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from local.environments import FunctionError
from local.options import Options
from local.service import running
from tests.support.lambdas import Invocation
from tests.support.recorded import VARIABLES, report

ROOT: Final = Path(__file__).parents[2]
ARCHITECTURE: Final = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")


def main(arguments: Sequence[str] | None = None) -> int:
    """Return how many cases were answered otherwise than expected."""
    parser = argparse.ArgumentParser(prog="python -m tests.infra.invoke_events")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="such as score/ok; without any, all of events/")
    parser.add_argument("--sam", default=str(ROOT / "tools/sam/.venv/bin/sam"), help="the SAM command line")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as state, running(_stack(Path(state))):
        return report(given.cases, lambda case: _invoke(given.sam, case))


def _stack(state: Path) -> Options:
    """The local stack, where events/env.json sends the containers."""
    port = urlsplit(VARIABLES["AWS_ENDPOINT_URL_DYNAMODB"]).port
    assert port is not None
    return Options(state=state, emulator_host="0.0.0.0", emulator_port=port)  # noqa: S104  containers come from outside


def _invoke(sam: str, case: str) -> Invocation:
    """The answer to one event.

    Raises:
        FunctionError: there is none.
    """
    function = f"{case.partition('/')[0].title()}Function"
    command = [sam, "local", "invoke", function, "--event", f"events/{case}.json", "--skip-pull-image"]
    command += ["--parameter-overrides", f"Architecture={ARCHITECTURE}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        result = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        result = None
    if not isinstance(result, dict) or "statusCode" not in result:
        raise FunctionError((done.stderr or done.stdout)[-500:])
    return Invocation(result, "")


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
