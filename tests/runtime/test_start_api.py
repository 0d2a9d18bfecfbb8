"""What ``sam local start-api`` hands to functions is not quite what API Gateway does; they answer it all the same."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.runtime import built
from tests.runtime.conftest import Environments
from tests.support.bodies import scoring
from tests.support.cloud import ENVIRONMENT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runtime")]
PROGRAM: Final = Path(__file__).with_name("start_api.py")
USER: Final = "u-start-api"
REQUESTS: Final = (
    ("score", "POST", "/score", scoring(user_id=USER)),
    ("stats", "GET", f"/stats?user_id={USER}", None),
    ("reset", "POST", "/reset", {"user_id": USER}),
)


def events() -> list[dict[str, Any]]:
    """The events of the requests, made by the code of the SAM command line."""
    asked = json.dumps([request for _, *request in REQUESTS])
    command = [str(built.ROOT / "tools/sam/.venv/bin/python"), "-I", str(PROGRAM), str(built.TEMPLATE)]
    done = subprocess.run(command, input=asked, env=dict(ENVIRONMENT), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made: list[dict[str, Any]] = json.loads(done.stdout)
    return made


def test_a_request_to_sam_local_start_api_is_answered_as_one_to_the_api(environment: Environments) -> None:
    for (name, *_), event in zip(REQUESTS, events(), strict=True):
        answer = environment(name).invoke(event)

        assert (answer.status, answer.body.get("error")) == (200, None)
