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
from typing import Any, Final
from urllib.parse import urlsplit

from local.options import Options
from local.service import running

ROOT: Final = Path(__file__).parents[2]
EVENTS: Final = ROOT / "events"
ARCHITECTURE: Final = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")


def main(arguments: Sequence[str] | None = None) -> int:
    """Return how many cases were answered otherwise than expected."""
    expected: dict[str, dict[str, Any]] = json.loads((EVENTS / "expected.json").read_text("utf-8"))
    parser = argparse.ArgumentParser(prog="python -m tests.infra.invoke_events")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="such as score/ok; without any, all of events/")
    parser.add_argument("--sam", default=str(ROOT / "tools/sam/.venv/bin/sam"), help="the SAM command line")
    given = parser.parse_args(arguments)
    wrong = 0
    with tempfile.TemporaryDirectory() as state, running(_stack(Path(state))):
        for case in given.cases or expected:
            seen = _invoke(given.sam, case)
            as_expected = seen == (expected[case]["status"], expected[case].get("code"))
            wrong += not as_expected
            _say(f"{case:36}{seen[0]} {seen[1] or ''}{'' if as_expected else ' WRONG'}")
    _say(f"{len(given.cases or expected)} events, {wrong} answered otherwise than events/expected.json says")
    return wrong


def _say(line: str) -> None:
    sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


def _stack(state: Path) -> Options:
    """The local stack, where events/env.json sends the containers."""
    variables = json.loads((EVENTS / "env.json").read_text("utf-8"))["Parameters"]
    port = urlsplit(variables["AWS_ENDPOINT_URL_DYNAMODB"]).port
    assert port is not None
    return Options(state=state, emulator_host="0.0.0.0", emulator_port=port)  # noqa: S104  containers come from outside


def _invoke(sam: str, case: str) -> tuple[object, object]:
    """The status and the error code of the answer to one event."""
    function = f"{case.partition('/')[0].title()}Function"
    command = [sam, "local", "invoke", function, "--event", f"events/{case}.json", "--skip-pull-image"]
    command += ["--parameter-overrides", f"Architecture={ARCHITECTURE}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
        return answer["statusCode"], json.loads(answer["body"]).get("error", {}).get("code")
    except (IndexError, KeyError, ValueError):
        return "no answer:", (done.stderr or done.stdout)[-500:]


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
