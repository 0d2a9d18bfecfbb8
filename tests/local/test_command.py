"""``python -m local`` as a person meets it: it serves, refuses in one line, and leaves nothing behind."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from local.__main__ import main
from local.options import ROOT
from local.wsgi import listen
from tests.local.conftest import TOY

PATIENCE_S = 30.0


@contextmanager
def _serving(state: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, once it serves, with the toy's template if no options are given; its process and its address."""
    command = [sys.executable, "-m", "local", "--port", "0", "--state", str(state), "--no-session"]
    command += options or ["--template", str(TOY / "template.yaml")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("Serving on "):
                    yield process, line.split()[2]
                    break
            else:
                pytest.fail("it did not start")
        finally:
            process.kill()


def _add(url: str) -> int:
    return int(httpx.post(f"{url}/add", timeout=30, trust_env=False).text)


@pytest.mark.slow
def test_it_keeps_its_state_and_leaves_no_process_however_it_ends(tmp_path: Path) -> None:
    with _serving(tmp_path) as (process, url):
        assert _add(url) == 1
        assert main(["--template", str(TOY / "template.yaml"), "--state", str(tmp_path), "--port", "0"]) == 2
        children = _children(process.pid)
        assert len(children) == 3  # the emulator, and one environment for each function
        process.kill()
    _wait_for_the_end_of(children)

    with _serving(tmp_path) as (process, url):
        assert _add(url) == 2
        children = _children(process.pid)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
        assert process.stdout is not None
        assert f"stopped; what was learned is kept in {tmp_path}/" in process.stdout.read()
    _wait_for_the_end_of(children)
    assert '"n": {"N": "2"}' in (tmp_path / "state.json").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.xdist_group("litellm")
def test_a_gateway_leaves_with_a_stack_that_is_killed(tmp_path: Path) -> None:
    with _serving(tmp_path, "--llm", "litellm") as (process, _):
        assert process.stdout is not None
        assert re.search(r" · LiteLLM: http://127\.0\.0\.1:\d+ · ", process.stdout.readline())
        children = _children(process.pid)
        assert len(children) == 7  # the emulator, the gateway, and one environment for each function
        process.kill()
    _wait_for_the_end_of(children)


def _children(pid: int) -> list[int]:
    return [child for child, (parent, _) in _processes().items() if parent == pid]


def _wait_for_the_end_of(pids: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    # A zombie only waits for somebody to ask how it ended.
    while any(state != "Z" for pid, (_, state) in _processes().items() if pid in pids):
        assert time.monotonic() < deadline, "a child outlived its parent"
        time.sleep(0.05)


def _processes() -> dict[int, tuple[int, str]]:
    """Parent and state of every process of this machine, by its id."""
    if Path("/proc/self/stat").exists():
        lines = [stat for path in Path("/proc").glob("[0-9]*/stat") if (stat := _text(path))]
        rows = [(line.partition(" ")[0], *line.rpartition(")")[2].split()[:2]) for line in lines]
        return {int(pid): (int(parent), state) for pid, state, parent in rows}
    listed = subprocess.run(["ps", "-Ao", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    return {int(pid): (int(parent), state[0]) for pid, parent, state in map(str.split, listed.stdout.splitlines())}


def _text(path: Path) -> str:
    """The file, or nothing if its process has just ended."""
    try:
        return path.read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_a_port_in_use_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with listen("127.0.0.1", 0) as other:
        port = other.getsockname()[1]
        assert main(["--port", str(port), "--state", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"tipbandit: port {port} is taken; another one: make run PORT={port + 1}\n"


def test_a_broken_template_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "template.yaml").write_text("Resources: [", "utf-8")
    assert main(["--template", str(tmp_path / "template.yaml"), "--state", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "template.yaml: not YAML" in error
    assert error.count("\n") == 1


def test_an_unwritable_directory_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["--port", "0", "--state", str(tmp_path / "file" / "state")]) == 2
    error = capsys.readouterr().err
    assert "cannot write" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "wrong", [["--port", "65536"], ["--port", "x"], ["--environments", "0"], ["--parameter", "x"], ["--llm", "x"]]
)
def test_a_wrong_option_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(wrong)
    assert caught.value.code == 2
    assert wrong[0] in capsys.readouterr().err
