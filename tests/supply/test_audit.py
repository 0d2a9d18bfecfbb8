"""What `make audit` says: nothing is known, something is, or nobody could be asked. Three things, three statuses."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.supply.locks import ROOT
from tests.support import wire

pytestmark = pytest.mark.slow
SECURITY: Final = ROOT / "tools/security"
SOUND, FOUND, NOT_REACHED = 0, 1, 75
KNOWN: Final = {
    "id": "GHSA-0000-0000-0000",
    "summary": "It is known.",
    "affected": [
        {
            "package": {"name": "flask", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0.1"}]}],
        }
    ],
}


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(f"flask==3.0.0 --hash=sha256:{'0' * 64}\n", "utf-8")
    return path


def audited(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Ask about the requirements in a file."""
    command = [SECURITY / ".venv/bin/python", SECURITY / "audit.py", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def told(requirements: Path, answer: bytes | None) -> subprocess.CompletedProcess[str]:
    """Ask a database that has one answer; None hangs up."""
    with wire.serving(lambda _: answer, hangs_up=True) as database:
        return audited("--osv-url", f"{database.url}/v1/query", requirements, HOME=str(requirements.parent))


def test_nothing_is_known(requirements: Path) -> None:
    said = told(requirements, wire.http(200, b"{}"))

    assert (said.returncode, said.stdout) == (SOUND, "audit: nothing is known against 1 packages\n")


def test_something_is_known(requirements: Path) -> None:
    said = told(requirements, wire.http(200, json.dumps({"vulns": [KNOWN]}).encode()))

    assert (said.returncode, said.stdout) == (FOUND, "")
    assert said.stderr == "audit: flask 3.0.0: GHSA-0000-0000-0000, fixed in: 3.0.1\n"


@pytest.mark.parametrize("answer", [None, wire.http(404, b"{}"), wire.http(503, b"{}")], ids=["none", "404", "503"])
def test_a_database_that_does_not_answer_is_not_one_that_knows_nothing(answer: bytes, requirements: Path) -> None:
    said = told(requirements, answer)

    assert said.returncode == NOT_REACHED
    assert said.stderr.startswith("audit: skipped: the vulnerability database was not reached: ")


def test_nor_is_an_index_behind_a_proxy_that_lets_nobody_through(requirements: Path) -> None:
    """The one that `make audit` asks, where there is no network."""
    with wire.serving(lambda _: wire.http(403, b""), hangs_up=True) as proxy:
        said = audited(requirements, HTTPS_PROXY=proxy.url, HOME=str(requirements.parent))

    assert (said.returncode, said.stdout) == (NOT_REACHED, "")
    assert "was not reached" in said.stderr


def test_a_requirement_without_a_hash_is_an_error(requirements: Path) -> None:
    requirements.write_text("flask==3.0.0\n", "utf-8")
    said = told(requirements, wire.http(200, b"{}"))

    assert said.returncode == FOUND
    assert said.stderr.startswith("audit: failed: ")


def verdict(packages: list[dict[str, Any]]) -> tuple[int, str]:
    """What an answer of pip-audit's comes to."""
    program = "import sys, json, audit; raise SystemExit(audit.verdict('', json.loads(sys.argv[1])))"
    ran = subprocess.run(
        [SECURITY / ".venv/bin/python", "-c", program, json.dumps({"dependencies": packages})],
        cwd=SECURITY,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stderr


SKIPPED: Final = {"name": "flask", "skip_reason": "not found"}
ASKED: Final = {"name": "numpy", "version": "2.5.5", "vulns": []}


def test_a_mirror_that_knows_no_package_has_no_database() -> None:
    """pip-audit itself says of this: no known vulnerabilities found."""
    assert verdict([SKIPPED, SKIPPED])[0] == NOT_REACHED


def test_a_database_that_does_not_know_one_package_has_not_cleared_it() -> None:
    assert verdict([ASKED, SKIPPED]) == (FOUND, "audit: failed: the vulnerability database does not know flask\n")
