"""The README's session, run as it stands there against the real local service."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

pytestmark = pytest.mark.slow
ROOT: Final = Path(__file__).parents[2]
SESSION: Final = re.compile(r"^```sh\n(?P<commands>.*?)^```\n```json\n(?P<output>.*?)^```$", re.MULTILINE | re.DOTALL)
DIFFERS_EACH_TIME: Final = {"decision", "decision_id", "generation_id", "updated_at"}
DEPENDS_ON_THE_DRAW: Final = {"tip_id", "propensity", "theta"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    command = [sys.executable, "-m", "local", "--port", "0", "--no-session", "--state"]
    state = str(tmp_path_factory.mktemp("state"))
    with subprocess.Popen([*command, state], cwd=ROOT, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        lines = iter(service.stdout.readline, "")
        yield next(match[0] for line in lines if (match := re.search(r"http://127\.0\.0\.1:\d+(?= until)", line)))
        service.terminate()
        service.stdout.read()


def test_the_session_in_the_readme_is_what_the_service_answers(url: str, tmp_path: Path) -> None:
    blocks = list(SESSION.finditer((ROOT / "README.md").read_text()))
    assert len(blocks) == 6
    script = "\n".join(f"{block['commands']}\necho '---'" for block in blocks)
    environment = {**os.environ, "no_proxy": "127.0.0.1"}
    ran = subprocess.run(
        ["bash", "-eu", "-c", script.replace("http://127.0.0.1:3000", url)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answered = [_documents(output) for output in ran.stdout.split("---\n")[:-1]]
    assert answered == [_documents(block["output"]) for block in blocks]


def _documents(text: str) -> list[Any]:
    """Return the JSON documents in a text, without what differs from run to run."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        found.append(_steady(document))
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


def _steady(document: Any, key: str = "") -> Any:  # noqa: ANN401  any JSON
    if key in DIFFERS_EACH_TIME:
        return type(document).__name__
    if isinstance(document, dict):
        if "ranking" in document or "theta" in document:
            document = {name: sorted(value) if name == "theta" else value for name, value in document.items()}
            return {
                name: _steady(value, name)
                for name, value in document.items()
                if name == "theta" or name not in DEPENDS_ON_THE_DRAW
            }
        return {name: _steady(value, name) for name, value in document.items()}
    if isinstance(document, list):
        return [_steady(each) for each in document]
    return document
