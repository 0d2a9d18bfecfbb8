"""``make generate`` and the check of CI: what is generated is what is committed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.artefacts import ARTEFACTS, Artefact
from tests.contract.contracts import ROOT

SHIPPED = "layers/deps/requirements.txt"
EACH_FILE = pytest.mark.parametrize("artefact", ARTEFACTS, ids=lambda artefact: artefact.path)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the generator, of what it reads and of what it writes."""
    for folder in ("codegen", "shared/prompts", "shared/golden/prompts"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / SHIPPED).parent.mkdir(parents=True)
    shutil.copy(ROOT / SHIPPED, tmp_path / SHIPPED)
    for artefact in ARTEFACTS:
        (tmp_path / artefact.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / artefact.path, tmp_path / artefact.path)
    return tmp_path


def check(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "codegen", "--check"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def touch(file: Path) -> None:
    """Change what is generated in a file."""
    text = file.read_text("utf-8")
    begin = max(text.find("<!-- generated: "), text.find("# generated: "))
    at = text.index("\n", begin) + 1 if begin >= 0 else len(text)
    file.write_text(text[:at] + "by hand\n" + text[at:], "utf-8")


def test_what_is_committed_is_what_the_code_says() -> None:
    done = check(ROOT)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_touched_file_fails_the_check_with_its_diff_and_what_to_do(tree: Path) -> None:
    touch(tree / "shared/contracts/openapi.json")
    done = check(tree)

    assert done.returncode == 1
    assert "--- shared/contracts/openapi.json\n" in done.stdout
    assert "-by hand\n" in done.stdout
    assert "make generate" in done.stderr


def test_a_changed_prompt_fails_the_check_with_what_a_model_would_be_told(tree: Path) -> None:
    prompt = tree / "shared/prompts/v3.yaml"
    text = prompt.read_text("utf-8")
    prompt.write_text(text.replace("{% endif %}.\n\nplaceholders", "{% endif %}!\n\nplaceholders", 1), "utf-8")
    done = check(tree)

    assert done.returncode == 1
    assert "-3 tips.\n+3 tips!\n" in done.stdout


@EACH_FILE
def test_a_touched_file_drifts_until_it_is_written_again(artefact: Artefact, tree: Path) -> None:
    touch(tree / artefact.path)
    assert artefact.diff(tree)

    assert artefact.write(tree)
    assert not artefact.diff(tree)
    assert (tree / artefact.path).read_bytes() == (ROOT / artefact.path).read_bytes()


@EACH_FILE
def test_a_file_that_is_as_it_should_be_is_not_written(artefact: Artefact, tree: Path) -> None:
    assert not artefact.write(tree)


def test_a_missing_contract_is_written(tree: Path) -> None:
    shutil.rmtree(tree / "shared")

    assert main(["--check"], tree) == 1
    assert main([], tree) == 0
    assert main(["--check"], tree) == 0


def test_prose_around_a_generated_block_is_the_authors(tree: Path) -> None:
    page = tree / "docs/features.md"
    page.write_text(page.read_text("utf-8").replace("# Features", "# All the features", 1), "utf-8")

    assert main(["--check"], tree) == 0


def test_a_page_without_its_block_is_an_error_that_says_so(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "docs/features.md").write_text("# Features\n", "utf-8")

    assert main(["--check"], tree) == 1
    assert "'inputs'" in capsys.readouterr().err


@EACH_FILE
def test_a_generated_file_ends_with_one_newline_and_names_no_machine(artefact: Artefact) -> None:
    text = (ROOT / artefact.path).read_text("utf-8")

    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert str(ROOT) not in text
