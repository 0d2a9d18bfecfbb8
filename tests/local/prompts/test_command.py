"""``python -m local prompts`` as a person meets it: real processes, and one clear line for whatever goes wrong."""

import contextlib
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from local.options import ROOT
from tests.local.prompts.conftest import SHIPPED, Run, changed
from tests.support.cloud import ABSENT_VARIABLES, ENVIRONMENT
from tests.support.emulator import emulator, reached_at

COMMAND = (sys.executable, "-m", "local", "prompts")
BUCKET = "prompts-of-a-test"
PATIENCE_S = 60.0
VERBS = ("list", "show", "diff", "render", "try", "check", "new", "publish", "retire")


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The emulator, with a bucket."""
    with emulator(tmp_path_factory.mktemp("emulator")) as address, reached_at(address):
        boto3.client("s3", endpoint_url=address).create_bucket(Bucket=BUCKET)
        yield address


def environment(**more: str) -> dict[str, str]:
    """The variables of somebody without an AWS account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nobody = {name: value for name, value in ENVIRONMENT.items() if name.endswith(("FILE", "DISABLED"))}
    return {**kept, **nobody, "COLUMNS": "100", **more}


def finished(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def mirror_with(directory: Path, temperature: str) -> Path:
    made = Path(shutil.copytree(SHIPPED, directory))
    changed(made / "v2.yaml", "temperature: 0.9", f"temperature: {temperature}")
    return made


def test_it_runs_as_a_command_without_colours_where_nobody_looks() -> None:
    ran = finished("list")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "v1        " in ran.stdout
    assert "\x1b" not in ran.stdout


@pytest.mark.slow
def test_of_publishers_at_once_one_wins_and_the_others_are_told(endpoint: str, tmp_path: Path) -> None:
    mirrors = [mirror_with(tmp_path / f"m{each}", f"0.{each}") for each in range(1, 5)]
    running = [
        subprocess.Popen(
            [*COMMAND, "publish", "v2", "--mirror", mirror, "--bucket", BUCKET, "--endpoint", endpoint],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for mirror in mirrors
    ]
    said = [process.communicate(timeout=PATIENCE_S)[0] for process in running]

    assert Counter(process.returncode for process in running) == {0: 1, 1: 3}
    assert Counter(text.partition(" as ")[0] for text in said) == {"v2: published": 1, "v2: is published": 3}
    winner = next(each for each, process in zip(mirrors, running, strict=True) if process.returncode == 0)
    shown = finished("show", "v2", "--bucket", BUCKET, "--endpoint", endpoint)
    assert shown.stdout == (winner / "v2.yaml").read_text("utf-8")


@pytest.mark.slow
def test_an_emulator_needs_no_account_and_may_be_called_localhost(endpoint: str) -> None:
    ran = finished("list", "--bucket", BUCKET, "--endpoint", endpoint.replace("127.0.0.1", "localhost"))

    assert (ran.returncode, ran.stderr) == (0, "")


def test_without_credentials_it_says_so_in_one_line() -> None:
    ran = finished("publish", "v1", "--bucket", BUCKET)

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"tipbandit: bucket {BUCKET}: Unable to locate credentials\n"


def _heeds_ctrl_c() -> None:
    """Undo what a shell does to what it runs in the background, the tests perhaps: there Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_ctrl_c_is_quiet(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [*COMMAND, "render", "v1", "--signals", str(pipe)]
    with (
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=_heeds_ctrl_c,  # noqa: PLW1509  it takes no lock
        ) as process,
        pipe.open("wb"),  # waits until the command reads
    ):
        try:
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()

    assert (process.returncode, out) == (130, "")


@pytest.mark.slow
def test_a_reader_that_leaves_is_no_error() -> None:
    with subprocess.Popen([*COMMAND, "list"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.mark.slow
def test_a_terminal_gets_colours() -> None:
    ours, theirs = pty.openpty()
    try:
        more = {"TERM": "xterm", "NO_COLOR": ""}
        subprocess.run([*COMMAND, "list"], cwd=ROOT, env=environment(**more), stdout=theirs, check=True)
        assert b"\x1b[1mversion" in os.read(ours, 1 << 16)
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.usefixtures("cloud")
def test_a_bucket_that_is_not_there_is_one_clear_line(run: Run) -> None:
    for arguments in (["list"], ["show", "v1"], ["diff", "v1"], ["publish", "v1"], ["retire", "v2", "--yes"]):
        ran = run(*arguments, "--bucket", "nowhere")

        assert (ran.status, ran.err.count("\n")) == (2, 1), arguments
        assert ran.err.startswith("tipbandit: bucket nowhere: ")


def test_a_place_that_is_not_reached_is_one_clear_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ABSENT_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    ran = run("publish", "v1", "--bucket", BUCKET, "--endpoint", "http://127.0.0.1:1")

    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "Could not connect" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "v77"], "there is no v77 in"),
        (["render", "v1", "--signals", "/nowhere"], "cannot read /nowhere: No such file or directory"),
        (["diff", "v1"], "diff takes two versions, or one and --bucket"),
        (["list", "--endpoint", "http://127.0.0.1:1"], "--bucket is missing"),
        (["publish", "--bucket", BUCKET], "publish takes the versions to publish, or --all"),
        (["publish", "v1", "--all", "--bucket", BUCKET], "publish takes the versions to publish, or --all"),
        (["list", "--bucket", "a b"], "Invalid bucket name"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(run: Run, arguments: list[str], said: str) -> None:
    ran = run(*arguments)

    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("tipbandit: ")
    assert said in ran.err


def test_a_mirror_that_cannot_be_read_is_one_clear_line(run: Run, mirror: Path) -> None:
    (mirror / "v4.yaml").mkdir()
    assert run("list").err == f"tipbandit: cannot read {mirror / 'v4.yaml'}: Is a directory\n"
    shutil.rmtree(mirror)
    assert run("list").err == f"tipbandit: cannot read {mirror}: No such file or directory\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["bogus"],
        ["show"],
        ["show", "../v1"],
        ["show", "v" * 65],
        ["render", "v1", "--n", "0"],
        ["render", "v1", "--n", "eleven"],
        ["new", "v4"],
        ["publish", "v1"],
        ["list", "--bucket", BUCKET, "--endpoint", "ftp://x"],
        ["list", "--bucket", BUCKET, "--endpoint", "http://[x"],
        ["list", "--bogus"],
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(arguments: list[str], run: Run) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*arguments)

    assert caught.value.code == 2


def test_the_help_tells_every_verb_and_every_option(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in VERBS:
        with contextlib.suppress(SystemExit):
            run(verb, "--help")
        told = capsys.readouterr().out
        assert told.startswith(f"usage: python -m local prompts {verb} ")
        assert "--mirror DIR" in told
    with contextlib.suppress(SystemExit):
        run("--help")
    told = capsys.readouterr().out
    assert "examples:" in told
    assert all(f"    {verb} " in told for verb in VERBS)
