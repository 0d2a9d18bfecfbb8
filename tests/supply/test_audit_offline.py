"""What `make audit` says of the laboratory, which is not shipped: an error only where something can be done."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.supply.locks import ROOT
from tests.supply.test_audit import FOUND, KNOWN, NOT_REACHED, SECURITY, SOUND, audited
from tests.support import wire

pytestmark = pytest.mark.slow
ID: Final = "GHSA-0000-0000-0000"
FLASK: Final = {"name": "flask", "ecosystem": "PyPI"}
EVER: Final = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}
UNFIXED: Final[dict[str, Any]] = {**KNOWN, "affected": [{"package": FLASK, "ranges": [EVER]}]}
ENTRY: Final = '[[ignored]]\npackage = "flask"\nid = "GHSA-0000-0000-0000"\nwhy = "{why}"\nuntil = {until}\n'


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A requirement that ships; nothing is known of it."""
    path = tmp_path / "shipped.txt"
    path.write_text(f"click==8.0.0 --hash=sha256:{'1' * 64}\n", "utf-8")
    return path


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """One of the laboratory's, and another version of what ships."""
    path = tmp_path / "lab.txt"
    hashes = (f"flask==3.0.0 --hash=sha256:{'0' * 64}", f"click==8.1.0 --hash=sha256:{'2' * 64}")
    path.write_text("\n".join(hashes) + "\n", "utf-8")
    return path


def told(known: dict[str, Any] | None, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Ask a database that knows this of Flask and nothing of anything else."""

    def answer(request: bytes) -> bytes:
        vulns = {"vulns": [known]} if known and b"flask" in request else {}
        return wire.http(200, json.dumps(vulns).encode())

    with wire.serving(answer) as database:
        return audited("--osv-url", f"{database.url}/v1/query", *arguments, HOME=str(Path(arguments[0]).parent))


def test_each_lock_is_asked_about_by_itself(shipped: Path, lab: Path) -> None:
    said = told(None, shipped, "--offline", lab)

    assert (said.returncode, said.stderr) == (SOUND, "")
    assert said.stdout.splitlines() == [
        "audit: nothing is known against 1 packages",
        "audit: lab: nothing is known against 2 packages",
    ]


def test_what_has_a_fix_is_an_error_there_too(shipped: Path, lab: Path) -> None:
    said = told(KNOWN, shipped, "--offline", lab)

    assert said.returncode == FOUND
    assert said.stderr == f"audit: lab: flask 3.0.0: {ID}, fixed in: 3.0.1\n"


def test_what_nobody_has_fixed_is_told_and_no_error(shipped: Path, lab: Path) -> None:
    said = told(UNFIXED, shipped, "--offline", lab)

    assert said.returncode == SOUND
    assert said.stderr == f"audit: lab: flask 3.0.0: {ID}, fixed in: none yet; nothing can be done\n"
    assert "audit: lab: nothing else is known against 2 packages" in said.stdout


def test_what_ships_is_an_error_fixed_or_not(shipped: Path, lab: Path) -> None:
    assert told(UNFIXED, lab, "--offline", shipped).returncode == FOUND


def test_what_is_let_pass_is_told_with_its_reason_until_its_day(shipped: Path, lab: Path, tmp_path: Path) -> None:
    for until, status, ends in (("2999-01-01", SOUND, "; let pass: Feast pins it"), ("2026-01-01", FOUND, "3.0.1")):
        (tmp_path / "ignored.toml").write_text(ENTRY.format(why="Feast pins it", until=until), "utf-8")
        said = told(KNOWN, shipped, "--offline", lab, "--ignored", tmp_path / "ignored.toml")

        assert said.returncode == status
        assert said.stderr.rstrip("\n").endswith(ends)


def test_nothing_that_ships_is_let_pass(shipped: Path, lab: Path, tmp_path: Path) -> None:
    (tmp_path / "ignored.toml").write_text(ENTRY.format(why="no matter", until="2999-01-01"), "utf-8")

    assert told(KNOWN, lab, "--offline", shipped, "--ignored", tmp_path / "ignored.toml").returncode == FOUND


@pytest.mark.parametrize(
    "entry", [ENTRY.format(why=" ", until="2999-01-01"), ENTRY.format(why="so", until='"x"'), "[[ignored]]\n", "no"]
)
def test_an_entry_without_a_reason_or_a_day_is_an_error(entry: str, shipped: Path, tmp_path: Path) -> None:
    (tmp_path / "ignored.toml").write_text(entry, "utf-8")
    said = audited(shipped, "--ignored", tmp_path / "ignored.toml", HOME=str(tmp_path))

    assert said.returncode == FOUND
    assert "is no list of what is let pass" in said.stderr


def test_a_database_that_was_reached_for_one_lock_has_not_cleared_the_other(shipped: Path, lab: Path) -> None:
    def answer(request: bytes) -> bytes:
        return wire.http(503, b"{}") if b"flask" in request else wire.http(200, b"{}")

    with wire.serving(answer) as database:
        said = audited("--osv-url", f"{database.url}/v1/query", shipped, "--offline", lab, HOME=str(shipped.parent))

    assert said.returncode == NOT_REACHED
    assert "audit: lab: skipped: the vulnerability database was not reached: " in said.stderr


def test_make_audit_asks_about_every_lock_of_python_that_is_used_with_data() -> None:
    """All extras and groups of the laboratory, and Feast; and the list that is let pass can be read."""
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\naudit:")[2].partition("\n\n")[0]

    assert "--project lab --all-extras --all-groups" in recipe
    assert "--project lab/feast --all-groups" in recipe
    asked = "--offline .local/audit/lab.txt --offline .local/audit/feast.txt --ignored tools/security/ignored.toml"
    assert asked in recipe
    program = "import audit, pathlib; audit.let_pass(pathlib.Path('ignored.toml').read_text('utf-8'))"
    subprocess.run([SECURITY / ".venv/bin/python", "-c", program], cwd=SECURITY, check=True)
