"""``python -m operations`` as a person meets it: help for every verb, and one clear line for whatever goes wrong."""

import os
import subprocess
import sys

import pytest

from local.options import ROOT
from operations.command import INTERRUPTED, UNUSABLE, main
from tests.operations.conftest import Deployment, Run
from tests.support.wire import closed

VERBS = ("export", "restore", "reset-again", "inspect", "forget")


def test_it_runs_as_a_module_on_whatever_the_environment_points_to(deployment: Deployment) -> None:
    deployment.fill(1)
    command = [sys.executable, "-m", "operations", "inspect", "u-0", deployment.table]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=True)

    assert "state#linucb/v1" in done.stdout
    assert done.stderr == ""


def test_the_help_names_every_verb_and_each_has_help_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], *([verb, "--help"] for verb in VERBS)):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        said = capsys.readouterr().out
        assert all(verb in said for verb in (VERBS if arguments == ["--help"] else arguments[:1]))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["erase"],
        ["inspect", "u-0"],
        ["inspect", "two words", "table"],
        ["forget", "", "table"],
        ["forget", "u-0", "table", "--window-days", "0"],
    ],
)
def test_arguments_that_make_no_sense_are_refused_in_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said, complaint = capsys.readouterr()

    assert (ended.value.code, said, complaint.count("\n")) == (UNUSABLE, "", 1)
    assert complaint.startswith("tipbandit: ")
    assert "two words" not in complaint


def test_a_table_that_cannot_be_reached_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr("operations.table._PATIENT", None)
    with closed() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        status, said, complaint = run("inspect", "u-0", "table")

    assert (status, said, complaint.count("\n")) == (1, "", 1)
    assert "Could not connect to the endpoint" in complaint


def test_ctrl_c_ends_it_as_shells_have_it(run: Run, monkeypatch: pytest.MonkeyPatch, deployment: Deployment) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("operations.command.open_table", interrupted)

    assert run("inspect", "u-0", deployment.table)[0] == INTERRUPTED
