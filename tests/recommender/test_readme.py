"""The README's program, run as it stands there against the service."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from local.options import Options
from local.service import running

pytestmark = pytest.mark.slow
README: Final = Path(__file__).parents[2] / "recommender/README.md"


def test_the_program_in_the_readme_shows_a_tip_and_tells_the_reaction(tmp_path: Path) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    with running(Options(state=tmp_path)) as service:
        environment = {**os.environ, "TIPBANDIT_URL": service.url}
        ran = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )

    shown, applied = ran.stdout.splitlines()
    assert shown
    assert applied == "True"
