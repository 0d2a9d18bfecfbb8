"""Keep what a step made under what it was made from: whole, or not at all.

A step's directory is ``<root>/<step>-<key>``; the key is a digest of its inputs, among them the keys of the steps
before it and of the sources that decide it. ``step.json`` says both, with the size of every file beside it.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from tipbandit_lab.code_version import digest
from tipbandit_lab.configuration import fingerprint

MANIFEST: Final = "step.json"
_SOURCES: Final = ("*.py", "*.sql", "*.j2", "*.css")
_ABANDONED_S: Final = 86_400
"""After so long what a killed run left is removed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a step made.

    Attributes:
        step: its name.
        key: of its inputs.
        directory: where its files are.
        result: what it found, as JSON.
        before: whether it was there already.
    """

    step: str
    key: str
    directory: Path
    result: Mapping[str, Any]
    before: bool

    def file(self, name: str) -> Path:
        """Return the path of one of its files."""
        return self.directory / name


Work = Callable[[Path], Mapping[str, Any]]
"""What a step does: it leaves files in a directory, and returns what it found as JSON."""


def keep(root: Path, step: str, inputs: Mapping[str, Any], work: Work) -> Kept:
    """Return what a step made from these inputs; let it work if it has not.

    Args:
        root: where the steps of all runs are kept; it is created.
        step: its name.
        inputs: everything that decides what it makes, as JSON.
        work: what it does; if it raises, nothing is kept.
    """
    key = fingerprint({"step": step, **inputs})
    directory = root / f"{step}-{key}"
    if (result := read(directory)) is not None:
        return Kept(step, key, directory, result, before=True)
    root.mkdir(parents=True, exist_ok=True)
    _tidy(root)
    staging = Path(tempfile.mkdtemp(dir=root, prefix=f".{step}-"))
    try:
        found = json.loads(json.dumps(work(staging), allow_nan=False))
        _seal(staging, {"step": step, "inputs": inputs, "result": found})
        _place(staging, directory)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Kept(step, key, directory, found, before=False)


def read(directory: Path) -> Mapping[str, Any] | None:
    """Return what the step in a directory found; None if it is not there, or not whole."""
    try:
        manifest = json.loads((directory / MANIFEST).read_bytes())
        result, files = dict(manifest["result"]), dict(manifest["files"])
        whole = all((directory / name).stat().st_size == size for name, size in files.items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return result if whole else None


@cache
def code(*packages: str) -> str:
    """Return 16 hex digits that change with any source of these packages, or of what decides a simulation."""
    hashed = sha256(digest().encode())
    for package in packages:
        spec = find_spec(f"tipbandit_lab.{package}")
        for place in (spec.submodule_search_locations or ()) if spec else ():
            for path in sorted(each for pattern in _SOURCES for each in Path(place).glob(pattern)):
                hashed.update(f"{package}/{path.name}\n{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return hashed.hexdigest()[:16]


def _seal(directory: Path, manifest: Mapping[str, Any]) -> None:
    files = {path.name: path.stat().st_size for path in sorted(directory.iterdir())}
    text = json.dumps({**manifest, "files": files}, indent=1, sort_keys=True, allow_nan=False) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8")


def _place(staging: Path, directory: Path) -> None:
    """Give a sealed directory its name; what is damaged there makes room, what is whole stays."""
    if directory.exists():
        if read(directory) is not None:  # another run was faster
            return
        shutil.rmtree(directory)
    staging.chmod(0o755)
    staging.rename(directory)


def _tidy(root: Path) -> None:
    for path in root.glob(".*-*"):
        if path.is_dir() and time.time() - path.stat().st_mtime > _ABANDONED_S:
            shutil.rmtree(path, ignore_errors=True)
