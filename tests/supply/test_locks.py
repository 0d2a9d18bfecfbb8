"""Everything that is installed is locked by hash, and comes from where the installers themselves would fetch it."""

import re
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.supply.locks import ROOT, Item, files, items

IS_LOCK: Final = re.compile(r"uv\.lock|package-lock\.json|uv\.txt|.*requirements.*\.txt")
LOCKS: Final = sorted(path.relative_to(ROOT).as_posix() for path in files() if IS_LOCK.fullmatch(path.name))
HASH: Final = re.compile(r"index|sha256:[0-9a-f]{64}|sha512-[A-Za-z0-9+/]{86}==")
PIP: Final = "from pip._internal.models.index import PyPI as p; print(p.netloc, p.file_storage_domain)"
each_lock = pytest.mark.parametrize("lock", LOCKS)


def unhashed(fetched: list[Item]) -> list[str]:
    return [it.name for it in fetched if not it.hashes or not all(map(HASH.fullmatch, it.hashes))]


def hosts(fetched: list[Item]) -> set[str]:
    return {f"{(at := urlsplit(it.url)).scheme}://{at.netloc}" for it in fetched if it.url}


@pytest.fixture(scope="module")
def public() -> dict[str, set[str]]:
    """Where pip and npm fetch from when nobody tells them otherwise, by the kind of lock; npm comes with dynalite."""
    pip = subprocess.run([ROOT / ".tools/uv/bin/python", "-c", PIP], capture_output=True, text=True, check=True)
    (npm,) = ROOT.glob("tools/node/.venv/lib/python*/site-packages/**/@npmcli/config/lib/definitions/definitions.js")
    (registry,) = set(re.findall(r"default: '(https://[^']*registry[^']*)'", npm.read_text("utf-8")))
    return {
        "uv.lock": {f"https://{host}" for host in pip.stdout.split()},
        "package-lock.json": {registry.rstrip("/")},
    }


def test_every_project_has_its_lock_and_all_of_them_are_looked_at() -> None:
    manifests = [path for path in files() if path.name in {"pyproject.toml", "package.json"}]
    locked = {(ROOT / lock).parent for lock in LOCKS}
    unlocked = [path.relative_to(ROOT).as_posix() for path in manifests if path.parent not in locked]

    # The reference caller is locked with the project it is a part of.
    assert unlocked == ["recommender/pyproject.toml"]
    assert {"layers/deps/requirements.txt", "tools/uv.txt"} < set(LOCKS)


@each_lock
def test_whatever_a_lock_has_fetched_has_a_hash(lock: str) -> None:
    fetched = items(ROOT / lock)

    assert fetched != []
    assert unhashed(fetched) == []


@pytest.mark.slow
@each_lock
def test_nothing_is_fetched_from_anywhere_but_the_public_index(lock: str, public: dict[str, set[str]]) -> None:
    assert hosts(items(ROOT / lock)) <= public.get(Path(lock).name, set())


def test_installers_take_what_is_locked_and_nothing_else() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    installing = re.compile(r"\bpip install\b|\$\(UV\) (sync|pip|add)\b|npm\(")
    installs = [line for line in makefile.splitlines() if installing.search(line)]

    assert len(installs) >= 5
    for line in installs:
        assert re.search(r"--require-hashes|sync .*--frozen|npm\(\[\"ci\", \"--ignore-scripts\"", line), line
    assert not re.search(r"\bpip\b|\buv\b|\bnpm\b", (ROOT / ".ci/run").read_text("utf-8"))


BAD: Final = {
    "requirements.txt": "flask==3.0.0\n",
    "loose/requirements.txt": f"flask>=3 --hash=sha256:{'0' * 64}\n",
    "weak/requirements.txt": f"flask==3.0.0 --hash=md5:{'0' * 32}\n",
    "uv.lock": '[[package]]\nname = "flask"\nsource = { git = "https://example.com/flask" }\n',
    "wheel/uv.lock": '[[package]]\nname = "flask"\nsource = { registry = "https://index.example" }\n'
    'wheels = [{ url = "https://index.example/flask.whl" }]\n',
    "package-lock.json": '{"packages": {"node_modules/flask": {"resolved": "https://index.example/flask.tgz"}}}',
}


@pytest.mark.parametrize("bad", BAD)
def test_a_lock_without_its_hashes_is_found_out(bad: str, tmp_path: Path) -> None:
    lock = tmp_path / bad
    lock.parent.mkdir(exist_ok=True)
    lock.write_text(BAD[bad], "utf-8")

    assert [name.removeprefix("node_modules/") for name in unhashed(items(lock))] == ["flask"]


@pytest.mark.slow
def test_a_mirror_in_a_lock_is_found_out(public: dict[str, set[str]]) -> None:
    assert not hosts([Item("flask", "https://mirror.example/flask.whl", ())]) <= public["uv.lock"]
    assert not hosts([Item("flask", min(public["uv.lock"]).replace("https:", "http:"), ())]) <= public["uv.lock"]
